//! The control plane as a cluster sees it.

use async_trait::async_trait;
use aws_credential_types::Credentials;
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
