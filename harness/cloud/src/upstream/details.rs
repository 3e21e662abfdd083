//! The details of an account as an emulator answers them, as our own entities.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use linchpin_gateway::{Lookup, LookupError};
use linchpin_policy::{Document, DocumentKind};
use percent_encoding::percent_decode_str;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::tree::Node;
use crate::{
    account::Account,
    iam::{
        Attachments, Entities, Group, Identity, InstanceProfile, ManagedPolicy, PolicyVersion, Role, User,
        is_of_aws,
    },
};

/// What the pages of one reading hold.
#[derive(Debug, Default)]
pub(super) struct Details(Entities);

impl Details {
    /// Adds a page.
    pub(super) fn add(&mut self, account: &Account, page: &Node) -> Lookup<()> {
        let Self(entities) = self;
        for node in page.members("UserDetailList") {
            let user = User {
                identity: identity(account, node, "user", "User"),
                groups: node.members("GroupList").map(|group| group.text.trim().to_owned()).collect(),
                attachments: attachments(account, node, "UserPolicyList")?,
            };
            entities.users.insert(user.identity.name.clone(), user);
        }
        for node in page.members("GroupDetailList") {
            let group = Group {
                identity: identity(account, node, "group", "Group"),
                attachments: attachments(account, node, "GroupPolicyList")?,
            };
            entities.groups.insert(group.identity.name.clone(), group);
        }
        for node in page.members("RoleDetailList") {
            let role = role(account, node)?;
            entities.roles.insert(role.identity.name.clone(), role);
        }
        for node in page.members("Policies") {
            let policy = policy(account, node)?;
            entities.policies.insert(policy.identity.arn.clone(), policy);
        }
        Ok(())
    }

    pub(super) fn has_policies(&self) -> bool {
        !self.0.policies.is_empty()
    }

    /// Who may have a permissions boundary: the operation that tells, its parameter, the name.
    pub(super) fn bounded(&self) -> Vec<(&'static str, &'static str, String)> {
        let users = self.0.users.keys().map(|name| ("GetUser", "UserName", name.clone()));
        users.chain(self.0.roles.keys().map(|name| ("GetRole", "RoleName", name.clone()))).collect()
    }

    /// Notes a boundary.
    pub(super) fn bound(&mut self, parameter: &str, name: &str, boundary: Option<String>) {
        let Self(entities) = self;
        let attachments = match parameter {
            "UserName" => entities.users.get_mut(name).map(|user| &mut user.attachments),
            _ => entities.roles.get_mut(name).map(|role| &mut role.attachments),
        };
        attachments.into_iter().for_each(|attachments| attachments.boundary.clone_from(&boundary));
    }

    /// The ARNs of the managed policies: their tags are told elsewhere.
    pub(super) fn policies(&self) -> Vec<String> {
        self.0.policies.keys().cloned().collect()
    }

    /// Notes the tags of a managed policy, as `ListPolicyTags` tells them.
    pub(super) fn tag(&mut self, arn: &str, answer: &Node) {
        let policy = self.0.policies.get_mut(arn);
        policy.into_iter().for_each(|policy| policy.identity.tags = tags(answer));
    }

    /// The entities; what the details do not tell is as it was.
    pub(super) fn into_entities(self, known: &Entities) -> Entities {
        let mut entities = Entities { profiles: known.profiles.clone(), ..self.0 };
        let of_aws = known.policies.iter().filter(|(_, policy)| !policy.is_local());
        entities.policies.extend(of_aws.map(|(arn, policy)| (arn.clone(), policy.clone())));
        entities
    }
}

/// The instance profiles in an answer of `ListInstanceProfiles`.
pub(super) fn profiles(account: &Account, answer: &Node) -> BTreeMap<String, InstanceProfile> {
    let profile = |node: &Node| {
        let identity = identity(account, node, "instance-profile", "InstanceProfile");
        let role = node.members("Roles").next().and_then(|role| role.text_of("RoleName")).map(str::to_owned);
        (identity.name.clone(), InstanceProfile { identity, role })
    };
    answer.members("InstanceProfiles").map(profile).collect()
}

fn text(node: &Node, name: &str) -> String {
    node.text_of(name).unwrap_or_default().to_owned()
}

/// The ARN is made anew: LocalStack's are of the partition `aws`, whatever the account's is.
fn identity(account: &Account, node: &Node, arn: &str, prefix: &str) -> Identity {
    let (name, path) = (text(node, &format!("{prefix}Name")), text(node, "Path"));
    let path = if path.is_empty() { "/".to_owned() } else { path };
    Identity {
        arn: account.iam_arn(arn, &path, &name),
        id: text(node, &format!("{prefix}Id")),
        created: date(node, "CreateDate"),
        tags: tags(node),
        name,
        path,
    }
}

fn tags(node: &Node) -> BTreeMap<String, String> {
    node.members("Tags").map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect()
}

fn date(node: &Node, name: &str) -> OffsetDateTime {
    let text = node.text_of(name).unwrap_or_default();
    OffsetDateTime::parse(text, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn attachments(account: &Account, node: &Node, list: &str) -> Lookup<Attachments> {
    let mut inline = BTreeMap::new();
    for policy in node.members(list) {
        let name = text(policy, "PolicyName");
        let document = document(policy, "PolicyDocument", DocumentKind::Identity, &name)?;
        inline.insert(name, document);
    }
    let attached = node.members("AttachedManagedPolicies").filter_map(|policy| policy.text_of("PolicyArn"));
    let managed: BTreeSet<String> = attached.map(|arn| account.localized(arn)).collect();
    let is_there = |arn: &str| !is_of_aws(arn) || account.entities.policies.contains_key(arn);
    match managed.iter().find(|arn| !is_there(arn)) {
        Some(arn) => Err(LookupError::Upstream(format!(
            "attaches `{arn}`, which is none of those policies of AWS's own that are offered"
        ))),
        None => Ok(Attachments { inline, managed, boundary: None }),
    }
}

fn role(account: &Account, node: &Node) -> Lookup<Role> {
    let identity = identity(account, node, "role", "Role");
    let known = account.entities.roles.get(&identity.name);
    Ok(Role {
        description: known.and_then(|role| role.description.clone()),
        // Documented: the least that a role allows; `GetRole` alone tells more.
        max_session_seconds: 3600,
        trust: document(node, "AssumeRolePolicyDocument", DocumentKind::Trust, &identity.name)?,
        attachments: attachments(account, node, "RolePolicyList")?,
        identity,
    })
}

fn policy(account: &Account, node: &Node) -> Lookup<ManagedPolicy> {
    let identity = identity(account, node, "policy", "Policy");
    let number = |text: &str| text.trim_start_matches('v').parse().unwrap_or(1);
    let mut versions = BTreeMap::new();
    for version in node.members("PolicyVersionList") {
        let document = document(version, "Document", DocumentKind::Identity, &identity.name)?;
        let created = date(version, "CreateDate");
        versions.insert(number(&text(version, "VersionId")), PolicyVersion { document, created });
    }
    Ok(ManagedPolicy {
        description: None,
        updated: date(node, "UpdateDate"),
        default_version: number(&text(node, "DefaultVersionId")),
        last_version: versions.keys().next_back().copied().unwrap_or(1),
        versions,
        identity,
    })
}

/// A document that AWS would refuse can only be there behind the gateway's back: nothing is decided by it.
fn document(node: &Node, name: &str, kind: DocumentKind, of: &str) -> Lookup<Arc<Document>> {
    let source = node.text_of(name).unwrap_or_default();
    let source = percent_decode_str(source).decode_utf8_lossy();
    Document::parse(&source, kind).map(Arc::new).map_err(|error| {
        LookupError::Upstream(format!("holds the policy `{of}`, which AWS would refuse: {error}"))
    })
}
