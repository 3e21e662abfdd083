//! Temporary credentials.

use secrecy::ExposeSecret;

use crate::{
    account::{Account, Bearer, TemporarySession},
    query::{Xml, timestamp},
};

/// Makes a key for a session, and tells it.
pub(super) fn issue(account: &mut Account, session: TemporarySession) -> Xml {
    let (token, expires) = (session.token.clone(), session.expires);
    let id = account.issue_key("ASIA", Bearer::Session(Box::new(session)));
    let secret = account.keys.get(&id).map(|key| key.secret.clone()).unwrap_or_default();
    Xml::new()
        .text("AccessKeyId", id)
        .text("SecretAccessKey", secret.expose_secret())
        .text("SessionToken", token.expose_secret())
        .text("Expiration", timestamp(expires))
}
