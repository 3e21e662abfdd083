//! The policies of users, groups and roles: inline, managed, and the permissions boundary.

use linchpin_gateway::AwsError;

use super::{
    aws_managed::is_of_aws,
    documents::{encoded, identity_policy, size},
    entities::{Attachments, Entities},
    errors, groups,
    names::{GROUP, Kind, POLICY, ROLE, USER},
    operation::{Operation, Request},
    roles, users,
};
use crate::{
    account::Account,
    query::{Page, Params, Xml},
};

/// Documented: the quota of managed policies.
const MOST_MANAGED: usize = 10;

pub(super) const OPERATIONS: [Operation; 25] = [
    Operation::new("PutUserPolicy", &["UserName", "PolicyName", "PolicyDocument"], put::<UserHolder>),
    Operation::new("PutGroupPolicy", &["GroupName", "PolicyName", "PolicyDocument"], put::<GroupHolder>),
    Operation::new("PutRolePolicy", &["RoleName", "PolicyName", "PolicyDocument"], put::<RoleHolder>),
    Operation::new("GetUserPolicy", &["UserName", "PolicyName"], get::<UserHolder>),
    Operation::new("GetGroupPolicy", &["GroupName", "PolicyName"], get::<GroupHolder>),
    Operation::new("GetRolePolicy", &["RoleName", "PolicyName"], get::<RoleHolder>),
    Operation::new("ListUserPolicies", &["UserName", "Marker", "MaxItems"], list::<UserHolder>),
    Operation::new("ListGroupPolicies", &["GroupName", "Marker", "MaxItems"], list::<GroupHolder>),
    Operation::new("ListRolePolicies", &["RoleName", "Marker", "MaxItems"], list::<RoleHolder>),
    Operation::new("DeleteUserPolicy", &["UserName", "PolicyName"], delete::<UserHolder>),
    Operation::new("DeleteGroupPolicy", &["GroupName", "PolicyName"], delete::<GroupHolder>),
    Operation::new("DeleteRolePolicy", &["RoleName", "PolicyName"], delete::<RoleHolder>),
    Operation::new("AttachUserPolicy", &["UserName", "PolicyArn"], attach::<UserHolder>),
    Operation::new("AttachGroupPolicy", &["GroupName", "PolicyArn"], attach::<GroupHolder>),
    Operation::new("AttachRolePolicy", &["RoleName", "PolicyArn"], attach::<RoleHolder>),
    Operation::new("DetachUserPolicy", &["UserName", "PolicyArn"], detach::<UserHolder>),
    Operation::new("DetachGroupPolicy", &["GroupName", "PolicyArn"], detach::<GroupHolder>),
    Operation::new("DetachRolePolicy", &["RoleName", "PolicyArn"], detach::<RoleHolder>),
    Operation::new(
        "ListAttachedUserPolicies",
        &["UserName", "Marker", "MaxItems"],
        list_attached::<UserHolder>,
    ),
    Operation::new(
        "ListAttachedGroupPolicies",
        &["GroupName", "Marker", "MaxItems"],
        list_attached::<GroupHolder>,
    ),
    Operation::new(
        "ListAttachedRolePolicies",
        &["RoleName", "Marker", "MaxItems"],
        list_attached::<RoleHolder>,
    ),
    Operation::new(
        "PutUserPermissionsBoundary",
        &["UserName", "PermissionsBoundary"],
        put_boundary::<UserHolder>,
    ),
    Operation::new(
        "PutRolePermissionsBoundary",
        &["RoleName", "PermissionsBoundary"],
        put_boundary::<RoleHolder>,
    ),
    Operation::new("DeleteUserPermissionsBoundary", &["UserName"], delete_boundary::<UserHolder>),
    Operation::new("DeleteRolePermissionsBoundary", &["RoleName"], delete_boundary::<RoleHolder>),
];

/// A kind of entity that policies are attached to.
trait Holder {
    const KIND: Kind;
    /// Documented: the longest that its inline policies may be together.
    const LONGEST_INLINE: usize;

    fn attachments<'a>(account: &'a mut Account, name: &str) -> Result<&'a mut Attachments, AwsError>;
}

struct UserHolder;
struct GroupHolder;
struct RoleHolder;

impl Holder for UserHolder {
    const KIND: Kind = USER;
    const LONGEST_INLINE: usize = 2048;

    fn attachments<'a>(account: &'a mut Account, name: &str) -> Result<&'a mut Attachments, AwsError> {
        users::find(account, name).map(|user| &mut user.attachments)
    }
}

impl Holder for GroupHolder {
    const KIND: Kind = GROUP;
    const LONGEST_INLINE: usize = 5120;

    fn attachments<'a>(account: &'a mut Account, name: &str) -> Result<&'a mut Attachments, AwsError> {
        groups::find(account, name).map(|group| &mut group.attachments)
    }
}

impl Holder for RoleHolder {
    const KIND: Kind = ROLE;
    const LONGEST_INLINE: usize = 10_240;

    fn attachments<'a>(account: &'a mut Account, name: &str) -> Result<&'a mut Attachments, AwsError> {
        roles::find(account, name).map(|role| &mut role.attachments)
    }
}

/// The policies of the entity in a call.
fn attachments<'a, H: Holder>(
    account: &'a mut Account,
    request: &Request<'_>,
) -> Result<&'a mut Attachments, AwsError> {
    H::attachments(account, H::KIND.name(&request.params)?)
}

fn put<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = POLICY.name(&request.params)?;
    let document = identity_policy(&request.params, &account.partition)?;
    let attachments = attachments::<H>(account, request)?;
    let others = attachments.inline.iter().filter(|(other, _)| *other != name);
    let length: usize = others.map(|(_, other)| size(other.source())).sum();
    if length + size(document.source()) > H::LONGEST_INLINE {
        let holder = H::KIND.name(&request.params)?;
        return Err(errors::inline_too_long(H::LONGEST_INLINE, H::KIND.arn, holder));
    }
    attachments.inline.insert(name.to_owned(), document);
    Ok(None)
}

fn get<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = POLICY.name(&request.params)?;
    let holder = H::KIND.name(&request.params)?;
    let document = attachments::<H>(account, request)?.inline.get(name);
    let document = document.ok_or_else(|| no_such_inline::<H>(name))?;
    let xml = Xml::new()
        .text(H::KIND.parameter, holder)
        .text("PolicyName", name)
        .text("PolicyDocument", encoded(document));
    Ok(Some(xml))
}

fn list<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let names = attachments::<H>(account, request)?.inline.keys();
    Ok(Some(Page::read(&request.params)?.texts("PolicyNames", names.cloned().collect())))
}

fn delete<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = POLICY.name(&request.params)?;
    let removed = attachments::<H>(account, request)?.inline.remove(name);
    removed.map(|_| None).ok_or_else(|| no_such_inline::<H>(name))
}

fn no_such_inline<H: Holder>(name: &str) -> AwsError {
    errors::no_such(&format!("{} policy", H::KIND.arn), name)
}

fn attach<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let arn = existing_policy(account, request.params.required("PolicyArn")?)?;
    let managed = &mut attachments::<H>(account, request)?.managed;
    if !managed.contains(&arn) && managed.len() >= MOST_MANAGED {
        return Err(errors::quota(
            &format!("PoliciesPer{}", H::KIND.parameter.trim_end_matches("Name")),
            MOST_MANAGED,
        ));
    }
    managed.insert(arn);
    Ok(None)
}

fn detach<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let arn = request.params.required("PolicyArn")?;
    let removed = attachments::<H>(account, request)?.managed.remove(arn);
    if removed { Ok(None) } else { Err(errors::no_such_policy(arn)) }
}

fn list_attached<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let attachments = attachments::<H>(account, request)?.clone();
    let policies = managed_xml(&account.entities, &attachments);
    Ok(Some(Page::read(&request.params)?.list("AttachedPolicies", policies)))
}

/// The managed policies as lists tell them.
pub(super) fn managed_xml(entities: &Entities, attachments: &Attachments) -> Vec<Xml> {
    let policies = attachments.managed.iter().filter_map(|arn| entities.policies.get(arn));
    let policies = policies.map(|policy| {
        Xml::new().text("PolicyName", &policy.identity.name).text("PolicyArn", &policy.identity.arn)
    });
    policies.collect()
}

fn put_boundary<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    request.params.required("PermissionsBoundary")?;
    let boundary = boundary_in(account, &request.params)?;
    attachments::<H>(account, request)?.boundary = boundary;
    Ok(None)
}

fn delete_boundary<H: Holder>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = H::KIND.name(&request.params)?;
    let removed = attachments::<H>(account, request)?.boundary.take();
    removed.map(|_| None).ok_or_else(|| errors::no_boundary(H::KIND.arn, name))
}

/// The boundary in a call, which must be a policy of the account.
pub(super) fn boundary_in(account: &Account, params: &Params<'_>) -> Result<Option<String>, AwsError> {
    params.optional("PermissionsBoundary").map(|arn| existing_policy(account, arn)).transpose()
}

fn existing_policy(account: &Account, arn: &str) -> Result<String, AwsError> {
    if !arn.starts_with("arn:") {
        return Err(errors::invalid_arn(arn));
    }
    let policy = account.entities.policies.get(arn).ok_or_else(|| match is_of_aws(arn) {
        true => errors::not_offered(arn),
        false => errors::not_attachable(arn),
    })?;
    Ok(policy.identity.arn.clone())
}

/// Adds the boundary to an entity's elements.
pub(super) fn boundary_xml(xml: Xml, attachments: &Attachments) -> Xml {
    match &attachments.boundary {
        Some(arn) => {
            let boundary = Xml::new()
                .text("PermissionsBoundaryType", "PermissionsBoundaryPolicy")
                .text("PermissionsBoundaryArn", arn);
            xml.element("PermissionsBoundary", &boundary)
        }
        None => xml,
    }
}
