//! The control plane as a cluster sees it.

use async_trait::async_trait;
use aws_credential_types::Credentials;
use secrecy::SecretString;
use thiserror::Error;

/// What a cluster asks of the service that owns it.
#[async_trait]
pub trait ControlPlane: Send + Sync + 'static {
    /// The roles attached to the cluster, and its default one.
    async fn attached_roles(&self) -> Result<AttachedRoles, ControlPlaneError>;

    /// `sts:AssumeRole` as the service `redshift.amazonaws.com`, session name `RedshiftIamRoleSession`.
    async fn assume_as_service(
        &self,
        role_arn: &str,
        external_id: &str,
    ) -> Result<Credentials, ControlPlaneError>;

    /// The temporary credentials of a login name (`IAM:loader`) that have not expired by the account's clock.
    async fn temporary_logins(&self, name: &str) -> Result<Vec<TemporaryLogin>, ControlPlaneError>;
}

/// A temporary password of `GetClusterCredentials`, and what it lets in.
#[derive(Debug, Clone)]
pub struct TemporaryLogin {
    /// The password.
    pub password: SecretString,
    /// The database user that the session belongs to.
    pub user: String,
    /// Whether that user is made where it is not there.
    pub creation: UserCreation,
    /// The only database that it opens; none: any.
    pub database: Option<String>,
    /// Groups that the user joins for the session.
    pub groups: Vec<String>,
}

/// Whether a login makes its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserCreation {
    /// A user that is not there is refused.
    Never,
    /// It is made, without a password.
    AtLogin,
}

/// The roles of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttachedRoles {
    /// ARNs of the attached roles.
    pub roles: Vec<String>,
    /// ARN of the default role, one of `roles`.
    pub default: Option<String>,
}

/// Why the control plane gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ControlPlaneError {
    /// It answered with a refusal.
    #[error("the control plane refused: {code}: {message}")]
    Refused {
        /// AWS's error code.
        code: String,
        /// AWS's message.
        message: String,
    },
    /// It did not answer.
    #[error("the control plane cannot be reached: {0}")]
    Unreachable(String),
}
