//! How the agent is known at AWS: keys, the role of its instance, or a role that it assumes with either; and how its user is
//! known to the cluster. Pure.

use crate::connection::Connection;
use crate::jdbc::{Endpoint, JdbcUrl, Scheme};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;

/// Where the agent runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Environment {
    /// On an EC2 instance.
    Ec2 {
        /// `http://HOST:PORT` of its metadata service.
        metadata: String,
    },
    /// On a machine of the customer's elsewhere.
    Elsewhere,
    /// At the vendor's: no IAM authentication, no folder of the customer's (documented).
    Hosted,
}

/// A role that the agent assumes; its keys sign the agent's requests, and go with commands that name no role (V2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumedRole {
    /// The role.
    pub arn: String,
    /// What asks for it.
    pub asked_by: Asker,
    /// The external id that the role's trust policy may demand.
    pub external_id: Option<String>,
    /// How long the keys live; none: as long as STS gives by itself, an hour.
    pub duration: Option<Duration>,
    /// What becomes of a task that lasts longer than the keys.
    pub renewal: Renewal,
}

/// What becomes of a task that lasts longer than its assumed role's keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Renewal {
    /// It fails: keys are not prolonged (documented).
    #[default]
    Never,
    /// Others are asked for, as in advanced mode (documented): before each batch, and before what was staged is deleted.
    WhenOver,
}

/// What asks for an assumed role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The connection's keys.
    Keys,
    /// "Use EC2 Role to Assume Role".
    Ec2Role,
}

/// How the cluster knows the database user.
#[derive(Debug, Clone)]
pub enum Login {
    /// By the user's password.
    Password(SecretString),
    /// By a temporary one, for which the agent asks Redshift at each login ("Redshift IAM authentication", V2).
    Iam(IamLogin),
}

/// What a temporary password is asked for with (`redshift:GetClusterCredentials`), besides the user and the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IamLogin {
    /// `AutoCreate`
    pub auto_create: AutoCreate,
    /// `DbGroups`: groups that the user is in for the session.
    pub groups: Vec<String>,
    /// `DurationSeconds`; none: as long as Redshift gives by itself, 15 minutes.
    pub duration: Option<Duration>,
}

/// Whether the cluster makes a user that it does not know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AutoCreate {
    /// It refuses the login.
    #[default]
    Never,
    /// It makes the user.
    AtLogin,
}

/// A connection whose fields do not go together; found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationError {
    /// A field that the way to authenticate asks for.
    #[error("the connection lacks its {field}")]
    Missing {
        /// The field, in the vendor's words.
        field: &'static str,
    },
    /// Nothing signs the agent's own requests.
    #[error(
        "nothing signs the agent's requests to S3: give access keys in the connection, or run the agent on an EC2 instance"
    )]
    NoSigner,
    /// The EC2 role is of an agent on EC2.
    #[error("the agent does not run on an EC2 instance, so that it has no EC2 role to assume `{role}` with")]
    NotOnEc2 {
        /// The role.
        role: String,
    },
    /// A role in the connection of a hosted agent.
    #[error(
        "a hosted agent does not support IAM authentication: give access keys in the connection, and no role"
    )]
    Hosted,
    /// A temporary password in the connection of a hosted agent.
    #[error("a hosted agent does not support IAM authentication: give the database user's password")]
    HostedLogin,
    /// The URL asks for another login than the connection.
    #[error(
        "the JDBC URL asks for an IAM login, and the connection for the user's password: choose Redshift IAM \
         authentication, or start the URL with `jdbc:redshift://`"
    )]
    PasswordForIam,
    /// Serverless workgroups have a control plane of their own.
    #[error(
        "an IAM login to the serverless workgroup `{workgroup}` is not supported: give the database user's password"
    )]
    Serverless {
        /// The workgroup.
        workgroup: String,
    },
    /// A hosted agent has no folder of the customer's.
    #[error("a hosted agent has no staging folder of its own: leave it empty")]
    HostedFolder,
    /// The URL names another cluster.
    #[error("the JDBC URL names the cluster `{url}`, the connection's cluster identifier is `{identifier}`")]
    OtherCluster {
        /// The cluster of the URL.
        url: String,
        /// The connection's field.
        identifier: String,
    },
}

/// Checks that the connection's fields go together.
pub(crate) fn check(connection: &Connection, url: &JdbcUrl) -> Result<(), AuthenticationError> {
    fields(connection)?;
    cluster(connection, url)?;
    login(connection, url)?;
    match (&connection.environment, &connection.assume) {
        (Environment::Hosted, _) => hosted(connection),
        (Environment::Elsewhere, Some(AssumedRole { asked_by: Asker::Ec2Role, arn, .. })) => {
            Err(AuthenticationError::NotOnEc2 { role: arn.clone() })
        }
        (Environment::Ec2 { .. }, None | Some(AssumedRole { asked_by: Asker::Ec2Role, .. })) => Ok(()),
        _ if connection.credentials.is_some() => Ok(()),
        _ => Err(AuthenticationError::NoSigner),
    }
}

/// What each way to authenticate asks for (documented: R13 of the requirements).
fn fields(connection: &Connection) -> Result<(), AuthenticationError> {
    let missing = |field| Err(AuthenticationError::Missing { field });
    if connection.user.is_empty() {
        return missing("user name");
    }
    if matches!(&connection.login, Login::Password(password) if password.expose_secret().is_empty()) {
        return missing("password");
    }
    match &connection.assume {
        Some(assumed) if assumed.arn.is_empty() => missing("IAM role ARN"),
        Some(_) if connection.cluster_identifier.is_none() => missing("cluster identifier"),
        _ => Ok(()),
    }
}

fn cluster(connection: &Connection, url: &JdbcUrl) -> Result<(), AuthenticationError> {
    match (url.endpoint(), &connection.cluster_identifier) {
        (Endpoint::Cluster { identifier: named, .. }, Some(identifier)) if named != identifier => {
            Err(AuthenticationError::OtherCluster { url: named.clone(), identifier: identifier.clone() })
        }
        _ => Ok(()),
    }
}

fn login(connection: &Connection, url: &JdbcUrl) -> Result<(), AuthenticationError> {
    match (&connection.login, url.scheme()) {
        (Login::Password(_), Scheme::Iam) => Err(AuthenticationError::PasswordForIam),
        (Login::Password(_), Scheme::Plain) => Ok(()),
        (Login::Iam(_), ..) if connection.environment == Environment::Hosted => {
            Err(AuthenticationError::HostedLogin)
        }
        (Login::Iam(_), _) => cluster_of(url).map(drop),
    }
}

/// The cluster that an IAM login asks for, and its region.
pub(crate) fn cluster_of(url: &JdbcUrl) -> Result<(&str, &str), AuthenticationError> {
    match url.endpoint() {
        Endpoint::Cluster { identifier, region } => Ok((identifier, region)),
        Endpoint::Workgroup { name, .. } => Err(AuthenticationError::Serverless { workgroup: name.clone() }),
        Endpoint::Custom => Err(AuthenticationError::Missing { field: "cluster identifier" }),
    }
}

fn hosted(connection: &Connection) -> Result<(), AuthenticationError> {
    let role = connection.copy_options.role.as_ref().or(connection.unload_options.role.as_ref());
    if connection.credentials.is_none() || connection.assume.is_some() || role.is_some() {
        return Err(AuthenticationError::Hosted);
    }
    if connection.staging_dir.is_some() { Err(AuthenticationError::HostedFolder) } else { Ok(()) }
}
