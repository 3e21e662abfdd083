//! Managed policies.

use std::collections::BTreeMap;

use linchpin_gateway::AwsError;

use super::{
    aws_managed::is_of_aws,
    documents::{identity_policy, size},
    entities::{Entities, ManagedPolicy, PolicyVersion},
    errors,
    names::{POLICY, description, is_under},
    operation::{Operation, Request},
    tags::with_tags,
};
use crate::{
    account::Account,
    query::{Page, Xml, one_of, timestamp},
};

/// Documented: the quota of a managed policy's size.
const LONGEST: usize = 6144;

const CREATE: [&str; 5] = ["PolicyName", "Path", "PolicyDocument", "Description", "Tags.member."];

pub(super) const OPERATIONS: [Operation; 4] = [
    Operation::new("CreatePolicy", &CREATE, create),
    Operation::new("GetPolicy", &["PolicyArn"], get),
    Operation::new("ListPolicies", &["Scope", "OnlyAttached", "PathPrefix", "Marker", "MaxItems"], list),
    Operation::new("DeletePolicy", &["PolicyArn"], delete),
];

/// The policy that a call names.
pub(super) fn find<'a>(
    account: &'a mut Account,
    request: &Request<'_>,
) -> Result<&'a mut ManagedPolicy, AwsError> {
    let arn = request.params.required("PolicyArn")?;
    if !arn.starts_with("arn:") {
        return Err(errors::invalid_arn(arn));
    }
    account.entities.policies.get_mut(arn).ok_or_else(|| match is_of_aws(arn) {
        true => errors::not_offered(arn),
        false => errors::no_such_policy(arn),
    })
}

/// The policy that a call changes: one of the account's own.
pub(super) fn find_own<'a>(
    account: &'a mut Account,
    request: &Request<'_>,
) -> Result<&'a mut ManagedPolicy, AwsError> {
    let policy = find(account, request)?;
    if policy.is_local() { Ok(policy) } else { Err(errors::not_your_policy(request, &policy.identity.arn)) }
}

/// The document of a new version in a call.
pub(super) fn new_version(account: &Account, request: &Request<'_>) -> Result<PolicyVersion, AwsError> {
    let document = identity_policy(&request.params, &account.partition)?;
    if size(document.source()) > LONGEST {
        return Err(errors::quota("PolicySize", LONGEST));
    }
    Ok(PolicyVersion { document, created: account.now() })
}

fn create(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let description = description(&request.params)?;
    let identity = POLICY.identity(account, &request.params)?;
    let version = new_version(account, request)?;
    // Documented: a policy's name is unique in its account, whatever its path.
    let mut policies = account.entities.policies.values();
    if policies.any(|policy| policy.is_local() && policy.identity.name.eq_ignore_ascii_case(&identity.name)) {
        return Err(errors::policy_exists(&identity.name));
    }
    let policy = ManagedPolicy {
        updated: identity.created,
        identity,
        description,
        versions: BTreeMap::from([(1, version)]),
        default_version: 1,
        last_version: 1,
    };
    let answer = Xml::new().element("Policy", &with_tags(xml(&account.entities, &policy), &policy.identity));
    account.entities.policies.insert(policy.identity.arn.clone(), policy);
    Ok(Some(answer))
}

fn get(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let arn = find(account, request)?.identity.arn.clone();
    let policy = account.entities.policies.get(&arn).ok_or_else(|| errors::no_such_policy(&arn))?;
    let xml = xml(&account.entities, policy).optional("Description", policy.description.as_ref());
    Ok(Some(Xml::new().element("Policy", &with_tags(xml, &policy.identity))))
}

fn list(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let scope = one_of(&request.params, "Scope", &["All", "AWS", "Local"])?.unwrap_or("All");
    let only_attached = request.params.boolean("OnlyAttached")?.unwrap_or(false);
    let entities = &account.entities;
    let policies = entities.policies.values().filter(|policy| {
        let attached = !only_attached || attachment_count(entities, &policy.identity.arn) > 0;
        let in_scope = scope == "All" || (scope == "Local") == policy.is_local();
        in_scope && attached && is_under(&policy.identity, &request.params)
    });
    let policies = policies.map(|policy| xml(entities, policy)).collect();
    Ok(Some(Page::read(&request.params)?.list("Policies", policies)))
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let policy = find_own(account, request)?;
    if policy.versions.len() > 1 {
        return Err(errors::policy_has_versions());
    }
    let arn = policy.identity.arn.clone();
    if attachment_count(&account.entities, &arn) + boundary_count(&account.entities, &arn) > 0 {
        return Err(errors::policy_in_use());
    }
    account.entities.policies.remove(&arn);
    Ok(None)
}

fn attachment_count(entities: &Entities, arn: &str) -> usize {
    entities.attachments().filter(|attachments| attachments.managed.contains(arn)).count()
}

fn boundary_count(entities: &Entities, arn: &str) -> usize {
    entities.attachments().filter(|attachments| attachments.boundary.as_deref() == Some(arn)).count()
}

pub(super) fn xml(entities: &Entities, policy: &ManagedPolicy) -> Xml {
    let arn = &policy.identity.arn;
    policy
        .identity
        .xml("Policy")
        .text("DefaultVersionId", format!("v{}", policy.default_version))
        .text("AttachmentCount", attachment_count(entities, arn))
        .text("PermissionsBoundaryUsageCount", boundary_count(entities, arn))
        .text("IsAttachable", true)
        .text("UpdateDate", timestamp(policy.updated))
}
