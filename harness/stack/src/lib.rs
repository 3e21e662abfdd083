//! Brings up a stand-in: the gateway with its services, and clusters; joins their seams, and hands out what a client
//! needs to connect.

mod certificates;
mod cluster;
mod control_plane;
mod facts;
mod kind;
mod setting;
mod stack;

pub use certificates::{CertificateError, TRUST_STORE_PASSWORD};
pub use cluster::{Attachment, ClusterSpec, DATABASE, MASTER, RunningCluster};
pub use facts::{CREDENTIAL_VARIABLES, Facts, Found};
pub use kind::StackKind;
pub use linchpin_cloud::{Endpoint, EndpointError, Instance};
pub use linchpin_containers::{ImageError, Images, Log};
pub use linchpin_warehouse::{CLIENT_NAME, Happening, JournalEntry};
pub use setting::{ClusterConfig, ClusterSetting, SettingWords, Ssl};
pub use stack::{Stack, StackAccount, StackConfig, StackError, documented_host};
