//! Carries a COPY out, in the client's session and transaction.

use std::sync::Arc;
use std::time::Instant;

use linchpin_formats::MasterKey;
use thiserror::Error;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::load_error::LoadError;
use super::mapping::{self, MappingError};
use super::parse::{CopyStatement, Effect};
use super::plan::{self, PlanError, Target};
use super::record::Record;
use super::rows::Batch;
use super::source::{self, Object, SourceError};
use super::worker::{self, Job, ReadError};
use crate::client_side::{self, ClientSideError};
use crate::credentials::{self, CredentialsError};
use crate::errors::{self, EngineContext};
use crate::history::{self, LoadRecord, LoadStatus};
use crate::private::PrivateError;
use crate::s3;
use crate::statement::{Completion, Failure};
use crate::wire::{Backend, Block, Session};

/// How many objects are read at once: the slices of the cluster.
const SLICES: usize = 4;

/// How many batches wait for the private server.
const BATCHES: usize = 8;

/// Redshift keeps the result of the last load with the session, and forgets it when the transaction rolls back
/// (documented), as PostgreSQL does with settings.
const REMEMBER_SQL: &str = "SELECT pg_catalog.set_config('linchpin.last_copy_count', $1, false), \
     pg_catalog.set_config('linchpin.last_copy_id', $2, false), \
     pg_catalog.set_config('linchpin.last_query_id', $2, false)";

/// Why a COPY failed.
#[derive(Debug, Error)]
pub(crate) enum CopyError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Mapping(#[from] MappingError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    ClientSide(#[from] ClientSideError),
    /// Too many rows were wrong.
    #[error("load into `{0}` failed")]
    Load(String),
    #[error(transparent)]
    Private(#[from] PrivateError),
    /// A worker died.
    #[error("a worker of the load died")]
    Worker,
}

/// Carries `copy` out, under a query number.
pub(crate) async fn run(
    copy: &CopyStatement,
    query: i32,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    let started = Instant::now();
    let context = EngineContext { query, process: session.key.0 };
    let report = |error: CopyError| Failure::Report(errors::copy(&error, context));
    let era = session.cluster.settings.era;
    let master_key =
        client_side::master_key(copy.master_key.as_ref(), era).map_err(|error| report(error.into()))?;
    let target = plan::columns(copy, backend).await?.transpose().map_err(|error| report(error.into()))?;
    // PostgreSQL judges the table and the right to insert before anything is read.
    backend.copy_in(&plan::rewritten(copy, target.as_ref())).await?;
    let Some(target) = target else {
        return Err(Failure::Report(errors::undefined_table(&copy.table)));
    };
    let mut load = Load {
        copy,
        session,
        query,
        master_key,
        target: &target,
        rows: 0,
        replaced: 0,
        error_count: 0,
        stage: Stage::Preparing,
        record: Record::new(session, query, &target),
    };
    let fed = load.feed(backend).await;
    let result = match fed {
        Ok(()) => backend.copy_done().await.map_err(Failure::from),
        failed => failed,
    };
    let status = match (&result, load.stage, backend.transactions.block) {
        (Ok(_), ..) => LoadStatus::Completed,
        (Err(_), Stage::Reading, Block::Outside) => LoadStatus::AbortedAlone,
        _ => LoadStatus::Aborted,
    };
    // A failed load is told first; that its history could not be written only matters to one that came through.
    let recorded = load.end(status, started).await.map_err(|error| load.report(error));
    result.and(recorded)?;
    backend.query(REMEMBER_SQL, &[&load.rows.to_string(), &query.to_string()]).await?;
    Ok(Completion { notices: load.notices(), command: "COPY".into() })
}

/// A COPY in progress.
struct Load<'a> {
    copy: &'a CopyStatement,
    session: &'a Session,
    query: i32,
    master_key: Option<MasterKey>,
    target: &'a Target,
    rows: u64,
    /// How many of them have bytes that ACCEPTINVCHARS replaced.
    replaced: u64,
    error_count: u64,
    stage: Stage,
    record: Record<'a>,
}

/// How far a load is.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// It looks for credentials and objects.
    Preparing,
    /// It reads them: it has started, in the words of Redshift's documentation.
    Reading,
}

impl Load<'_> {
    fn report(&self, error: impl Into<CopyError>) -> Failure {
        let context = EngineContext { query: self.query, process: self.session.key.0 };
        Failure::Report(errors::copy(&error.into(), context))
    }

    /// Reads every object and sends its rows to the private server.
    async fn feed(&mut self, backend: &mut Backend) -> Result<(), Failure> {
        let (job, objects) = self.prepare().await?;
        self.stage = Stage::Reading;
        let (mut workers, mut batches) = start(job, objects);
        while let Some(batch) = batches.recv().await {
            self.take(batch, backend).await?;
        }
        let mut found = false;
        while let Some(worker) = workers.join_next().await {
            found |=
                worker.map_err(|_| self.report(CopyError::Worker))?.map_err(|error| self.report(error))?;
        }
        if found { Ok(()) } else { Err(self.report(SourceError::NoFiles)) }
    }

    /// Obtains the credentials and finds the objects.
    async fn prepare(&self) -> Result<(Job, Vec<Object>), Failure> {
        let copy = self.copy;
        let credentials = credentials::obtain(&copy.authorization, self.session).await;
        let credentials = credentials.map_err(|error| self.report(error))?;
        let client = s3::client(&self.session.cluster, copy.region.as_deref(), credentials);
        let objects = source::objects(copy, &client).await.map_err(|error| self.report(error))?;
        let reading = mapping::reading(copy, &self.target.columns, &client).await;
        let job = Job {
            client,
            reading: reading.map_err(|error| self.report(error))?,
            master_key: self.master_key.clone(),
            compression: copy.compression,
            encoding: copy.encoding,
            conversion: copy.conversion.clone(),
            columns: self.target.columns.clone(),
        };
        Ok((job, objects))
    }

    async fn take(&mut self, batch: Batch, backend: &mut Backend) -> Result<(), Failure> {
        let loads = self.copy.effect == Effect::Load;
        self.rows += if loads { batch.count } else { 0 };
        self.replaced += batch.replaced;
        self.error_count += batch.errors.len() as u64;
        self.write_down(&batch).await.map_err(|error| self.report(error))?;
        if self.error_count >= self.copy.max_errors {
            return Err(self.report(CopyError::Load(self.target.name.clone())));
        }
        if loads && !batch.rows.is_empty() {
            backend.copy_rows(&batch.rows).await?;
        }
        if let Some(file) = batch.finished {
            let written = self.record.file(&file, self.copy.format.name()).await;
            written.map_err(|error| self.report(error))?;
        }
        Ok(())
    }

    /// No more errors are written down than the statement tolerates.
    async fn write_down(&mut self, batch: &Batch) -> Result<(), PrivateError> {
        if !batch.errors.is_empty() {
            let tolerated = usize::try_from(self.copy.max_errors).unwrap_or(usize::MAX);
            let errors: &[LoadError] = batch.errors.get(..tolerated).unwrap_or(&batch.errors);
            self.record.errors(errors).await?;
        }
        if batch.replacements.is_empty() {
            Ok(())
        } else {
            self.record.replacements(&batch.replacements).await
        }
    }

    async fn end(&self, status: LoadStatus, started: Instant) -> Result<(), PrivateError> {
        let (table, source) = (self.target.name.as_str(), self.copy.source.url());
        let (query, format, errors) = (self.query, self.copy.format.name(), self.error_count);
        // Of a load that failed, nothing is in the table.
        let rows = if status == LoadStatus::Completed { self.rows } else { 0 };
        let load = LoadRecord { query, status, table, started, source, format, rows, errors };
        history::load(self.session, load).await
    }

    fn notices(&self) -> Vec<crate::wire::Report> {
        let loaded = errors::loaded(&self.target.name, self.rows);
        let tolerated =
            (self.error_count > 0).then(|| errors::not_loaded(&self.target.name, self.error_count));
        let replaced = (self.replaced > 0).then(|| errors::replaced(&self.target.name, self.replaced));
        std::iter::once(loaded).chain(replaced).chain(tolerated).collect()
    }
}

type Workers = JoinSet<Result<bool, ReadError>>;

/// Starts a worker an object, of which `SLICES` are at work at a time. Dropping the set ends them.
fn start(job: Job, objects: Vec<Object>) -> (Workers, mpsc::Receiver<Batch>) {
    let (job, slots) = (Arc::new(job), Arc::new(Semaphore::new(SLICES)));
    let (sender, batches) = mpsc::channel(BATCHES);
    let mut workers = JoinSet::new();
    for (slice, object) in (0..).zip(objects) {
        let (job, slots, sender) = (Arc::clone(&job), Arc::clone(&slots), sender.clone());
        workers.spawn(async move {
            let _slot = slots.acquire_owned().await.map_err(|_| ReadError::Ended)?;
            worker::read(job, object, slice % SLICES as i32, sender).await
        });
    }
    (workers, batches)
}
