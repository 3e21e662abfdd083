//! A Redshift cluster: a byte-level front before a private PostgreSQL server.
//!
//! The front ends TLS and authentication, passes everything on that PostgreSQL can do, and carries out `COPY` and
//! `UNLOAD` itself, inside the client's own session and transaction. It reaches S3 and STS only through the AWS SDK,
//! with credentials that it obtained the way Redshift does.

mod authorization;
mod catalog;
mod client_side;
mod cluster;
mod control;
mod copy;
#[cfg(test)]
mod coverage_tests;
mod credentials;
mod errors;
#[cfg(test)]
mod fuzz_tests;
mod history;
mod journal;
mod json;
mod lateral;
mod login;
mod modifiers;
mod options;
mod private;
mod s3;
mod sql;
mod statement;
mod unload;
mod wire;

pub use catalog::CATALOG_SQL;
pub use cluster::{Cluster, ClusterSettings, Era, PasswordMethod, PlainUnload, SessionTls, StartError};
pub use control::{AttachedRoles, ControlPlane, ControlPlaneError, TemporaryLogin, UserCreation};
pub use journal::{Happening, JournalEntry};
pub use s3::CLIENT_NAME;
pub use sql::Strictness;
