//! Instance profiles.

use linchpin_gateway::AwsError;

use super::{
    entities::{Entities, InstanceProfile},
    errors,
    names::{PROFILE, ROLE, is_taken, is_under},
    operation::{Operation, Request},
    roles,
};
use crate::{
    account::Account,
    query::{Page, Xml},
};

pub(super) const OPERATIONS: [Operation; 7] = [
    Operation::new("CreateInstanceProfile", &["InstanceProfileName", "Path"], create),
    Operation::new("GetInstanceProfile", &["InstanceProfileName"], get),
    Operation::new("ListInstanceProfiles", &["PathPrefix", "Marker", "MaxItems"], list),
    Operation::new("ListInstanceProfilesForRole", &["RoleName", "Marker", "MaxItems"], list_of_role),
    Operation::new("DeleteInstanceProfile", &["InstanceProfileName"], delete),
    Operation::new("AddRoleToInstanceProfile", &["InstanceProfileName", "RoleName"], add_role),
    Operation::new("RemoveRoleFromInstanceProfile", &["InstanceProfileName", "RoleName"], remove_role),
];

fn find<'a>(account: &'a mut Account, name: &str) -> Result<&'a mut InstanceProfile, AwsError> {
    account.entities.profiles.get_mut(name).ok_or_else(|| errors::no_such_profile(name))
}

fn create(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let identity = PROFILE.identity(account, &request.params)?;
    if is_taken(account.entities.profiles.keys(), &identity.name) {
        return Err(errors::profile_exists(&identity.name));
    }
    let profile = InstanceProfile { identity, role: None };
    let answer = Xml::new().element("InstanceProfile", &xml(&account.entities, &profile));
    account.entities.profiles.insert(profile.identity.name.clone(), profile);
    Ok(Some(answer))
}

fn get(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = PROFILE.name(&request.params)?;
    let profile = account.entities.profiles.get(name).ok_or_else(|| errors::no_such_profile(name))?;
    Ok(Some(Xml::new().element("InstanceProfile", &xml(&account.entities, profile))))
}

fn list(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let entities = &account.entities;
    let profiles = entities.profiles.values();
    let profiles = profiles.filter(|profile| is_under(&profile.identity, &request.params));
    let profiles = profiles.map(|profile| xml(entities, profile)).collect();
    Ok(Some(Page::read(&request.params)?.list("InstanceProfiles", profiles)))
}

fn list_of_role(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let role = ROLE.name(&request.params)?;
    roles::find(account, role)?;
    let profiles = of_role(&account.entities, role);
    Ok(Some(Page::read(&request.params)?.list("InstanceProfiles", profiles)))
}

/// The profiles that have a role.
pub(super) fn of_role(entities: &Entities, role: &str) -> Vec<Xml> {
    let profiles = entities.profiles.values().filter(|profile| profile.role.as_deref() == Some(role));
    profiles.map(|profile| xml(entities, profile)).collect()
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let name = PROFILE.name(&request.params)?;
    if find(account, name)?.role.is_some() {
        return Err(errors::still_holds("must remove roles from instance profile first."));
    }
    account.entities.profiles.remove(name);
    Ok(None)
}

fn add_role(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let role = ROLE.name(&request.params)?;
    roles::find(account, role)?;
    let profile = find(account, PROFILE.name(&request.params)?)?;
    if profile.role.is_some() {
        return Err(errors::quota("InstanceSessionsPerInstanceProfile", 1));
    }
    profile.role = Some(role.to_owned());
    Ok(None)
}

fn remove_role(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let role = ROLE.name(&request.params)?;
    let profile = find(account, PROFILE.name(&request.params)?)?;
    if profile.role.as_deref() != Some(role) {
        return Err(errors::no_such("role", role));
    }
    profile.role = None;
    Ok(None)
}

fn xml(entities: &Entities, profile: &InstanceProfile) -> Xml {
    let role = profile.role.as_ref().and_then(|name| entities.roles.get(name));
    profile.identity.xml("InstanceProfile").list("Roles", "member", role.map(roles::xml))
}
