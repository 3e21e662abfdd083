//! Temporary credentials of database users, which IAM gives and the cluster takes at login.

use linchpin_gateway::AwsError;
use linchpin_policy::Principal;
use secrecy::{ExposeSecret, SecretString};
use time::{Duration, OffsetDateTime};

use super::{cluster::Cluster, errors, operations::Request};
use crate::{
    account::Account,
    ids,
    query::{Params, Xml, invalid_action, timestamp},
};

pub(super) const FOR_USER: [&str; 6] =
    ["ClusterIdentifier", "DbUser", "DbName", "AutoCreate", "DbGroups.DbGroup.", "DurationSeconds"];
pub(super) const FOR_IDENTITY: [&str; 3] = ["ClusterIdentifier", "DbName", "DurationSeconds"];
pub(super) const LOGINS: [&str; 2] = ["ClusterIdentifier", "DbUser"];

/// A password and what it lets in.
#[derive(Debug)]
pub(super) struct Login {
    /// What the client gives as its user: `IAM:loader`.
    name: String,
    password: SecretString,
    /// The user that the session belongs to.
    user: String,
    creation: Creation,
    /// The only database that it opens; none: any.
    database: Option<String>,
    /// Groups that the user is in for the session.
    groups: Vec<String>,
    expires: OffsetDateTime,
}

/// Whether the cluster makes a user that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Creation {
    Never,
    AtLogin,
}

impl Creation {
    /// Documented: the name of a login tells whether it makes its user.
    fn prefix(self) -> &'static str {
        match self {
            Self::Never => "IAM",
            Self::AtLogin => "IAMA",
        }
    }
}

/// `GetClusterCredentials`: a password for a database user that the caller names.
///
/// Documented: the call succeeds for a user that is not there; the login then fails, unless `AutoCreate` was asked for.
pub(super) fn for_user(account: &mut Account, request: &Request<'_>) -> Result<Xml, AwsError> {
    let user = request.required("DbUser")?;
    check_user(user)?;
    let groups = request.params.list("DbGroups.DbGroup.");
    groups.iter().try_for_each(|group| check_name("DbGroups", group))?;
    let creation = match request.params.boolean("AutoCreate")? {
        Some(true) => Creation::AtLogin,
        Some(false) | None => Creation::Never,
    };
    let expires = account.now() + duration(&request.params)?;
    let login = Login {
        name: format!("{}:{user}", creation.prefix()),
        password: ids::secret_access_key(),
        user: user.to_owned(),
        creation,
        database: database(&request.params)?,
        groups: groups.into_iter().map(str::to_owned).collect(),
        expires,
    };
    let answer = login.credentials();
    issue(account, request, login)?;
    Ok(answer)
}

/// `GetClusterCredentialsWithIAM`: a password for the database user that stands for the caller.
///
/// Documented: users are mapped to `IAM:name` and roles to `IAMR:name`; such a user is made at its first login.
pub(super) fn for_identity(account: &mut Account, request: &Request<'_>) -> Result<Xml, AwsError> {
    let user = identity(request.caller)?;
    let lifetime = duration(&request.params)?;
    let expires = account.now() + lifetime;
    let login = Login {
        name: user.clone(),
        password: ids::secret_access_key(),
        user,
        creation: Creation::AtLogin,
        database: database(&request.params)?,
        groups: Vec::new(),
        expires,
    };
    // Inferred: worth refreshing when half of the time has gone.
    let answer = login.credentials().text("NextRefreshTime", timestamp(expires - lifetime / 2));
    issue(account, request, login)?;
    Ok(answer)
}

/// What the cluster itself asks at a login: the live passwords behind a name. Nobody else is offered this.
pub(super) fn logins(account: &mut Account, request: &Request<'_>) -> Result<Xml, AwsError> {
    if !matches!(request.caller, Principal::Service { .. }) {
        return Err(invalid_action(linchpin_gateway::ServiceName::Redshift, "DescribeClusterLogins"));
    }
    let (now, name) = (account.now(), request.required("DbUser")?);
    let cluster = cluster(account, request)?;
    let live = cluster.logins.iter().filter(|login| login.name == name && login.expires > now);
    Ok(Xml::new().list("Logins", "Login", live.map(Login::xml)))
}

impl Login {
    fn credentials(&self) -> Xml {
        Xml::new()
            .text("DbUser", &self.name)
            .text("DbPassword", self.password.expose_secret())
            .text("Expiration", timestamp(self.expires))
    }

    fn xml(&self) -> Xml {
        let groups = self.groups.iter().fold(Xml::new(), |xml, group| xml.text("DbGroup", group));
        Xml::new()
            .text("DbUser", &self.user)
            .text("DbPassword", self.password.expose_secret())
            .text("AutoCreate", self.creation == Creation::AtLogin)
            .optional("DbName", self.database.as_ref())
            .then(&groups)
    }
}

fn cluster<'a>(account: &'a mut Account, request: &Request<'_>) -> Result<&'a mut Cluster, AwsError> {
    let key = request.key()?;
    account.clusters.get_mut(&key).ok_or_else(|| errors::not_found(&key.identifier))
}

fn issue(account: &mut Account, request: &Request<'_>, login: Login) -> Result<(), AwsError> {
    let now = account.now();
    let cluster = cluster(account, request)?;
    cluster.logins.retain(|login| login.expires > now);
    cluster.logins.push(login);
    Ok(())
}

/// Documented: 900 to 3600 seconds, 900 by default.
fn duration(params: &Params<'_>) -> Result<Duration, AwsError> {
    Ok(Duration::seconds(params.number("DurationSeconds", 900, 900, 3600)?.into()))
}

fn database(params: &Params<'_>) -> Result<Option<String>, AwsError> {
    let name = params.optional("DbName").filter(|name| !name.is_empty());
    name.map(|name| check_name("DbName", name).map(|()| name.to_owned())).transpose()
}

/// Documented: a user cannot be PUBLIC.
fn check_user(user: &str) -> Result<(), AwsError> {
    if user.eq_ignore_ascii_case("public") {
        return Err(errors::invalid_value("The parameter DbUser is not valid: it can't be PUBLIC."));
    }
    check_name("DbUser", user)
}

/// Documented: 1 to 64 letters, digits and `_+.@-`; begins with a letter.
fn check_name(parameter: &str, name: &str) -> Result<(), AwsError> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+.@-".contains(&byte));
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if plain && begins && name.len() <= 64 {
        return Ok(());
    }
    Err(errors::invalid_value(format!("The parameter {parameter} is not valid: {name}")))
}

/// Inferred: who is neither user nor role has no database user.
fn identity(caller: &Principal) -> Result<String, AwsError> {
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    match caller {
        Principal::User { arn, .. } => Ok(format!("IAM:{}", last(arn))),
        Principal::RoleSession { role_arn, .. } => Ok(format!("IAMR:{}", last(role_arn))),
        Principal::AccountRoot { .. } => Ok("IAM:root".to_owned()),
        Principal::FederatedUser { .. }
        | Principal::WebIdentity { .. }
        | Principal::Service { .. }
        | Principal::Anonymous => {
            Err(errors::invalid_value("The caller is neither an IAM user nor an IAM role."))
        }
    }
}
