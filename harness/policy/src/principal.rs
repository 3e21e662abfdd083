//! Who asks.

use std::fmt;

use crate::Context;

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

    /// The global condition keys that follow from who asks.
    pub fn condition_keys(&self) -> Context {
        let mut keys = Context::default();
        keys.set("aws:PrincipalType", self.principal_type());
        keys.set("aws:PrincipalIsAWSService", matches!(self, Self::Service { .. }).to_string());
        if let Some(account) = self.account() {
            keys.set("aws:PrincipalAccount", account);
        }
        match self {
            Self::AccountRoot { .. } => keys.set("aws:PrincipalArn", self.arn()),
            Self::User { arn, .. } => {
                keys.set("aws:PrincipalArn", arn.clone());
                keys.set("aws:username", arn.rsplit('/').next().unwrap_or_default());
            }
            // Documented: for a session the key holds the role's ARN.
            Self::RoleSession { role_arn, .. } => keys.set("aws:PrincipalArn", role_arn.clone()),
            Self::Service { name } => keys.set("aws:PrincipalServiceName", name.clone()),
            Self::Anonymous => {}
        }
        keys
    }

    /// Inferred for services: AWS documents the other four values.
    fn principal_type(&self) -> &'static str {
        match self {
            Self::AccountRoot { .. } => "Account",
            Self::User { .. } => "User",
            Self::RoleSession { .. } => "AssumedRole",
            Self::Service { .. } => "Service",
            Self::Anonymous => "Anonymous",
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(principal: &Principal) -> String {
        let keys = principal.condition_keys();
        keys.iter().map(|(key, values)| format!("{key}={}", values.join(","))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn condition_keys_follow_from_the_principal() {
        let account = "111111111111".to_owned();
        let user = Principal::User { arn: "arn:aws:iam::111111111111:user/p/alice".into(), account };
        assert_eq!(
            keys(&user),
            "aws:principalaccount=111111111111 aws:principalarn=arn:aws:iam::111111111111:user/p/alice \
             aws:principalisawsservice=false aws:principaltype=User aws:username=alice"
        );
        let service = Principal::Service { name: "redshift.amazonaws.com".into() };
        assert_eq!(
            keys(&service),
            "aws:principalisawsservice=true aws:principalservicename=redshift.amazonaws.com \
             aws:principaltype=Service"
        );
    }
}
