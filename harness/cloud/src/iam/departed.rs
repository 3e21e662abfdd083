//! Users and roles that go or move. Documented ("AWS JSON policy elements: Principal"): policies of resources keep the unique
//! id behind a principal's ARN. So they follow it to its new ARN, and once it is gone they show the id, which names nobody,
//! not even another of the same name.

use std::sync::Arc;

use super::{entities::Entities, names::USER};
use crate::{account::Account, cloud::Accounts, query::Params};

/// A user or role before a call that may take it away or move it.
pub(super) struct Leaving {
    arn: String,
    id: String,
}

impl Leaving {
    /// None for a call that does neither.
    pub(super) fn of(account: &Account, operation: &str, params: &Params<'_>) -> Option<Self> {
        let entities = &account.entities;
        let identity = match operation {
            "DeleteUser" | "UpdateUser" => &entities.users.get(params.optional(USER.parameter)?)?.identity,
            "DeleteRole" => &entities.roles.get(params.optional("RoleName")?)?.identity,
            _ => return None,
        };
        Some(Self { arn: identity.arn.clone(), id: identity.id.clone() })
    }

    /// What its ARN was, and what policies call it now; none where nothing became of the call.
    pub(super) fn renamed(self, entities: &Entities) -> Option<(String, String)> {
        let users = entities.users.values().map(|user| &user.identity);
        let mut all = users.chain(entities.roles.values().map(|role| &role.identity));
        let name =
            all.find(|identity| identity.id == self.id).map_or(self.id.clone(), |there| there.arn.clone());
        (name != self.arn).then_some((self.arn, name))
    }
}

/// Writes the new name into every trust policy and key policy.
pub(super) fn rename(accounts: &mut Accounts, from: &str, to: &str) {
    for account in accounts.values_mut() {
        for role in account.entities.roles.values_mut() {
            if let Some(trust) = role.trust.with_principal_renamed(from, to) {
                role.trust = Arc::new(trust);
            }
        }
        account.vault.rename_principal(from, to);
    }
}
