//! Calls of IAM: the entities that they are about, and the rights that they take besides.

use linchpin_policy::Context;

use super::{
    Guard, Need,
    query::{Place, need},
};
use crate::Form;

/// Calls that are about the caller where they name no user (documented: the API reference, `UserName`).
const OF_ONESELF: [&str; 5] =
    ["CreateAccessKey", "DeleteAccessKey", "GetUser", "ListAccessKeys", "UpdateAccessKey"];

/// The right of a call of IAM, and `iam:PassRole` for the role that it hands to an instance (documented: Service
/// Authorization Reference).
pub(super) fn iam(operation: &str, form: &Form, place: &Place<'_>) -> Vec<Need> {
    let mut context = Context::default();
    let attaches = operation.starts_with("Attach") || operation.starts_with("Detach");
    if let Some(policy) = form.get("PolicyArn").filter(|_| attaches) {
        context.set("iam:PolicyARN", policy);
    }
    if let Some(boundary) = form.get("PermissionsBoundary") {
        context.set("iam:PermissionsBoundary", boundary);
    }
    set_tags(&mut context, form);
    let resource = match (place.user, form.get("UserName")) {
        (Some(user), None) if OF_ONESELF.contains(&operation) => user.to_owned(),
        _ => listed(operation, form, place).unwrap_or_else(|| iam_resource(operation, form, place)),
    };
    let guard = iam_guard(operation, form);
    let right = |action| Need { guard: guard.clone(), ..need(action, resource.clone(), context.clone()) };
    let mut needs = vec![right(format!("iam:{operation}"))];
    // Documented: who makes an entity with tags needs the right to tag it.
    if let Some(kind) = operation.strip_prefix("Create").filter(|_| !form.tags(TAGS).is_empty()) {
        needs.push(right(format!("iam:Tag{kind}")));
    }
    if let Some(role) = form.get("RoleName").filter(|_| operation == "AddRoleToInstanceProfile") {
        let mut context = Context::default();
        context.set("iam:PassedToService", "ec2.amazonaws.com");
        let role = format!("arn:{}:iam::{}:role/{role}", place.partition, place.account);
        needs.push(Need { guard: Guard::Named, ..need("iam:PassRole".to_owned(), role, context) });
    }
    needs
}

const TAGS: &str = "Tags.member.";

fn set_tags(context: &mut Context, form: &Form) {
    let tags = form.tags(TAGS);
    for (key, value) in &tags {
        context.set(&format!("aws:RequestTag/{key}"), *value);
    }
    let taken = form.0.iter().filter(|(name, _)| name.starts_with("TagKeys.member."));
    let keys = tags.iter().map(|(key, _)| (*key).to_owned()).chain(taken.map(|(_, key)| key.clone()));
    let keys: Vec<String> = keys.collect();
    if !keys.is_empty() {
        context.set_many("aws:TagKeys", keys);
    }
}

/// The parameters that name an entity, which are all its name: another one has the same name in no path.
const ENTITIES: [(&str, &str); 4] = [
    ("InstanceProfileName", "instance-profile"),
    ("GroupName", "group"),
    ("RoleName", "role"),
    ("UserName", "user"),
];

/// Whether the entity of a call is named without its path. One that is made has the path that the call gives it.
fn iam_guard(operation: &str, form: &Form) -> Guard {
    let made = ["CreateUser", "CreateGroup", "CreateRole", "CreateInstanceProfile"].contains(&operation);
    let named = ENTITIES.iter().any(|(parameter, _)| form.get(parameter).is_some());
    if named && !made { Guard::Named } else { Guard::Account }
}

/// Documented (`UpdateUser`, `UpdateGroup`): who renames or moves an entity needs the right on what it becomes, too.
pub(crate) fn moved_need(form: &Form, need: &Need) -> Option<Need> {
    let name = form.get("NewUserName").or_else(|| form.get("NewGroupName"));
    let path = form.get("NewPath");
    name.or(path)?;
    let (kind, rest) = need.resource.split_once('/')?;
    let (old_path, old_name) = match rest.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), rest),
    };
    let resource = format!("{kind}{}{}", path.unwrap_or(&old_path), name.unwrap_or(old_name));
    Some(Need { resource, guard: Guard::Account, ..need.clone() })
}

/// The lists of an account's entities, and what AWS names of them in its refusals (observed): the path that is listed. The
/// last one is no ARN there, and only `*` stands for it (inferred); the rest of the lists are about `*`.
const LISTS: [(&str, &str); 5] = [
    ("ListGroups", "group"),
    ("ListInstanceProfiles", "instance-profile"),
    ("ListRoles", "role"),
    ("ListUsers", "user"),
    ("ListPolicies", "policy path "),
];

fn listed(operation: &str, form: &Form, place: &Place<'_>) -> Option<String> {
    let (_, kind) = LISTS.iter().find(|(name, _)| *name == operation)?;
    let path = form.get("PathPrefix").unwrap_or("/");
    Some(match kind.ends_with(' ') {
        true => format!("{kind}{path}"),
        false => format!("arn:{}:iam::{}:{kind}{path}", place.partition, place.account),
    })
}

/// The entity that a call changes; IAM authorizes `AddUserToGroup` on the group and `AttachUserPolicy` on the user. One
/// that is made has the path that the call gives it.
fn iam_resource(operation: &str, form: &Form, place: &Place<'_>) -> String {
    let path = form.get("Path").filter(|_| operation.starts_with("Create")).unwrap_or("/");
    let arn =
        |kind: &str, name: &str| format!("arn:{}:iam::{}:{kind}{path}{name}", place.partition, place.account);
    let provider = |url: &str| arn("oidc-provider", url.strip_prefix("https://").unwrap_or(url));
    if let Some(provider) = form.get("OpenIDConnectProviderArn").map(str::to_owned) {
        return provider;
    }
    if let Some(url) = form.get("Url") {
        return provider(url);
    }
    let entity = ENTITIES.iter().find_map(|(parameter, kind)| Some(arn(kind, form.get(parameter)?)));
    let policy = || form.get("PolicyArn").or_else(|| form.get("PolicySourceArn")).map(str::to_owned);
    let new_policy = || form.get("PolicyName").map(|name| arn("policy", name));
    entity.or_else(policy).or_else(new_policy).unwrap_or_else(|| "*".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_renamed_is_needed_as_what_it_becomes() {
        let moved = |parameters: &[(&str, &str)]| {
            let form = Form(parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
            let old = need(
                "iam:UpdateUser".to_owned(),
                "arn:aws:iam::1:user/team/u".to_owned(),
                Context::default(),
            );
            moved_need(&form, &old).map(|need| need.resource)
        };
        assert_eq!(moved(&[("UserName", "u")]), None);
        assert_eq!(moved(&[("NewUserName", "v")]).as_deref(), Some("arn:aws:iam::1:user/team/v"));
        assert_eq!(moved(&[("NewPath", "/")]).as_deref(), Some("arn:aws:iam::1:user/u"));
    }
}
