//! `GetSessionToken`. Who may not call it was refused on the road.

use linchpin_gateway::{AwsError, Call};
use linchpin_policy::Principal;
use time::Duration;

use super::credentials::issue;
use crate::{
    account::TemporarySession,
    cloud::Accounts,
    ids,
    query::{Params, Xml, unknown_account},
};

pub(super) const PARAMETERS: [&str; 1] = ["DurationSeconds"];

/// Documented: 15 minutes to 36 hours, 12 hours by default; a root has one hour at most, whatever it asks for.
pub(super) fn run(accounts: &mut Accounts, call: &Call, params: &Params<'_>) -> Result<Xml, AwsError> {
    let asked = params.number("DurationSeconds", 43_200, 900, 129_600)?;
    let is_root = matches!(call.principal, Principal::AccountRoot { .. });
    let seconds = if is_root { asked.min(3600) } else { asked };
    let account = accounts.get_mut(&call.account).ok_or_else(|| unknown_account(&call.account))?;
    let expires = account.now() + Duration::seconds(seconds.into());
    let session = TemporarySession::plain(account, call.principal.clone(), ids::session_token(), expires);
    Ok(Xml::new().element("Credentials", &issue(account, session)))
}
