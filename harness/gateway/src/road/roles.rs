//! The roles that a cluster is given.

use super::{stages::Road, trip::Trip};
use crate::{AwsError, Form, texts};

/// Whether an ARN is one of a role, there or not.
pub fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_number = |account: &str| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), ["arn", _, "iam", "", account, role] if is_number(account) && role.starts_with("role/"))
}

/// Known: what is no role's ARN is refused before anybody's trust is looked at. What is too short to be any, STS says.
pub(super) fn check_role_arn(form: &Form) -> Result<(), AwsError> {
    match form.get("RoleArn") {
        Some(arn) if arn.len() >= SHORTEST_ARN && !is_role_arn(arn) => Err(texts::invalid_role_arn()),
        _ => Ok(()),
    }
}

/// Documented (the STS API reference).
const SHORTEST_ARN: usize = 20;

impl Road {
    /// Inferred: a role of the caller's own account is there before it is attached. What roles another account has,
    /// Redshift is not told; whether the ARN is one, the service says.
    pub(super) async fn check_roles(&self, trip: &Trip, form: &Form) -> Result<(), AwsError> {
        let list = match trip.event.operation.as_str() {
            "CreateCluster" => "IamRoles.",
            "ModifyClusterIamRoles" => "AddIamRoles.",
            _ => return Ok(()),
        };
        let added = form.0.iter().filter(|(name, _)| name.starts_with(list));
        for (_, arn) in added {
            let own = arn.split(':').nth(4) == Some(trip.caller.account.as_str()) && arn.contains(":role/");
            if own && self.identities.role(arn).await?.is_none() {
                return Err(texts::no_such_role(arn));
            }
        }
        Ok(())
    }
}
