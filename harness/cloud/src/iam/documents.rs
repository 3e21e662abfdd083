//! Policy documents as parameters, and as elements of answers.

use std::sync::Arc;

use linchpin_gateway::AwsError;
use linchpin_policy::{Document, DocumentKind, Statement};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors;
use crate::{cloud::Accounts, query::Params};

/// What RFC 3986 leaves as it is.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Documented: the longest trust policy, in characters that are not white space.
const LONGEST_TRUST: usize = 2048;

/// The identity policy in a parameter.
pub(super) fn identity_policy(params: &Params<'_>) -> Result<Arc<Document>, AwsError> {
    parse(params.required("PolicyDocument")?, DocumentKind::Identity)
}

/// The session policy of `AssumeRole`.
pub(crate) fn session_policy(source: &str) -> Result<Arc<Document>, AwsError> {
    parse(source, DocumentKind::Identity)
}

/// The trust policy in a parameter.
pub(super) fn trust_policy(params: &Params<'_>, parameter: &str) -> Result<Arc<Document>, AwsError> {
    let source = params.required(parameter)?;
    if size(source) > LONGEST_TRUST {
        return Err(errors::quota("ACLSizePerRole", LONGEST_TRUST));
    }
    parse(source, DocumentKind::Trust)
}

fn parse(source: &str, kind: DocumentKind) -> Result<Arc<Document>, AwsError> {
    Document::parse(source, kind).map(Arc::new).map_err(|error| errors::malformed(&error))
}

/// Documented: white space does not count towards a policy's size.
pub(super) fn size(source: &str) -> usize {
    source.chars().filter(|character| !character.is_whitespace()).count()
}

/// A document as IAM answers it: URL-encoded.
pub(super) fn encoded(document: &Document) -> String {
    utf8_percent_encode(document.source(), &UNRESERVED).to_string()
}

/// Refuses a trust policy that names an account, user or role that does not exist.
pub(super) fn check_trusted(accounts: &Accounts, params: &Params<'_>) -> Result<(), AwsError> {
    let creates = params.optional("AssumeRolePolicyDocument");
    let updates = params.optional("RoleName").and(params.optional("PolicyDocument"));
    // What is no trust policy, or malformed, is judged where it is used.
    let trust = creates.or(updates).and_then(|source| Document::parse(source, DocumentKind::Trust).ok());
    let unknown = trust.iter().flat_map(|trust| trust.statements()).flat_map(Statement::aws_principals);
    match unknown.into_iter().find(|name| !is_known(accounts, name)) {
        Some(name) => Err(errors::unknown_principal(name)),
        None => Ok(()),
    }
}

/// Whether an account, user or role that a policy names exists.
pub(crate) fn is_known(accounts: &Accounts, name: &str) -> bool {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let [_, _, service, _, account, resource] = parts.as_slice() else { return accounts.contains_key(name) };
    let Some(account) = accounts.get(*account) else { return false };
    let entities = &account.entities;
    match (*service, resource.split_once('/')) {
        ("iam", Some(("user", path))) => {
            let user = path.rsplit('/').next().and_then(|user| entities.users.get(user));
            user.is_some_and(|user| user.identity.arn == name)
        }
        ("iam", Some(("role", _))) => entities.role_by_arn(name).is_some(),
        // The account's root, and sessions, which may be yet to come.
        _ => true,
    }
}
