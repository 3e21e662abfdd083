//! Gets the keys that the agent signs with: from the connection, from its instance, or from STS.

use crate::authentication::{Asker, AssumedRole, Environment, Renewal};
use crate::connection::Connection;
use crate::error::Cause;
use crate::metadata;
use crate::plan::{self, PlanError};
use crate::s3::{AgentClock, service_cause};
use aws_credential_types::Credentials;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use std::time::SystemTime;

/// Who asks STS for the session, as CloudTrail shows it.
const SESSION: &str = "linchpin-agent";

/// The keys of one write or read.
#[derive(Debug, Clone)]
pub(crate) struct Signing {
    /// For the agent's own requests.
    pub(crate) own: Credentials,
    /// For commands whose options name no role. An instance's keys are not given away: there the options need one.
    pub(crate) commands: Option<Credentials>,
    /// When they are to be renewed; none: they are not.
    renewed_at: Option<SystemTime>,
}

impl Signing {
    pub(crate) async fn obtain(connection: &Connection) -> Result<Self, Cause> {
        match &connection.assume {
            Some(role) => {
                let keys = assume(connection, role).await?;
                let renewed_at = keys.expiry().filter(|_| role.renewal == Renewal::WhenOver);
                Ok(Self { own: keys.clone(), commands: Some(keys), renewed_at })
            }
            None => {
                let own = base(connection).await?;
                Ok(Self { own, commands: connection.credentials.clone(), renewed_at: None })
            }
        }
    }

    /// Other keys, where these are over and are to be renewed.
    pub(crate) async fn renewed(&self, connection: &Connection) -> Result<Option<Self>, Cause> {
        match self.renewed_at {
            Some(end) if end <= connection.time.now() => Self::obtain(connection).await.map(Some),
            _ => Ok(None),
        }
    }
}

/// The connection's keys, or else the instance's.
async fn base(connection: &Connection) -> Result<Credentials, Cause> {
    match (&connection.credentials, &connection.environment) {
        (Some(keys), _) => Ok(keys.clone()),
        (None, Environment::Ec2 { metadata }) => metadata::credentials(metadata).await,
        (None, _) => Err(PlanError::from(crate::AuthenticationError::NoSigner).into()),
    }
}

async fn assume(connection: &Connection, role: &AssumedRole) -> Result<Credentials, Cause> {
    let asker = match (role.asked_by, &connection.environment) {
        (Asker::Ec2Role, Environment::Ec2 { metadata }) => metadata::credentials(metadata).await?,
        _ => base(connection).await?,
    };
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(asker)
        .endpoint_url(plan::endpoint(connection)?)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new(connection.s3_region.clone()))
        .time_source(AgentClock { ahead: connection.clock_ahead })
        .build();
    let seconds = role.duration.map(|duration| i32::try_from(duration.as_secs()).unwrap_or(i32::MAX));
    let request = aws_sdk_sts::Client::from_conf(config)
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(SESSION)
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(seconds);
    let answer = request.send().await.map_err(|error| service_cause("AssumeRole", &error))?;
    let keys = answer.credentials.ok_or_else(|| Cause::S3Unreachable {
        operation: "AssumeRole",
        message: "the answer holds no credentials".to_owned(),
    })?;
    let (id, secret, token) = (keys.access_key_id, keys.secret_access_key, keys.session_token);
    let end = SystemTime::try_from(keys.expiration).ok();
    Ok(Credentials::new(id, secret, Some(token), end, "assumed role"))
}
