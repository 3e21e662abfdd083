//! Policy documents as parameters, and as elements of answers.

use std::sync::Arc;

use linchpin_gateway::{AwsError, is_region};
use linchpin_policy::{Document, DocumentKind, Statement};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors;
use crate::{cloud::Accounts, query::Params};

/// What RFC 3986 leaves as it is.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Documented: the longest trust policy, in characters that are not white space.
const LONGEST_TRUST: usize = 2048;

/// The identity policy in a parameter, for an account of a partition.
pub(super) fn identity_policy(params: &Params<'_>, partition: &str) -> Result<Arc<Document>, AwsError> {
    identity(params.required("PolicyDocument")?, partition)
}

/// The session policy of a call that begins a session. That its partition is looked at is inferred.
pub(crate) fn session_policy(source: &str, partition: &str) -> Result<Arc<Document>, AwsError> {
    identity(source, partition)
}

fn identity(source: &str, partition: &str) -> Result<Arc<Document>, AwsError> {
    let document = parse(source, DocumentKind::Identity)?;
    document.check_partition(partition).map_err(|error| errors::malformed(&error))?;
    Ok(document)
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

/// Refuses a trust policy that names an account, user, role or service that does not exist.
pub(super) fn check_trusted(accounts: &Accounts, params: &Params<'_>) -> Result<(), AwsError> {
    let creates = params.optional("AssumeRolePolicyDocument");
    let updates = params.optional("RoleName").and(params.optional("PolicyDocument"));
    // What is no trust policy, or malformed, is judged where it is used.
    let trust = creates.or(updates).and_then(|source| Document::parse(source, DocumentKind::Trust).ok());
    let statements = || trust.iter().flat_map(|trust| trust.statements());
    let mut named = statements().flat_map(Statement::aws_principals);
    let mut services = statements().flat_map(Statement::service_principals);
    match (named.find(|name| !is_known(accounts, name)), services.find(|name| !is_service(name))) {
        (Some(name), _) => Err(errors::unknown_principal("AWS", name)),
        (None, Some(name)) => Err(errors::unknown_principal("SERVICE", name)),
        (None, None) => Ok(()),
    }
}

/// The names that services have as principals: those of AWS's endpoints (botocore's service models), and those that the
/// guides name besides.
const SERVICES: &str = include_str!("service_principals.txt");

/// Whether a service has this name, in all regions or in one: `NAME.amazonaws.com`, `NAME.REGION.amazonaws.com`.
pub(crate) fn is_service(principal: &str) -> bool {
    let name = principal.strip_suffix(".cn").unwrap_or(principal).strip_suffix(".amazonaws.com");
    let is_listed = |name: &str| SERVICES.lines().any(|service| service == name);
    let in_region =
        |name: &str| name.rsplit_once('.').is_some_and(|(name, region)| is_region(region) && is_listed(name));
    name.is_some_and(|name| is_listed(name) || in_region(name))
}

/// Whether an account, user or role that a policy names exists.
pub(crate) fn is_known(accounts: &Accounts, name: &str) -> bool {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let [_, partition, service, _, account, resource] = parts.as_slice() else {
        return accounts.contains_key(name);
    };
    let account = accounts.get(*account).filter(|account| account.partition == *partition);
    let Some(account) = account else { return false };
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
