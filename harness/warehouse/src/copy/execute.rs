//! Carries a COPY out, in the client's session and transaction.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::try_join_all;
use thiserror::Error;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::load_error::{LoadError, excerpt};
use super::parse::{CopyStatement, Effect};
use super::plan::{self, PlanError, Target};
use super::source::{self, Object, SourceError};
use super::worker::{self, Batch, FinishedFile, Job, ReadError};
use crate::credentials::{self, CredentialsError};
use crate::errors::{self, EngineContext};
use crate::history::{self, LoadRecord, LoadStatus};
use crate::private::PrivateError;
use crate::s3;
use crate::statement::{Completion, Failure};
use crate::wire::{Backend, Session};

/// How many objects are read at once: the slices of the cluster.
const SLICES: usize = 4;

/// How many batches wait for the private server.
const BATCHES: usize = 8;

/// Redshift keeps the result of the last load with the session, and forgets it when the transaction rolls back
/// (documented), as PostgreSQL does with settings.
const REMEMBER_SQL: &str = "SELECT pg_catalog.set_config('linchpin.last_copy_count', $1, false), \
     pg_catalog.set_config('linchpin.last_copy_id', $2, false), \
     pg_catalog.set_config('linchpin.last_query_id', $2, false)";

const LOAD_ERROR_SQL: &str = "INSERT INTO pg_internal.stl_load_errors (userid, slice, tbl, starttime, session, query, \
     filename, line_number, colname, type, col_length, position, raw_line, raw_field_value, err_code, err_reason, \
     is_partial, start_offset, copy_job_id) VALUES ($1, $2, $3, pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', $4, \
     $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, 0)";

const LOAD_COMMIT_SQL: &str = "INSERT INTO pg_internal.stl_load_commits (userid, query, slice, name, filename, \
     byte_offset, lines_scanned, errors, curtime, status, file_format, is_partial, start_offset, copy_job_id) \
     VALUES ($1, $2, $3, $4, $4, 0, $5, 0, pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 1, $6, 0, 0, 0)";

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
    Read(#[from] ReadError),
    /// Too many rows were wrong.
    #[error("load into `{0}` failed")]
    Load(String),
    #[error(transparent)]
    Private(#[from] PrivateError),
    /// A worker died.
    #[error("a worker of the load died")]
    Worker,
}

/// Carries `copy` out.
pub(crate) async fn run(
    copy: &CopyStatement,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    let (query, started) = (session.cluster.next_query(), Instant::now());
    let context = EngineContext { query, process: session.key.0 };
    let report = |error: CopyError| Failure::Report(errors::copy(&error, context));
    let target = plan::columns(copy, backend).await?.transpose().map_err(|error| report(error.into()))?;
    // PostgreSQL judges the table and the right to insert before anything is read.
    backend.copy_in(&plan::rewritten(copy, target.as_ref())).await?;
    let Some(target) = target else {
        return Err(Failure::Report(errors::undefined_table(&copy.table)));
    };
    let mut load =
        Load { copy, session, query, target: &target, rows: 0, errors: Vec::new(), error_count: 0 };
    let fed = load.feed(backend).await;
    let result = match fed {
        Ok(()) => backend.copy_done().await.map_err(Failure::from),
        failed => failed,
    };
    let status = if result.is_ok() { LoadStatus::Completed } else { LoadStatus::Aborted };
    // A failed load is told first; that its history could not be written only matters to one that came through.
    let recorded = load.record(status, started).await.map_err(|error| load.report(error));
    result.and(recorded)?;
    backend.query(REMEMBER_SQL, &[&load.rows.to_string(), &query.to_string()]).await?;
    Ok(Completion { notices: load.notices(), command: "COPY".into() })
}

/// A COPY in progress.
struct Load<'a> {
    copy: &'a CopyStatement,
    session: &'a Session,
    query: i32,
    target: &'a Target,
    rows: u64,
    /// Errors that are not written down yet.
    errors: Vec<LoadError>,
    error_count: u64,
}

impl Load<'_> {
    fn report(&self, error: impl Into<CopyError>) -> Failure {
        let context = EngineContext { query: self.query, process: self.session.key.0 };
        Failure::Report(errors::copy(&error.into(), context))
    }

    /// Reads every object and sends its rows to the private server.
    async fn feed(&mut self, backend: &mut Backend) -> Result<(), Failure> {
        let (job, objects) = self.prepare().await?;
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
        let job = Job {
            client,
            layout: copy.layout.clone(),
            compression: copy.compression,
            header_lines: copy.header_lines,
            conversion: copy.conversion.clone(),
            columns: self.target.columns.clone(),
        };
        Ok((job, objects))
    }

    async fn take(&mut self, batch: Batch, backend: &mut Backend) -> Result<(), Failure> {
        let loads = self.copy.effect == Effect::Load;
        self.rows += if loads { batch.count } else { 0 };
        self.error_count += batch.errors.len() as u64;
        self.errors.extend(batch.errors);
        if !self.errors.is_empty() {
            self.write_errors().await.map_err(|error| self.report(error))?;
        }
        if self.error_count >= self.copy.max_errors {
            return Err(self.report(CopyError::Load(self.target.name.clone())));
        }
        if loads && !batch.rows.is_empty() {
            backend.copy_rows(&batch.rows).await?;
        }
        if let Some(file) = batch.finished {
            self.write_commit(&file).await.map_err(|error| self.report(error))?;
        }
        Ok(())
    }

    /// Writes load errors down on a connection of its own: clients roll back first, and read them then. No more of
    /// them than the statement tolerates.
    async fn write_errors(&mut self) -> Result<(), PrivateError> {
        let database = &self.session.database;
        let failed = |source| PrivateError::new(database, source);
        let client = self.session.cluster.private.client(database).await?;
        let insert = client.prepare(LOAD_ERROR_SQL).await.map_err(failed)?;
        let tolerated = usize::try_from(self.copy.max_errors).unwrap_or(usize::MAX);
        let errors = std::mem::take(&mut self.errors);
        let inserts = errors.iter().take(tolerated).map(|error| self.write_error(error, &client, &insert));
        try_join_all(inserts).await.map(drop).map_err(failed)
    }

    async fn write_error(
        &self,
        error: &LoadError,
        client: &Client,
        insert: &Statement,
    ) -> Result<u64, tokio_postgres::Error> {
        let (kind, length) = error.column.as_ref().map_or(("", String::new()), |c| c.kind.catalog_names());
        let column = error.column.as_ref().map_or("", |column| &column.name);
        let values: [&(dyn ToSql + Sync); 15] = [
            &self.target.user_oid,
            &error.slice,
            &self.target.oid,
            &self.session.key.0,
            &self.query,
            &cut(&error.file, 256),
            &i64::try_from(error.line).unwrap_or(i64::MAX),
            &cut(column, 127),
            &cut(kind, 10),
            &cut(&length, 10),
            &i32::try_from(error.position).unwrap_or(i32::MAX),
            &excerpt(&error.raw_line),
            &excerpt(&error.raw_value),
            &error.mistake.code(),
            &error.mistake.reason(),
        ];
        client.execute(insert, &values).await
    }

    async fn write_commit(&self, file: &FinishedFile) -> Result<(), PrivateError> {
        let database = &self.session.database;
        let client = self.session.cluster.private.client(database).await?;
        let name = cut(&file.url, 256);
        let lines = i64::try_from(file.lines).unwrap_or(i64::MAX);
        let format = self.format();
        let values: &[&(dyn ToSql + Sync)] =
            &[&self.target.user_oid, &self.query, &file.slice, &name, &lines, &format];
        client
            .execute(LOAD_COMMIT_SQL, values)
            .await
            .map_err(|source| PrivateError::new(database, source))?;
        Ok(())
    }

    fn format(&self) -> &'static str {
        match self.copy.layout {
            linchpin_formats::Layout::Csv(_) => "CSV",
            linchpin_formats::Layout::Delimited(_) => "TEXT",
        }
    }

    async fn record(&self, status: LoadStatus, started: Instant) -> Result<(), PrivateError> {
        let (table, source) = (self.target.name.as_str(), self.copy.source.url());
        let (query, format, errors) = (self.query, self.format(), self.error_count);
        // Of a load that failed, nothing is in the table.
        let rows = if status == LoadStatus::Completed { self.rows } else { 0 };
        let load = LoadRecord { query, status, table, started, source, format, rows, errors };
        history::load(self.session, load).await
    }

    fn notices(&self) -> Vec<crate::wire::Report> {
        let loaded = errors::loaded(&self.target.name, self.rows);
        let tolerated =
            (self.error_count > 0).then(|| errors::not_loaded(&self.target.name, self.error_count));
        std::iter::once(loaded).chain(tolerated).collect()
    }
}

/// Cuts a value to the width of its column.
fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
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
