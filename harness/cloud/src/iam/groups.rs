//! Groups and their members.

use linchpin_gateway::AwsError;

use super::{
    entities::{Attachments, Group},
    errors,
    names::{GROUP, USER, is_taken, is_under},
    operation::{Operation, Request},
    users,
};
use crate::{
    account::Account,
    query::{Page, Xml},
};

/// Documented: the quota of a user.
const MOST_GROUPS: usize = 10;

pub(super) const OPERATIONS: [Operation; 8] = [
    Operation::new("CreateGroup", &["GroupName", "Path"], create),
    Operation::new("GetGroup", &["GroupName", "Marker", "MaxItems"], get),
    Operation::new("ListGroups", &["PathPrefix", "Marker", "MaxItems"], list),
    Operation::new("UpdateGroup", &["GroupName", "NewGroupName", "NewPath"], update),
    Operation::new("DeleteGroup", &["GroupName"], delete),
    Operation::new("AddUserToGroup", &["GroupName", "UserName"], add_user),
    Operation::new("RemoveUserFromGroup", &["GroupName", "UserName"], remove_user),
    Operation::new("ListGroupsForUser", &["UserName", "Marker", "MaxItems"], list_of_user),
];

pub(super) fn find<'a>(account: &'a mut Account, name: &str) -> Result<&'a mut Group, AwsError> {
    account.entities.groups.get_mut(name).ok_or_else(|| errors::no_such("group", name))
}

fn create(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let identity = GROUP.identity(account, &request.params)?;
    if is_taken(account.entities.groups.keys(), &identity.name) {
        return Err(errors::already_exists("group", &identity.name));
    }
    let answer = Xml::new().element("Group", &identity.xml("Group"));
    let group = Group { identity, attachments: Attachments::default() };
    account.entities.groups.insert(group.identity.name.clone(), group);
    Ok(Some(answer))
}

fn get(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = GROUP.name(&request.params)?;
    let group = find(account, name)?.identity.xml("Group");
    let members = account.entities.users.values().filter(|user| user.groups.contains(name));
    let members = Page::read(&request.params)?.list("Users", members.map(users::xml).collect());
    Ok(Some(Xml::new().element("Group", &group).then(&members)))
}

fn list(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let groups = account.entities.groups.values();
    let groups = groups.filter(|group| is_under(&group.identity, &request.params));
    let groups = groups.map(|group| group.identity.xml("Group")).collect();
    Ok(Some(Page::read(&request.params)?.list("Groups", groups)))
}

/// Documented: under its new name it keeps its members and policies.
fn update(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let old = GROUP.name(&request.params)?;
    let mut group = find(account, old)?.clone();
    GROUP.rename(account, &mut group.identity, &request.params)?;
    let new = group.identity.name.clone();
    let others = account.entities.groups.keys().filter(|name| *name != old);
    if is_taken(others, &new) {
        return Err(errors::already_exists("group", &new));
    }
    account.entities.groups.remove(old);
    for user in account.entities.users.values_mut() {
        if user.groups.remove(old) {
            user.groups.insert(new.clone());
        }
    }
    account.entities.groups.insert(new, group);
    Ok(None)
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = GROUP.name(&request.params)?;
    if let Some(hold) = find(account, name)?.attachments.hold() {
        return Err(errors::still_holds(hold));
    }
    if account.entities.users.values().any(|user| user.groups.contains(name)) {
        return Err(errors::still_holds("must remove users from group first."));
    }
    account.entities.groups.remove(name);
    Ok(None)
}

fn add_user(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let (group, user) = both(account, request)?;
    let user = users::find(account, user)?;
    if !user.groups.contains(group) && user.groups.len() >= MOST_GROUPS {
        return Err(errors::quota("GroupsPerUser", MOST_GROUPS));
    }
    user.groups.insert(group.to_owned());
    Ok(None)
}

/// Inferred: a user who is no member is taken for removed.
fn remove_user(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let (group, user) = both(account, request)?;
    users::find(account, user)?.groups.remove(group);
    Ok(None)
}

/// The names of a group that exists and of the user in a call.
fn both<'a>(account: &mut Account, request: &Request<'a>) -> Result<(&'a str, &'a str), AwsError> {
    let group = GROUP.name(&request.params)?;
    let user = USER.name(&request.params)?;
    find(account, group)?;
    Ok((group, user))
}

fn list_of_user(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let user = users::find(account, USER.name(&request.params)?)?;
    let names = user.groups.clone();
    let groups = names.iter().filter_map(|name| account.entities.groups.get(name));
    let groups = groups.map(|group| group.identity.xml("Group")).collect();
    Ok(Some(Page::read(&request.params)?.list("Groups", groups)))
}
