//! Amazon S3: the wire protocol by `s3s`, over a store of our own.

mod attributes;
mod blob;
mod buckets;
mod checksums;
mod classes;
mod conditions;
mod copy;
mod encryption;
mod errors;
mod listing;
mod multipart;
mod objects;
mod operations;
mod owners;
mod policies;
mod public_access;
mod requests;
mod service;
mod store;
mod tagging;
mod upload_lists;
mod versioning;
mod versions;

pub(crate) use errors::public_policy_blocked;
pub(crate) use public_access::is_public;
pub use service::S3;
