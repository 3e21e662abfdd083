//! The roles that are attached to a cluster.

use linchpin_gateway::AwsError;

use super::{cluster::Cluster, errors};

/// Documented: the quota of a cluster.
const MOST_ROLES: usize = 50;

/// A change of the attached roles, checked as a whole before any of it is made.
pub(super) struct RoleChange<'a> {
    pub(super) add: Vec<&'a str>,
    pub(super) remove: Vec<&'a str>,
    pub(super) default: Option<&'a str>,
}

impl RoleChange<'_> {
    /// Whether a role exists, the road looks up. Inferred: it may be of an account that Redshift cannot ask; its ARN
    /// must be a role's. Taking off a role that is not attached changes nothing.
    pub(super) fn apply(&self, cluster: &mut Cluster) -> Result<(), AwsError> {
        let roles = self.applied(&cluster.roles)?;
        let default = match self.default {
            None => cluster.default_role.clone().filter(|role| roles.contains(role)),
            Some("") => None,
            Some(role) if roles.iter().any(|attached| attached == role) => Some(role.to_owned()),
            Some(role) => {
                let text = format!("The default IAM role {role} is not associated with the cluster.");
                return Err(errors::invalid_value(text));
            }
        };
        cluster.roles = roles;
        cluster.default_role = default;
        Ok(())
    }

    fn applied(&self, attached: &[String]) -> Result<Vec<String>, AwsError> {
        if let Some(wrong) = self.add.iter().chain(&self.remove).find(|arn| !is_role_arn(arn)) {
            return Err(errors::invalid_value(format!("The IAM role {wrong} is not a valid IAM role ARN.")));
        }
        if let Some(twice) = self.add.iter().find(|arn| self.remove.contains(arn)) {
            let text = format!("The IAM role {twice} cannot be both added and removed.");
            return Err(errors::combination(&text));
        }
        let kept = attached.iter().filter(|role| !self.remove.contains(&role.as_str()));
        let mut roles: Vec<String> = kept.cloned().collect();
        for role in &self.add {
            if !roles.iter().any(|attached| attached == role) {
                roles.push((*role).to_owned());
            }
        }
        if roles.len() > MOST_ROLES {
            let text = format!("A cluster can have at most {MOST_ROLES} IAM roles.");
            return Err(errors::invalid_value(text));
        }
        Ok(roles)
    }
}

fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, role] = parts.as_slice() else { return false };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    partition.starts_with("aws")
        && is_account
        && role.strip_prefix("role/").is_some_and(|name| !name.is_empty())
}
