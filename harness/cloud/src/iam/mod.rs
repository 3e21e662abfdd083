//! AWS Identity and Access Management.

mod access_keys;
mod attachments;
mod documents;
mod entities;
mod errors;
mod groups;
mod instance_profiles;
mod managed_policies;
mod names;
mod operation;
mod policy_versions;
mod providers;
mod roles;
mod service;
mod simulate;
mod users;

pub(crate) use documents::{is_known, session_policy};
pub(crate) use entities::{
    Attachments, Entities, Group, Identity, InstanceProfile, ManagedPolicy, PolicyVersion, Role, User,
};
pub(crate) use providers::Provider;
pub use service::Iam;
