//! What the agent asks Redshift's control plane for: where its cluster is, and a temporary password for its user.

use crate::authentication::{self, AuthenticationError, AutoCreate, IamLogin, Login};
use crate::connection::Connection;
use crate::error::Cause;
use crate::jdbc::JdbcUrl;
use crate::plan::{self, PlanError};
use aws_credential_types::Credentials;
use linchpin_query::{Answer, QueryClient, QueryService};
use secrecy::SecretString;

/// What a session is opened with.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The host, which the certificate must name.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

/// The control plane of one cluster.
struct ControlPlane<'a> {
    client: QueryClient,
    keys: &'a Credentials,
    identifier: &'a str,
    region: &'a str,
}

impl Entry {
    /// Takes the connection's password, or asks for one with the keys that the agent signs with.
    pub(crate) async fn obtain(
        connection: &Connection,
        url: &JdbcUrl,
        keys: &Credentials,
    ) -> Result<Self, Cause> {
        match (&connection.login, url.address()) {
            (Login::Password(password), Some((host, port))) => Ok(Self {
                host: host.to_owned(),
                port,
                user: connection.user.clone(),
                password: password.clone(),
            }),
            (Login::Password(_), None) => Err(PlanError::from(AuthenticationError::PasswordForIam).into()),
            (Login::Iam(login), address) => {
                let plane = ControlPlane::of(connection, url, keys)?;
                let (host, port) = match address {
                    Some((host, port)) => (host.to_owned(), port),
                    None => plane.address().await?,
                };
                let (user, password) = plane.password(&connection.user, url.database(), login).await?;
                Ok(Self { host, port, user, password })
            }
        }
    }
}

impl<'a> ControlPlane<'a> {
    fn of(connection: &Connection, url: &'a JdbcUrl, keys: &'a Credentials) -> Result<Self, PlanError> {
        let (identifier, region) = authentication::cluster_of(url)?;
        let client = QueryClient::new(plan::endpoint(connection)?.to_owned());
        Ok(Self { client: client.with_clock_ahead(connection.clock_ahead), keys, identifier, region })
    }

    async fn address(&self) -> Result<(String, u16), Cause> {
        const OPERATION: &str = "DescribeClusters";
        let answer = self.call(OPERATION, &[]).await?;
        let port = text(OPERATION, &answer, "Port")?;
        let port = port.parse().map_err(|_| damaged(OPERATION, format!("`{port}` is no port")))?;
        Ok((text(OPERATION, &answer, "Address")?, port))
    }

    /// The user that the password is for, as the cluster is to be told it, and the password.
    async fn password(
        &self,
        user: &str,
        database: &str,
        login: &IamLogin,
    ) -> Result<(String, SecretString), Cause> {
        const OPERATION: &str = "GetClusterCredentials";
        let auto_create = if login.auto_create == AutoCreate::AtLogin { "true" } else { "false" };
        let mut with = vec![
            ("DbUser".to_owned(), user.to_owned()),
            ("DbName".to_owned(), database.to_owned()),
            ("AutoCreate".to_owned(), auto_create.to_owned()),
        ];
        for (number, group) in (1..).zip(&login.groups) {
            with.push((format!("DbGroups.DbGroup.{number}"), group.clone()));
        }
        with.extend(login.duration.map(|time| ("DurationSeconds".to_owned(), time.as_secs().to_string())));
        let answer = self.call(OPERATION, &with).await?;
        let password = text(OPERATION, &answer, "DbPassword")?;
        Ok((text(OPERATION, &answer, "DbUser")?, password.into()))
    }

    async fn call(&self, operation: &'static str, with: &[(String, String)]) -> Result<Answer, Cause> {
        let about = [("Action", operation), ("ClusterIdentifier", self.identifier)];
        let with = with.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let parameters: Vec<_> = about.into_iter().chain(with).collect();
        let answer = self.client.call(self.keys, QueryService::Redshift, self.region, &parameters).await;
        answer.map_err(|source| Cause::ControlPlane { operation, source })
    }
}

/// An element that the answer must hold.
fn text(operation: &'static str, answer: &Answer, element: &str) -> Result<String, Cause> {
    answer.first(element).ok_or_else(|| damaged(operation, format!("there is no {element} in it")))
}

fn damaged(operation: &'static str, message: String) -> Cause {
    Cause::Answer { operation, message }
}
