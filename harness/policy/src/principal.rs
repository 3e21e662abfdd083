//! Who asks.

use std::fmt;

/// The identity behind a request, as policies name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// The root of an account: `arn:P:iam::A:root`.
    AccountRoot {
        /// `aws`, `aws-us-gov` or `aws-cn`.
        partition: String,
        /// Twelve digits.
        account: String,
    },
    /// An IAM user.
    User {
        /// `arn:P:iam::A:user/PATH/NAME`.
        arn: String,
        /// Twelve digits.
        account: String,
    },
    /// A session of an assumed role.
    RoleSession {
        /// `arn:P:iam::A:role/PATH/NAME`.
        role_arn: String,
        /// `arn:P:sts::A:assumed-role/NAME/SESSION`.
        session_arn: String,
        /// Twelve digits.
        account: String,
    },
    /// An AWS service, such as `redshift.amazonaws.com`.
    Service {
        /// The service's principal name.
        name: String,
    },
    /// Nobody: the request carries no signature.
    Anonymous,
}

impl Principal {
    /// The account the principal belongs to; services and the anonymous belong to none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::AccountRoot { account, .. }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. } => Some(account),
            Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// The ARN (or service name) that error texts and `aws:PrincipalArn` users see: a session's own ARN.
    pub fn arn(&self) -> String {
        match self {
            Self::AccountRoot { partition, account } => format!("arn:{partition}:iam::{account}:root"),
            Self::User { arn, .. } => arn.clone(),
            Self::RoleSession { session_arn, .. } => session_arn.clone(),
            Self::Service { name } => name.clone(),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn())
    }
}
