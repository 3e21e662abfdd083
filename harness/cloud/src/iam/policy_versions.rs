//! The versions of managed policies.

use linchpin_gateway::AwsError;

use super::{
    documents::encoded,
    entities::{ManagedPolicy, PolicyVersion},
    errors,
    managed_policies::{find, find_own, new_version},
    operation::{Operation, Request},
};
use crate::{
    account::Account,
    query::{Page, Xml, timestamp},
};

/// Documented: the quota of a managed policy.
const MOST_VERSIONS: usize = 5;

pub(super) const OPERATIONS: [Operation; 5] = [
    Operation::new("CreatePolicyVersion", &["PolicyArn", "PolicyDocument", "SetAsDefault"], create),
    Operation::new("GetPolicyVersion", &["PolicyArn", "VersionId"], get),
    Operation::new("ListPolicyVersions", &["PolicyArn", "Marker", "MaxItems"], list),
    Operation::new("SetDefaultPolicyVersion", &["PolicyArn", "VersionId"], set_default),
    Operation::new("DeletePolicyVersion", &["PolicyArn", "VersionId"], delete),
];

fn create(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let version = new_version(account, request)?;
    let as_default = request.params.boolean("SetAsDefault")?.unwrap_or(false);
    let policy = find_own(account, request)?;
    if policy.versions.len() >= MOST_VERSIONS {
        return Err(errors::too_many_versions());
    }
    // Documented: a number is never used again.
    policy.last_version += 1;
    let number = policy.last_version;
    policy.updated = version.created;
    if as_default {
        policy.default_version = number;
    }
    let answer = Xml::new().element("PolicyVersion", &xml(policy, number, &version));
    policy.versions.insert(number, version);
    Ok(Some(answer))
}

fn get(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let policy = find(account, request)?;
    let number = number_in(policy, request)?;
    let version = policy.versions.get(&number).ok_or_else(|| missing(policy, &format!("v{number}")))?;
    let xml = xml(policy, number, version).text("Document", encoded(&version.document));
    Ok(Some(Xml::new().element("PolicyVersion", &xml)))
}

/// Newest first (inferred).
fn list(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let policy = find(account, request)?;
    let versions = policy.versions.iter().rev().map(|(number, version)| xml(policy, *number, version));
    Ok(Some(Page::read(&request.params)?.list("Versions", versions.collect())))
}

fn set_default(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let now = account.now();
    let policy = find_own(account, request)?;
    policy.default_version = number_in(policy, request)?;
    policy.updated = now;
    Ok(None)
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let policy = find_own(account, request)?;
    let number = number_in(policy, request)?;
    if number == policy.default_version {
        return Err(errors::default_version());
    }
    policy.versions.remove(&number);
    Ok(None)
}

/// The number of a version that the policy has.
fn number_in(policy: &ManagedPolicy, request: &Request<'_>) -> Result<u32, AwsError> {
    let id = request.params.required("VersionId")?;
    let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
    number.filter(|number| policy.versions.contains_key(number)).ok_or_else(|| missing(policy, id))
}

fn missing(policy: &ManagedPolicy, id: &str) -> AwsError {
    errors::no_such_version(&policy.identity.arn, id)
}

pub(super) fn xml(policy: &ManagedPolicy, number: u32, version: &PolicyVersion) -> Xml {
    Xml::new()
        .text("VersionId", format!("v{number}"))
        .text("IsDefaultVersion", number == policy.default_version)
        .text("CreateDate", timestamp(version.created))
}
