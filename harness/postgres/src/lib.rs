//! Local PostgreSQL servers without Docker: find or fetch an installation, prepare a template once, and lease servers
//! made from it.
//!
//! A server is leased to one trial, then thrown away: roles, settings and tablespaces belong to the whole server, and
//! a fresh copy of the template costs about as much as putting each of them back (so nothing can be forgotten).
//! The next servers are started ahead of the leases.
//!
//! Nothing is left behind. A server stops when its [`Lease`] is dropped; on Linux the kernel stops it when this process
//! dies in any other way; the folder of a dead run is removed by the next run that starts.

mod account;
mod cache;
mod death;
mod fetch;
mod find;
mod folder;
mod host;
mod server;
mod servers;
mod template;
mod tree;
mod version;

pub use account::AccountError;
pub use cache::CacheError;
pub use fetch::FetchError;
pub use find::{FindError, Installation, ProbeError};
pub use folder::{FolderError, RunFolder};
pub use server::StartError;
pub use servers::{Lease, LeaseError, Servers, ServersConfig, ServersError};
pub use template::TemplateError;
pub use version::{Version, VersionError};
