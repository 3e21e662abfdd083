//! PostgreSQL servers to lease. Without Docker: find or fetch an installation, prepare a template once, and lease servers
//! made from it.
//!
//! A server is leased to one trial at a time, since roles belong to the whole server. Between two leases its database is
//! remade and its new roles are dropped; if anything else is found changed, the server is thrown away for a new one.
//!
//! Nothing is left behind. A server stops when its [`Lease`] is dropped; on Linux the kernel stops it when this process
//! dies in any other way; the folder of a dead run is removed by the next run that starts.

mod account;
mod address;
mod cache;
mod death;
mod fetch;
mod find;
mod folder;
mod host;
mod local;
mod maker;
mod reset;
mod server;
mod servers;
mod template;
mod tree;
mod version;

pub use account::AccountError;
pub use address::Address;
pub use cache::{Cache, CacheError, Writer};
pub use fetch::FetchError;
pub use find::{FindError, Installation, ProbeError};
pub use folder::{FolderError, RunFolder};
pub use maker::{Maker, Running};
pub use server::{SETTINGS, SUPERUSER, StartError};
pub use servers::{Lease, LeaseError, Servers, ServersConfig, ServersError};
pub use template::{Recipe, TemplateError};
pub use version::{Version, VersionError};
