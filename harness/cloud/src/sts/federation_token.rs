//! `GetFederationToken`.

use linchpin_gateway::{AwsError, Call};
use linchpin_policy::Principal;
use time::Duration;

use super::{
    assume_role::{packed_size, plain_name, session_policies, session_tags},
    credentials::issue,
};
use crate::{
    account::TemporarySession,
    cloud::Accounts,
    ids,
    query::{Params, Xml, unknown_account},
};

pub(super) const PARAMETERS: [&str; 5] = ["Name", "DurationSeconds", "Policy", "PolicyArns.", "Tags."];

/// Documented: 15 minutes to 36 hours, 12 hours by default; a root has one hour at most, whatever it asks for. Without
/// a session policy the federated user may nothing that a resource's policy does not give it by its own ARN.
pub(super) fn run(accounts: &mut Accounts, call: &Call, params: &Params<'_>) -> Result<Xml, AwsError> {
    let name = plain_name("Name", params.required("Name")?, 32)?;
    let asked = params.number("DurationSeconds", 43_200, 900, 129_600)?;
    let is_root = matches!(call.principal, Principal::AccountRoot { .. });
    let seconds = if is_root { asked.min(3600) } else { asked };
    let account = accounts.get_mut(&call.account).ok_or_else(|| unknown_account(&call.account))?;
    let arn = format!("arn:{}:sts::{}:federated-user/{name}", account.partition, account.id);
    let principal = Principal::FederatedUser { arn: arn.clone(), account: account.id.clone() };
    let expires = account.now() + Duration::seconds(seconds.into());
    let session = TemporarySession {
        policies: Some(session_policies(account, params)?.unwrap_or_default()),
        tags: session_tags(params)?,
        behind: Some(call.principal.clone()),
        of: account.entities.unique_id(&call.principal).map(str::to_owned),
        ..TemporarySession::plain(account, principal, ids::session_token(), expires)
    };
    let user = Xml::new().text("FederatedUserId", format!("{}:{name}", account.id)).text("Arn", arn);
    Ok(Xml::new()
        .element("Credentials", &issue(account, session))
        .element("FederatedUser", &user)
        .optional("PackedPolicySize", packed_size(params)))
}
