//! AWS Key Management Service: symmetric keys of a region, their policies, aliases and grants.

mod aliases;
mod cipher;
mod crypt;
mod errors;
mod grants;
mod input;
mod key;
mod keys;
mod policies;
mod rotation;
mod service;
mod tags;
mod vault;

pub(crate) use cipher::key_of;
pub(crate) use grants::grant_document;
pub use service::Kms;
pub(crate) use service::{rehearse, without_dry_run};
pub(crate) use vault::{Home, Vault, s3_key_policy};
