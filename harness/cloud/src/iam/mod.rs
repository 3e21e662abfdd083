//! AWS Identity and Access Management.

mod access_keys;
mod account_details;
mod attachments;
mod aws_managed;
mod departed;
mod documents;
mod entities;
mod errors;
mod groups;
mod instance_profiles;
mod managed_policies;
mod names;
mod operation;
mod policy_entities;
mod policy_versions;
mod providers;
mod roles;
mod service;
mod simulate;
mod tags;
mod users;

pub(crate) use aws_managed::is_of_aws;
pub(crate) use documents::{is_known, is_service, session_policy};
pub(crate) use entities::{
    Attachments, Entities, Group, Identity, InstanceProfile, ManagedPolicy, PolicyVersion, Role, User,
};
pub(crate) use providers::Provider;
pub use service::Iam;
