//! Amazon S3: the wire protocol by `s3s`, over a store of our own.

mod blob;
mod buckets;
mod conditions;
mod copy;
mod encryption;
mod errors;
mod listing;
mod multipart;
mod operations;
mod service;
mod store;

pub use service::S3;
