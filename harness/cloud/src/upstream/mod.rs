//! The same services, carried out by an emulator behind a URL: LocalStack, moto.
//!
//! Users, roles, policies, buckets and keys live over there. They are read back into the accounts before the gateway
//! looks anything up, so identity is decided here all the same; roots, clusters, sessions and clocks, which no emulator
//! has, live here.

mod body;
mod details;
mod endpoint;
mod iam;
mod identities;
mod ignored;
mod kms;
mod read_back;
mod regions;
mod s3;
mod state;
mod sts;
mod tree;

pub use endpoint::{Endpoint, EndpointError};
pub use state::Upstream;
