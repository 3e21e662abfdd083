//! Whom a managed policy is attached to.

use linchpin_gateway::AwsError;

use super::{
    entities::{Attachments, Entities, Identity},
    managed_policies,
    names::is_under,
    operation::{Operation, Request},
};
use crate::{
    account::Account,
    query::{Page, Xml, one_of},
};

const PARAMETERS: &[&str] =
    &["PolicyArn", "EntityFilter", "PathPrefix", "PolicyUsageFilter", "Marker", "MaxItems"];

pub(super) const OPERATIONS: [Operation; 1] = [Operation::new("ListEntitiesForPolicy", PARAMETERS, list)];

/// What `EntityFilter` may ask for; the last two find nobody (documented: a policy is attached to identities).
const FILTERS: [&str; 5] = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
const USAGES: [&str; 2] = ["PermissionsPolicy", "PermissionsBoundary"];

/// The kinds of identities, as filter and as list, with all that there are.
type Kind<'a> = (&'static str, &'static str, Vec<(&'a Identity, &'a Attachments)>);

fn kinds(entities: &Entities) -> [Kind<'_>; 3] {
    let groups = entities.groups.values().map(|group| (&group.identity, &group.attachments));
    let users = entities.users.values().map(|user| (&user.identity, &user.attachments));
    let roles = entities.roles.values().map(|role| (&role.identity, &role.attachments));
    [
        ("Group", "PolicyGroups", groups.collect()),
        ("User", "PolicyUsers", users.collect()),
        ("Role", "PolicyRoles", roles.collect()),
    ]
}

fn list(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let params = &request.params;
    let filter = one_of(params, "EntityFilter", &FILTERS)?;
    let usage = one_of(params, "PolicyUsageFilter", &USAGES)?;
    let arn = managed_policies::find(account, request)?.identity.arn.clone();
    let kinds = kinds(&account.entities);
    let wanted = kinds.iter().filter(|(kind, ..)| filter.is_none_or(|filter| filter == *kind));
    let found = wanted.flat_map(|(kind, list, all)| {
        let holders = all.iter().filter(|(_, attachments)| holds(attachments, &arn, usage));
        let holders = holders.filter(|(identity, _)| is_under(identity, params));
        holders.map(|(identity, _)| (*list, named(kind, identity)))
    });
    let (page, end) = Page::read(params)?.cut(found.collect());
    Ok(Some(kinds.iter().fold(Xml::new(), |xml, (_, list, _)| xml.then(&of_list(list, &page))).then(&end)))
}

/// The members of one of the lists that share a page.
pub(super) fn of_list(list: &str, page: &[(&'static str, Xml)]) -> Xml {
    let members = page.iter().filter(|(of, _)| *of == list).map(|(_, member)| member.clone());
    Xml::new().list(list, "member", members)
}

fn holds(attachments: &Attachments, arn: &str, usage: Option<&str>) -> bool {
    let attached = usage != Some("PermissionsBoundary") && attachments.managed.contains(arn);
    attached || usage != Some("PermissionsPolicy") && attachments.boundary.as_deref() == Some(arn)
}

fn named(kind: &str, identity: &Identity) -> Xml {
    Xml::new().text(&format!("{kind}Name"), &identity.name).text(&format!("{kind}Id"), &identity.id)
}
