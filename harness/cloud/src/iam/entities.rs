//! What IAM keeps for an account.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use linchpin_gateway::{OwnedDocument, PrincipalPolicies};
use linchpin_policy::{Document, Principal};
use time::OffsetDateTime;

use super::aws_managed;

/// Every entity of one account, by name; managed policies by ARN.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entities {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) policies: BTreeMap<String, ManagedPolicy>,
    pub(crate) profiles: BTreeMap<String, InstanceProfile>,
}

/// What every entity has.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) created: OffsetDateTime,
    /// Users, roles and managed policies have tags.
    pub(crate) tags: BTreeMap<String, String>,
}

/// The policies of a user, group or role.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attachments {
    pub(crate) inline: BTreeMap<String, Arc<Document>>,
    /// ARNs of managed policies.
    pub(crate) managed: BTreeSet<String>,
    /// The ARN of the managed policy that is the permissions boundary; groups have none.
    pub(crate) boundary: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) identity: Identity,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) attachments: Attachments,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) identity: Identity,
    pub(crate) attachments: Attachments,
}

/// A role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    pub(crate) max_session_seconds: u32,
    pub(crate) trust: Arc<Document>,
    pub(crate) attachments: Attachments,
}

#[derive(Clone, Debug)]
pub(crate) struct ManagedPolicy {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    pub(crate) updated: OffsetDateTime,
    /// By the number in `v1`.
    pub(crate) versions: BTreeMap<u32, PolicyVersion>,
    pub(crate) default_version: u32,
    pub(crate) last_version: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct PolicyVersion {
    pub(crate) document: Arc<Document>,
    pub(crate) created: OffsetDateTime,
}

#[derive(Clone, Debug)]
pub(crate) struct InstanceProfile {
    pub(crate) identity: Identity,
    /// Documented: one role at most.
    pub(crate) role: Option<String>,
}

impl Entities {
    /// Those of a new account: the policies of AWS's own.
    pub(crate) fn of_partition(partition: &str) -> Self {
        Self { policies: aws_managed::policies(partition), ..Self::default() }
    }

    /// The entity that an ARN names, whatever its path; a policy's path is part of its name.
    pub(crate) fn meant(&self, arn: &str) -> Option<&Identity> {
        let (kind, path) = arn.splitn(6, ':').nth(5)?.split_once('/')?;
        let name = path.rsplit('/').next()?;
        match kind {
            "user" => self.users.get(name).map(|user| &user.identity),
            "group" => self.groups.get(name).map(|group| &group.identity),
            "role" => self.roles.get(name).map(|role| &role.identity),
            "instance-profile" => self.profiles.get(name).map(|profile| &profile.identity),
            "policy" => self.policies.get(arn).map(|policy| &policy.identity),
            _ => None,
        }
    }

    /// The role with this ARN: its path must be right too.
    pub(crate) fn role_by_arn(&self, arn: &str) -> Option<&Role> {
        let role = self.roles.get(arn.rsplit('/').next()?)?;
        (role.identity.arn == arn).then_some(role)
    }

    /// The policies attached to a user or to the role of a session.
    /// The id of a user or role by which its sessions know it. Documented: no other of the same name has it.
    pub(crate) fn unique_id(&self, principal: &Principal) -> Option<&str> {
        match principal {
            Principal::User { arn, .. } => Some(&self.users.get(arn.rsplit('/').next()?)?.identity.id),
            Principal::RoleSession { role_arn, .. } => Some(&self.role_by_arn(role_arn)?.identity.id),
            _ => None,
        }
    }

    /// The principal of a session, by the name that its user has now; none once the user or role is gone. Documented is
    /// that a session ends with its role and that ids are never given again; that its keys are then unknown is inferred.
    pub(crate) fn session_principal(&self, principal: &Principal, id: Option<&str>) -> Option<Principal> {
        match principal {
            Principal::User { account, .. } => {
                let user = self.users.values().find(|user| Some(&*user.identity.id) == id)?;
                Some(Principal::User { arn: user.identity.arn.clone(), account: account.clone() })
            }
            Principal::RoleSession { .. } if self.unique_id(principal) != id => None,
            other => Some(other.clone()),
        }
    }

    pub(crate) fn policies_of(&self, principal: &Principal) -> Option<PrincipalPolicies> {
        match principal {
            Principal::User { arn, .. } => {
                let user = self.users.get(arn.rsplit('/').next()?)?;
                let groups = user.groups.iter().filter_map(|name| self.groups.get(name));
                let of_groups = groups.map(|group| &group.attachments);
                Some(self.policies(&user.attachments, of_groups))
            }
            Principal::RoleSession { role_arn, .. } => {
                let role = self.role_by_arn(role_arn)?;
                Some(self.policies(&role.attachments, std::iter::empty()))
            }
            Principal::AccountRoot { .. }
            | Principal::FederatedUser { .. }
            | Principal::WebIdentity { .. }
            | Principal::Service { .. }
            | Principal::Anonymous => None,
        }
    }

    /// The policies of a group by itself.
    pub(crate) fn policies_of_group(&self, name: &str) -> Option<PrincipalPolicies> {
        Some(self.policies(&self.groups.get(name)?.attachments, std::iter::empty()))
    }

    fn policies<'a>(
        &self,
        own: &'a Attachments,
        of_groups: impl Iterator<Item = &'a Attachments>,
    ) -> PrincipalPolicies {
        PrincipalPolicies {
            identity: std::iter::once(own).chain(of_groups).flat_map(|some| self.attached(some)).collect(),
            boundary: own.boundary.as_ref().and_then(|arn| self.managed_document(arn)),
        }
    }

    fn attached(&self, attachments: &Attachments) -> Vec<OwnedDocument> {
        let inline = attachments
            .inline
            .iter()
            .map(|(name, document)| OwnedDocument { name: name.clone(), document: document.clone() });
        let managed = attachments.managed.iter().filter_map(|arn| self.managed_document(arn));
        inline.chain(managed).collect()
    }

    /// The default version of a managed policy.
    pub(crate) fn managed_document(&self, arn: &str) -> Option<OwnedDocument> {
        let policy = self.policies.get(arn)?;
        let version = policy.versions.get(&policy.default_version)?;
        Some(OwnedDocument { name: policy.identity.name.clone(), document: version.document.clone() })
    }

    /// Everything that policies are attached to.
    pub(crate) fn attachments(&self) -> impl Iterator<Item = &Attachments> {
        let users = self.users.values().map(|user| &user.attachments);
        let groups = self.groups.values().map(|group| &group.attachments);
        users.chain(groups).chain(self.roles.values().map(|role| &role.attachments))
    }
}

impl ManagedPolicy {
    /// Whether it is the account's own.
    pub(crate) fn is_local(&self) -> bool {
        !aws_managed::is_of_aws(&self.identity.arn)
    }
}

impl Attachments {
    /// Why an entity that has these cannot go, if so.
    pub(crate) fn hold(&self) -> Option<&'static str> {
        if !self.inline.is_empty() {
            Some("must delete policies first.")
        } else if !self.managed.is_empty() {
            Some("must detach all policies first.")
        } else {
            None
        }
    }
}
