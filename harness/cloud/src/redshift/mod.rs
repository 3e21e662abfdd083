//! The control plane of Amazon Redshift: a cluster's record, not the cluster.

mod cluster;
mod credentials;
mod errors;
mod operations;
mod roles;
mod service;

pub(crate) use cluster::{Cluster, Endpoint};
pub use service::Redshift;
