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
mod service;
mod store;
mod tagging;
mod upload_lists;
mod versioning;
mod versions;

pub use service::S3;
