//! The reference connector: loads and reads a Redshift table the way Informatica's Amazon Redshift connector (V1) does.
//!
//! A [`write`] stages rows as compressed parts in a local folder, puts them into the bucket, has the cluster COPY them,
//! applies them, and deletes what it staged. A [`read`] has the cluster UNLOAD a query, fetches the parts, and deletes
//! them. What fails is told by its [`Step`], in the words of the service that refused it.
//!
//! `authentication`, `loads`, `options`, `plan`, `rows`, `tables`, `task` and `warning` are pure; the other modules carry out
//! what they plan.

mod authentication;
mod connection;
mod control_plane;
mod database;
mod encryption;
mod error;
mod jdbc;
mod jvm;
mod loads;
mod local;
mod metadata;
mod options;
mod outcome;
mod plan;
mod read;
mod rows;
mod s3;
mod signing;
mod statement;
mod tables;
mod task;
mod time;
mod tls;
mod trust_store;
mod upload;
mod warning;
mod write;

pub use authentication::{
    Asker, AssumedRole, AuthenticationError, AutoCreate, Environment, IamLogin, Login, Renewal,
};
pub use connection::Connection;
pub use encryption::{EncryptionError, EncryptionKind, StagingEncryption};
pub use error::{Cause, S3Error, SqlError, Step, StepError};
pub use jdbc::{Encryption, Endpoint, JdbcUrl, Part, Scheme, UrlError};
pub use jvm::JvmOptionError;
pub use options::{CopyOptions, OptionsError, Switch, UnloadOptions};
pub use plan::{Operation, PlanError};
pub use read::{Read, ReadReport, read};
pub use rows::{Rows, RowsError};
pub use statement::Statement;
pub use task::{
    ColumnNames, EmptyStrings, Extras, RecordOrder, RowsAs, Staged, TaskError, TaskKind, Upkeep, Write,
};
pub use time::{MachineTime, Time};
pub use tls::Tls;
pub use trust_store::{TrustStore, TrustStoreError};
pub use warning::{DOCUMENTED_REGIONS, Place, Warning, warnings};
pub use write::{WriteReport, write};
