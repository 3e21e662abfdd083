//! Who asks.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{Context, principal_element::is_account};

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
    /// A session that `sts:GetFederationToken` made.
    FederatedUser {
        /// `arn:P:sts::A:federated-user/NAME`.
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
    /// Whoever an OpenID Connect provider's token tells of. They belong to no account.
    WebIdentity {
        /// `arn:P:iam::A:oidc-provider/ISSUER`.
        provider_arn: String,
        /// The token's `sub`.
        subject: String,
        /// The token's `aud`.
        audience: String,
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
    /// The account the principal belongs to; services, web identities and the anonymous belong to none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::AccountRoot { account, .. }
            | Self::User { account, .. }
            | Self::FederatedUser { account, .. }
            | Self::RoleSession { account, .. } => Some(account),
            Self::WebIdentity { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// The partition that the principal's account is in; services, web identities and the anonymous are of none.
    pub fn partition(&self) -> Option<&str> {
        match self {
            Self::AccountRoot { partition, .. } => Some(partition),
            Self::User { arn, .. }
            | Self::FederatedUser { arn, .. }
            | Self::RoleSession { session_arn: arn, .. } => arn.split(':').nth(1),
            Self::WebIdentity { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// The ARN (or service name) that error texts and `aws:PrincipalArn` users see: a session's own ARN.
    pub fn arn(&self) -> String {
        match self {
            Self::AccountRoot { partition, account } => format!("arn:{partition}:iam::{account}:root"),
            Self::User { arn, .. } | Self::FederatedUser { arn, .. } => arn.clone(),
            Self::RoleSession { session_arn, .. } => session_arn.clone(),
            Self::WebIdentity { provider_arn, subject, .. } => format!("{provider_arn}:{subject}"),
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
            Self::AccountRoot { .. } | Self::FederatedUser { .. } => keys.set("aws:PrincipalArn", self.arn()),
            Self::User { arn, .. } => {
                keys.set("aws:PrincipalArn", arn.clone());
                keys.set("aws:username", arn.rsplit('/').next().unwrap_or_default());
            }
            // Documented: for a session the key holds the role's ARN.
            Self::RoleSession { role_arn, .. } => keys.set("aws:PrincipalArn", role_arn.clone()),
            Self::Service { name } => keys.set("aws:PrincipalServiceName", name.clone()),
            Self::WebIdentity { .. } | Self::Anonymous => {}
        }
        keys
    }

    /// Documented: a service-linked role's path says so.
    pub(crate) fn is_service_linked(&self) -> bool {
        matches!(self, Self::RoleSession { role_arn, .. } if role_arn.contains(":role/aws-service-role/"))
    }

    /// Inferred for services and web identities: AWS documents the other values.
    fn principal_type(&self) -> &'static str {
        match self {
            Self::AccountRoot { .. } => "Account",
            Self::User { .. } => "User",
            Self::FederatedUser { .. } | Self::WebIdentity { .. } => "FederatedUser",
            Self::RoleSession { .. } => "AssumedRole",
            Self::Service { .. } => "Service",
            Self::Anonymous => "Anonymous",
        }
    }
}

/// A text that is none of the forms of a principal.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "`{0}` is no principal: write the ARN of a user, role, session or root, a service such as \
     `redshift.amazonaws.com`, or `anonymous`"
)]
pub struct UnknownPrincipal(String);

/// Reads an ARN, an account's number (its root), a service's name or `anonymous`. The role of a session is taken
/// to have no path; a role's own ARN stands for any of its sessions.
impl FromStr for Principal {
    type Err = UnknownPrincipal;

    fn from_str(text: &str) -> Result<Self, UnknownPrincipal> {
        if text == "anonymous" || text == "*" {
            return Ok(Self::Anonymous);
        }
        if is_account(text) {
            return Ok(Self::AccountRoot { partition: "aws".to_owned(), account: text.to_owned() });
        }
        if text.contains('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c)) {
            return Ok(Self::Service { name: text.to_owned() });
        }
        from_arn(text).ok_or_else(|| UnknownPrincipal(text.to_owned()))
    }
}

fn from_arn(text: &str) -> Option<Principal> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, "", account, entity] = parts.as_slice() else { return None };
    if !is_account(account) {
        return None;
    }
    let (arn, account) = (text.to_owned(), (*account).to_owned());
    match (*service, entity.split('/').collect::<Vec<_>>().as_slice()) {
        ("iam", ["root"]) => Some(Principal::AccountRoot { partition: (*partition).to_owned(), account }),
        ("iam", ["user", .., name]) if !name.is_empty() => Some(Principal::User { arn, account }),
        ("iam", ["role", .., name]) if !name.is_empty() => {
            Some(Principal::RoleSession { role_arn: arn.clone(), session_arn: arn, account })
        }
        ("sts", ["federated-user", name]) if !name.is_empty() => {
            Some(Principal::FederatedUser { arn, account })
        }
        ("sts", ["assumed-role", role, session]) if !role.is_empty() && !session.is_empty() => {
            let role_arn = format!("arn:{partition}:iam::{account}:role/{role}");
            Some(Principal::RoleSession { role_arn, session_arn: arn, account })
        }
        _ => None,
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
