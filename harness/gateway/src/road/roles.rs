//! The roles that a cluster is given.

use super::{stages::Road, trip::Trip};
use crate::{AwsError, Form, texts};

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
