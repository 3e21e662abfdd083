//! Brings up a stand-in: the gateway with its services, and clusters; joins their seams, and hands out what a client
//! needs to connect.

mod certificates;
mod cluster;
mod control_plane;
mod facts;
mod kind;
mod query;
mod stack;

pub use certificates::{CertificateError, TRUST_STORE_PASSWORD};
pub use cluster::{Attachment, ClusterSpec, DATABASE, MASTER, RunningCluster, Ssl};
pub use facts::Facts;
pub use kind::StackKind;
pub use linchpin_cloud::{Endpoint, EndpointError, Instance};
pub use linchpin_containers::{ImageError, Images, Log};
pub use linchpin_warehouse::Era;
pub use query::{Answer, QueryClient, QueryError, QueryService};
pub use stack::{Stack, StackAccount, StackConfig, StackError, documented_host};
