//! What can go wrong in a step.

use crate::options::OptionsError;
use crate::plan::PlanError;
use crate::rows::RowsError;
use crate::trust_store::TrustStoreError;
use linchpin_query::QueryError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The steps of a write and of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Settings and folders are checked, and the bucket's policy is read.
    Preflight,
    /// The rows are written to local parts, and these are put into the bucket.
    Stage,
    /// A session of the database is opened.
    Connect,
    /// The temporary table is made.
    TempTable,
    /// The statements before the load are run.
    PreSql,
    /// The target is made, where the task says to make it at run time.
    CreateTable,
    /// The recovery table of an incremental ingestion task is made.
    RecoveryTable,
    /// The cluster loads the staged objects.
    Copy,
    /// The loaded rows take effect.
    Apply,
    /// The statements behind the load are run.
    PostSql,
    /// The target is vacuumed.
    Vacuum,
    /// The target is analyzed.
    Analyze,
    /// The success or error file is written.
    Report,
    /// What was staged or unloaded is deleted.
    CleanUp,
    /// The cluster writes the query's rows into the bucket.
    Unload,
    /// The unloaded objects are fetched.
    Fetch,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preflight => "preflight",
            Self::Stage => "stage",
            Self::Connect => "connect",
            Self::TempTable => "temp-table",
            Self::PreSql => "pre-sql",
            Self::CreateTable => "create-table",
            Self::RecoveryTable => "recovery-table",
            Self::Copy => "copy",
            Self::Apply => "apply",
            Self::PostSql => "post-sql",
            Self::Vacuum => "vacuum",
            Self::Analyze => "analyze",
            Self::Report => "report",
            Self::CleanUp => "clean-up",
            Self::Unload => "unload",
            Self::Fetch => "fetch",
        })
    }
}

/// A step failed.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {cause}")]
pub struct StepError {
    pub(crate) step: Step,
    pub(crate) cause: Box<Cause>,
    pub(crate) also: Vec<StepError>,
}

impl StepError {
    /// The step.
    #[must_use]
    pub const fn step(&self) -> Step {
        self.step
    }

    /// Why it failed.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// What failed in tidying up after it, such as objects that could not be deleted.
    #[must_use]
    pub fn also(&self) -> &[StepError] {
        &self.also
    }
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The request cannot be carried out with this connection.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The connection's options are none.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// S3 refused.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// S3 could not be reached, or its answer broke off.
    #[error("{operation}: {message}")]
    S3Unreachable {
        /// The operation, such as `PutObject`.
        operation: &'static str,
        /// What happened.
        message: String,
    },
    /// Redshift's control plane refused, or could not be reached.
    #[error("{operation}: {source}")]
    ControlPlane {
        /// The operation, such as `GetClusterCredentials`.
        operation: &'static str,
        /// What it answered.
        source: QueryError,
    },
    /// The control plane's answer is damaged.
    #[error("{operation}: the answer is damaged: {message}")]
    Answer {
        /// The operation.
        operation: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The instance's metadata service has no keys.
    #[error("unable to load credentials from the instance's metadata service: {message}")]
    Metadata {
        /// What happened.
        message: String,
    },
    /// The database refused.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The database could not be reached, or the session broke off.
    #[error("database {host}:{port}: {message}")]
    Database {
        /// The cluster's host.
        host: String,
        /// The cluster's port.
        port: u16,
        /// What happened.
        message: String,
    },
    /// The trust store cannot be used.
    #[error("the connection's trust store cannot be used: {0}")]
    TrustStore(#[from] TrustStoreError),
    /// The TLS library refuses its settings.
    #[error("cannot set up TLS: {message}")]
    Tls {
        /// Why.
        message: String,
    },
    /// The file system refused.
    #[error("`{}`: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it answered.
        source: io::Error,
    },
    /// A file of rows is damaged.
    #[error("`{file}`: {source}")]
    Rows {
        /// A path, or an object's key.
        file: String,
        /// What is wrong.
        source: RowsError,
    },
    /// A value cannot be staged.
    #[error("row {row}, column `{column}`: the value `{value}` is what stands for NULL in staged files")]
    NullMarker {
        /// The row's number, from 1.
        row: usize,
        /// The column's name.
        column: String,
        /// The value.
        value: String,
    },
    /// The manifest of an UNLOAD is damaged.
    #[error("the manifest `{key}` is damaged: {message}")]
    Manifest {
        /// Its key.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// An unloaded object is no gzipped UTF-8 text.
    #[error("the object `{key}` is damaged: {message}")]
    Object {
        /// Its key.
        key: String,
        /// What is wrong.
        message: String,
    },
}

impl Cause {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// S3's refusal, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {message} ({code}, status {status}, request {request_id})")]
pub struct S3Error {
    /// The operation, such as `PutObject`.
    pub operation: &'static str,
    /// The error code, such as `AccessDenied`.
    pub code: String,
    /// The message.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// The request's id.
    pub request_id: String,
}

/// The database's refusal, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (SQLSTATE {sqlstate}){}", .detail.as_ref().map(|detail| format!(" DETAIL: {detail}")).unwrap_or_default())]
pub struct SqlError {
    /// The SQLSTATE, such as `42501`.
    pub sqlstate: String,
    /// The message.
    pub message: String,
    /// The detail, which holds Redshift's error block.
    pub detail: Option<String>,
}

/// An error with its sources, on one line: drivers say "error connecting" and leave the reason to the source.
pub(crate) fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |error| error.source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What makes a cause the error of a step.
pub(crate) fn at(step: Step) -> impl Fn(Cause) -> StepError {
    move |cause| StepError { step, cause: Box::new(cause), also: Vec::new() }
}

/// What failed first is the error; a failure to tidy up counts by itself only if all else went well.
pub(crate) fn with_left<T>(outcome: Result<T, StepError>, left: Vec<StepError>) -> Result<T, StepError> {
    match outcome {
        Err(mut error) => {
            error.also.extend(left);
            Err(error)
        }
        Ok(done) => {
            let mut left = left.into_iter();
            let Some(mut error) = left.next() else { return Ok(done) };
            error.also.extend(left);
            Err(error)
        }
    }
}
