//! Roles and their trust policies.

use linchpin_gateway::AwsError;

use super::{
    attachments::{boundary_in, boundary_xml},
    documents::{encoded, trust_policy},
    entities::{Attachments, Role},
    errors,
    names::{ROLE, description, is_taken, is_under},
    operation::{Operation, Request},
    tags::with_tags,
};
use crate::{
    account::Account,
    query::{Page, Xml},
};

const CREATE: [&str; 7] = [
    "RoleName",
    "Path",
    "AssumeRolePolicyDocument",
    "Description",
    "MaxSessionDuration",
    "PermissionsBoundary",
    "Tags.member.",
];

pub(super) const OPERATIONS: [Operation; 6] = [
    Operation::new("CreateRole", &CREATE, create),
    Operation::new("GetRole", &["RoleName"], get),
    Operation::new("ListRoles", &["PathPrefix", "Marker", "MaxItems"], list),
    Operation::new("UpdateRole", &["RoleName", "Description", "MaxSessionDuration"], update),
    Operation::new("UpdateAssumeRolePolicy", &["RoleName", "PolicyDocument"], update_trust),
    Operation::new("DeleteRole", &["RoleName"], delete),
];

pub(super) fn find<'a>(account: &'a mut Account, name: &str) -> Result<&'a mut Role, AwsError> {
    account.entities.roles.get_mut(name).ok_or_else(|| errors::no_such("role", name))
}

fn create(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let identity = ROLE.identity(account, &request.params)?;
    let trust = trust_policy(&request.params, "AssumeRolePolicyDocument")?;
    let boundary = boundary_in(account, &request.params)?;
    if is_taken(account.entities.roles.keys(), &identity.name) {
        return Err(errors::already_exists("role", &identity.name));
    }
    let role = Role {
        identity,
        description: description(&request.params)?,
        max_session_seconds: max_session_seconds(request)?,
        trust,
        attachments: Attachments { boundary, ..Attachments::default() },
    };
    let answer = Xml::new().element("Role", &with_tags(xml(&role), &role.identity));
    account.entities.roles.insert(role.identity.name.clone(), role);
    Ok(Some(answer))
}

/// Documented: one hour by default, twelve at most.
fn max_session_seconds(request: &Request<'_>) -> Result<u32, AwsError> {
    request.params.number("MaxSessionDuration", 3600, 3600, 43_200)
}

fn get(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let role = find(account, ROLE.name(&request.params)?)?;
    Ok(Some(Xml::new().element("Role", &with_tags(xml(role), &role.identity))))
}

fn list(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let roles = account.entities.roles.values().filter(|role| is_under(&role.identity, &request.params));
    Ok(Some(Page::read(&request.params)?.list("Roles", roles.map(xml).collect())))
}

fn update(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let description = description(&request.params)?;
    let seconds = max_session_seconds(request)?;
    let role = find(account, ROLE.name(&request.params)?)?;
    if description.is_some() {
        role.description = description;
    }
    if request.params.optional("MaxSessionDuration").is_some() {
        role.max_session_seconds = seconds;
    }
    // The operation has a result, which is empty.
    Ok(Some(Xml::new()))
}

fn update_trust(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let trust = trust_policy(&request.params, "PolicyDocument")?;
    find(account, ROLE.name(&request.params)?)?.trust = trust;
    Ok(None)
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = ROLE.name(&request.params)?;
    if let Some(hold) = find(account, name)?.attachments.hold() {
        return Err(errors::still_holds(hold));
    }
    if account.entities.profiles.values().any(|profile| profile.role.as_deref() == Some(name)) {
        return Err(errors::still_holds("must remove roles from instance profile first."));
    }
    account.entities.roles.remove(name);
    Ok(None)
}

pub(super) fn xml(role: &Role) -> Xml {
    let xml = role
        .identity
        .xml("Role")
        .text("AssumeRolePolicyDocument", encoded(&role.trust))
        .optional("Description", role.description.as_ref())
        .text("MaxSessionDuration", role.max_session_seconds);
    boundary_xml(xml, &role.attachments)
}
