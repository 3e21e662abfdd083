//! A bad entry: what is sent, and what comes back.

use crate::request::Draft;

pub(super) struct Row {
    pub(super) what: &'static str,
    pub(super) bytes: Vec<u8>,
    /// Status and a part of the body.
    pub(super) expected: &'static str,
}

pub(super) fn row(what: &'static str, draft: &Draft, expected: &'static str) -> Row {
    Row { what, bytes: draft.bytes(), expected }
}

/// A signed draft, changed afterwards.
pub(super) fn tampered(
    what: &'static str,
    draft: Draft,
    change: impl Fn(&mut Draft),
    expected: &'static str,
) -> Row {
    let mut draft = draft.signed();
    change(&mut draft);
    row(what, &draft, expected)
}

/// A draft that is signed only after the change.
pub(super) fn made(
    what: &'static str,
    mut draft: Draft,
    change: impl Fn(&mut Draft),
    expected: &'static str,
) -> Row {
    change(&mut draft);
    row(what, &draft.signed(), expected)
}

pub(super) fn get() -> Draft {
    Draft::new("GET", "/b/k")
}

pub(super) fn put() -> Draft {
    Draft::new("PUT", "/b/k").body("data")
}

pub(super) fn json() -> Draft {
    let mut draft = Draft::new("POST", "/").body("{}").header("x-amz-target", "TrentService.ListKeys");
    draft.service = "kms";
    draft
}

pub(super) fn form() -> Draft {
    Draft::form("Action=GetCallerIdentity&Version=2011-06-15")
}

pub(super) const MISMATCH: &str = "403 SignatureDoesNotMatch";
pub(super) const SKEWED: &str = "403 RequestTimeTooSkewed";
pub(super) const MALFORMED: &str = "400 AuthorizationHeaderMalformed";
pub(super) const QUERY: &str = "400 AuthorizationQueryParametersError";
