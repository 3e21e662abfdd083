//! What emulators take and do not carry out: refused by name. Pure.

use http::{HeaderMap, StatusCode};
use linchpin_gateway::AwsError;

/// Reads tell no encryption context (documented), and every read takes a right on it.
const CONTEXT: &str = "x-amz-server-side-encryption-context";

/// Inferred: emulators copy over what is there, whatever a condition says.
pub(super) fn refuse_ignored(operation: &str, headers: &HeaderMap) -> Result<(), AwsError> {
    let ignored: &[&str] =
        if operation == "CopyObject" { &[CONTEXT, "if-match", "if-none-match"] } else { &[CONTEXT] };
    match ignored.iter().find(|name| headers.contains_key(**name)) {
        Some(name) => Err(not_over_there(&format!("the header `{name}` of {operation}"))),
        None => Ok(()),
    }
}

/// Inferred: emulators delete what has another ETag, too.
pub(super) fn refuse_conditional(body: &[u8]) -> Result<(), AwsError> {
    match String::from_utf8_lossy(body).contains("<ETag>") {
        true => Err(not_over_there("the element `ETag` of DeleteObjects")),
        false => Ok(()),
    }
}

/// Ours.
fn not_over_there(what: &str) -> AwsError {
    let message = format!("linchpin does not offer {what} at an emulator, which would not carry it out.");
    AwsError::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}
