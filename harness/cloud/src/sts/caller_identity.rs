//! `GetCallerIdentity`.

use linchpin_gateway::Call;
use linchpin_policy::Principal;

use crate::{cloud::Accounts, query::Xml};

pub(super) fn run(accounts: &Accounts, call: &Call) -> Xml {
    Xml::new()
        .text("Arn", call.principal.arn())
        .text("UserId", user_id(accounts, &call.principal).unwrap_or_else(|| call.account.clone()))
        .text("Account", &call.account)
}

/// Documented: a user's id, a role's id with the session's name, the number of a root's account.
pub(crate) fn user_id(accounts: &Accounts, principal: &Principal) -> Option<String> {
    let entities = &accounts.get(principal.account()?)?.entities;
    match principal {
        Principal::User { .. } => entities.unique_id(principal).map(str::to_owned),
        Principal::RoleSession { session_arn, .. } => {
            let role = entities.unique_id(principal)?;
            Some(format!("{role}:{}", session_arn.rsplit('/').next()?))
        }
        Principal::FederatedUser { arn, account } => Some(format!("{account}:{}", arn.rsplit('/').next()?)),
        Principal::AccountRoot { account, .. } => Some(account.clone()),
        Principal::WebIdentity { .. } | Principal::Service { .. } | Principal::Anonymous => None,
    }
}
