//! How the agent is known at AWS: keys, the role of its instance, or a role that it assumes with either. Pure.

use crate::connection::Connection;
use crate::jdbc::{Endpoint, JdbcUrl};
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

fn hosted(connection: &Connection) -> Result<(), AuthenticationError> {
    let role = connection.copy_options.role.as_ref().or(connection.unload_options.role.as_ref());
    if connection.credentials.is_none() || connection.assume.is_some() || role.is_some() {
        return Err(AuthenticationError::Hosted);
    }
    if connection.staging_dir.is_some() { Err(AuthenticationError::HostedFolder) } else { Ok(()) }
}
