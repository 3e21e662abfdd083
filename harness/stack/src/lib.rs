//! Brings up a stand-in: the gateway with its services, and clusters; joins their seams, and hands out what a client
//! needs to connect.

mod certificates;
mod cluster;
mod control_plane;
mod embedded;
mod facts;
mod query;

pub use certificates::CertificateError;
pub use cluster::{ClusterSpec, DATABASE, MASTER, RunningCluster};
pub use embedded::{Stack, StackAccount, StackConfig, StackError, documented_host};
pub use facts::Facts;
pub use query::{Answer, QueryClient, QueryError, QueryService};
