//! From an authorization to credentials, the way Redshift obtains them.

use aws_credential_types::Credentials;
use secrecy::ExposeSecret;
use thiserror::Error;

use crate::authorization::{AccessKeys, Authorization};
use crate::control::ControlPlaneError;
use crate::s3::retries;
use crate::wire::Session;

/// Session name of the roles that Redshift assumes (documented).
const SESSION_NAME: &str = "RedshiftIamRoleSession";

/// Why there are no credentials.
#[derive(Debug, Error)]
pub(crate) enum CredentialsError {
    /// The role is not attached to the cluster, or a role of a chain must not be assumed from the one before.
    #[error("`{user}` is not authorized to assume `{role}`")]
    NotAuthorized { user: String, role: String },
    /// The role is attached, and does not trust Redshift.
    #[error("`{0}` does not trust the service")]
    NotTrusted(String),
    #[error("the cluster has no default role")]
    NoDefaultRole,
    #[error(transparent)]
    ControlPlane(ControlPlaneError),
}

/// Obtains the credentials of a statement.
pub(crate) async fn obtain(
    authorization: &Authorization,
    session: &Session,
) -> Result<Credentials, CredentialsError> {
    match authorization {
        Authorization::Keys(keys) => Ok(given(keys)),
        Authorization::DefaultRole => {
            let attached =
                session.cluster.control.attached_roles().await.map_err(CredentialsError::ControlPlane)?;
            let role = attached.default.ok_or(CredentialsError::NoDefaultRole)?;
            assume_attached(&role, session).await
        }
        Authorization::Roles { first, chained } => {
            let attached =
                session.cluster.control.attached_roles().await.map_err(CredentialsError::ControlPlane)?;
            let user = session.cluster.settings.user_arn(&session.user);
            if !attached.roles.contains(first) {
                return Err(CredentialsError::NotAuthorized { user, role: first.clone() });
            }
            let mut credentials = assume_attached(first, session).await?;
            for role in chained {
                credentials = assume_chained(role, credentials, session).await?;
            }
            Ok(credentials)
        }
    }
}

fn given(keys: &AccessKeys) -> Credentials {
    let token = keys.token.as_ref().map(|token| token.expose_secret().to_owned());
    Credentials::new(&keys.id, keys.secret.expose_secret(), token, None, "statement")
}

async fn assume_attached(role: &str, session: &Session) -> Result<Credentials, CredentialsError> {
    let external_id = session.cluster.settings.user_arn(&session.user);
    let assumed = session.cluster.control.assume_as_service(role, &external_id).await;
    assumed.map_err(|error| match error {
        ControlPlaneError::Refused { .. } => CredentialsError::NotTrusted(role.to_owned()),
        ControlPlaneError::Unreachable(_) => CredentialsError::ControlPlane(error),
    })
}

/// Assumes `role` from the role before it in the chain.
async fn assume_chained(
    role: &str,
    credentials: Credentials,
    session: &Session,
) -> Result<Credentials, CredentialsError> {
    let settings = &session.cluster.settings;
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
        .endpoint_url(&settings.aws_endpoint)
        .region(aws_sdk_sts::config::Region::new(settings.region.clone()))
        .credentials_provider(credentials)
        .http_client(session.cluster.http.clone())
        .retry_config(retries())
        .build();
    let sts = aws_sdk_sts::Client::from_conf(config);
    let assumed = sts.assume_role().role_arn(role).role_session_name(SESSION_NAME).send().await;
    let assumed = assumed.map_err(|error| match error.as_service_error() {
        Some(_) => CredentialsError::NotTrusted(role.to_owned()),
        None => CredentialsError::ControlPlane(ControlPlaneError::Unreachable(error.to_string())),
    })?;
    match assumed.credentials {
        Some(keys) => Ok(Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            None,
            "role chain",
        )),
        None => Err(CredentialsError::NotTrusted(role.to_owned())),
    }
}
