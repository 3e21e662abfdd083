//! Users.

use linchpin_gateway::AwsError;

use super::{
    attachments::{boundary_in, boundary_xml},
    entities::{Attachments, User},
    errors,
    names::{USER, is_taken, is_under},
    operation::{Operation, Request},
    tags::with_tags,
};
use crate::{
    account::Account,
    query::{Page, Xml},
};

pub(super) const OPERATIONS: [Operation; 5] = [
    Operation::new("CreateUser", &["UserName", "Path", "PermissionsBoundary", "Tags.member."], create),
    Operation::new("GetUser", &["UserName"], get),
    Operation::new("ListUsers", &["PathPrefix", "Marker", "MaxItems"], list),
    Operation::new("UpdateUser", &["UserName", "NewUserName", "NewPath"], update),
    Operation::new("DeleteUser", &["UserName"], delete),
];

pub(super) fn find<'a>(account: &'a mut Account, name: &str) -> Result<&'a mut User, AwsError> {
    account.entities.users.get_mut(name).ok_or_else(|| errors::no_such("user", name))
}

fn create(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let identity = USER.identity(account, &request.params)?;
    let boundary = boundary_in(account, &request.params)?;
    if is_taken(account.entities.users.keys(), &identity.name) {
        return Err(errors::already_exists("user", &identity.name));
    }
    let attachments = Attachments { boundary, ..Attachments::default() };
    let user = User { identity, groups: Default::default(), attachments };
    let answer = Xml::new().element("User", &with_tags(xml(&user), &user.identity));
    account.entities.users.insert(user.identity.name.clone(), user);
    Ok(Some(answer))
}

fn get(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let user = find(account, request.user_or_caller()?)?;
    Ok(Some(Xml::new().element("User", &with_tags(xml(user), &user.identity))))
}

fn list(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let users = account.entities.users.values().filter(|user| is_under(&user.identity, &request.params));
    Ok(Some(Page::read(&request.params)?.list("Users", users.map(xml).collect())))
}

/// Documented: under its new name it keeps its keys, groups and policies.
fn update(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let old = USER.name(&request.params)?;
    let mut user = find(account, old)?.clone();
    USER.rename(account, &mut user.identity, &request.params)?;
    let new = user.identity.name.clone();
    let others = account.entities.users.keys().filter(|name| *name != old);
    if is_taken(others, &new) {
        return Err(errors::already_exists("user", &new));
    }
    account.entities.users.remove(old);
    account.rename_bearer(old, &new);
    account.entities.users.insert(new, user);
    Ok(None)
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = USER.name(&request.params)?;
    let user = find(account, name)?;
    if let Some(hold) = user.attachments.hold() {
        return Err(errors::still_holds(hold));
    }
    if !user.groups.is_empty() {
        return Err(errors::still_holds("must remove user from group first."));
    }
    if !account.keys_of_user(name).is_empty() {
        return Err(errors::still_holds("must delete access keys first."));
    }
    account.entities.users.remove(name);
    Ok(None)
}

pub(super) fn xml(user: &User) -> Xml {
    boundary_xml(user.identity.xml("User"), &user.attachments)
}
