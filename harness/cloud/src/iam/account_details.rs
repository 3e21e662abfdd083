//! `GetAccountAuthorizationDetails`: all identities of an account, and what they may.

use linchpin_gateway::AwsError;

use super::{
    attachments::{boundary_xml, managed_xml},
    documents::encoded,
    entities::{Attachments, Entities, Identity, ManagedPolicy},
    instance_profiles, managed_policies,
    operation::{Operation, Request},
    policy_entities::of_list,
    policy_versions,
    tags::with_tags,
};
use crate::{
    account::Account,
    query::{Page, Xml, validation},
};

pub(super) const OPERATIONS: [Operation; 1] =
    [Operation::new("GetAccountAuthorizationDetails", &["Filter.member.", "Marker", "MaxItems"], details)];

/// Tells all of a kind.
type Tell = fn(&Entities) -> Vec<Xml>;

/// What may be asked for, and the list that it stands in.
const FILTERS: [(&str, &str, Tell); 5] = [
    ("User", "UserDetailList", users),
    ("Group", "GroupDetailList", groups),
    ("Role", "RoleDetailList", roles),
    ("LocalManagedPolicy", "Policies", local_policies),
    ("AWSManagedPolicy", "Policies", aws_policies),
];

fn details(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let asked = request.params.list("Filter.member.");
    if let Some(other) = asked.iter().find(|asked| !FILTERS.iter().any(|(filter, ..)| filter == *asked)) {
        let constraint =
            "Member must satisfy enum value set: [Role, AWSManagedPolicy, User, LocalManagedPolicy, Group]";
        return Err(validation("Filter", Some(other), constraint));
    }
    let wanted = FILTERS.iter().filter(|(filter, ..)| asked.is_empty() || asked.contains(filter));
    let all = wanted.flat_map(|(_, list, read)| read(&account.entities).into_iter().map(|xml| (*list, xml)));
    let (page, end) = Page::read(&request.params)?.cut(all.collect());
    let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];
    Ok(Some(lists.iter().fold(Xml::new(), |xml, list| xml.then(&of_list(list, &page))).then(&end)))
}

fn users(entities: &Entities) -> Vec<Xml> {
    let users = entities.users.values();
    let users = users.map(|user| {
        let groups = user.groups.iter().map(|name| Xml::member(name));
        identity(entities, "User", &user.identity, &user.attachments).list("GroupList", "member", groups)
    });
    users.collect()
}

fn groups(entities: &Entities) -> Vec<Xml> {
    let groups = entities.groups.values();
    groups.map(|group| identity(entities, "Group", &group.identity, &group.attachments)).collect()
}

fn roles(entities: &Entities) -> Vec<Xml> {
    let roles = entities.roles.values();
    let roles = roles.map(|role| {
        identity(entities, "Role", &role.identity, &role.attachments)
            .text("AssumeRolePolicyDocument", encoded(&role.trust))
            .list("InstanceProfileList", "member", instance_profiles::of_role(entities, &role.identity.name))
    });
    roles.collect()
}

/// What users, groups and roles have in common.
fn identity(entities: &Entities, kind: &str, identity: &Identity, attachments: &Attachments) -> Xml {
    let inline = attachments.inline.iter().map(|(name, document)| {
        Xml::new().text("PolicyName", name).text("PolicyDocument", encoded(document))
    });
    let xml = identity.xml(kind).list(&format!("{kind}PolicyList"), "member", inline).list(
        "AttachedManagedPolicies",
        "member",
        managed_xml(entities, attachments),
    );
    with_tags(boundary_xml(xml, attachments), identity)
}

fn local_policies(entities: &Entities) -> Vec<Xml> {
    policies(entities, ManagedPolicy::is_local)
}

fn aws_policies(entities: &Entities) -> Vec<Xml> {
    policies(entities, |policy| !policy.is_local())
}

fn policies(entities: &Entities, wanted: impl Fn(&ManagedPolicy) -> bool) -> Vec<Xml> {
    let policies = entities.policies.values().filter(|policy| wanted(policy));
    let policies = policies.map(|policy| {
        let versions = policy.versions.iter().rev().map(|(number, version)| {
            policy_versions::xml(policy, *number, version).text("Document", encoded(&version.document))
        });
        managed_policies::xml(entities, policy).optional("Description", policy.description.as_ref()).list(
            "PolicyVersionList",
            "member",
            versions,
        )
    });
    policies.collect()
}
