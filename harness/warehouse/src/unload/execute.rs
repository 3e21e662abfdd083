//! Carries an UNLOAD out, in the client's session and transaction.

use std::sync::Arc;
use std::time::Instant;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use linchpin_formats::{CopyTextError, RowWriter};
use thiserror::Error;

use super::encode::Shape;
use super::manifest::{self, WrittenFile};
use super::parse::{Existing, Parallel, RowForm, UnloadStatement};
use super::partition::{Folders, PartitionError, shape};
use super::slice::{Plan, Slice, SliceError, Turn, WrittenFiles};
use crate::client_side::{self, ClientSideError};
use crate::credentials::{self, CredentialsError};
use crate::errors::{self, EngineContext};
use crate::history::{self, UnloadRecord, UnloadedFile};
use crate::lateral;
use crate::modifiers;
use crate::private::PrivateError;
use crate::s3::{self, Location, S3Error};
use crate::statement::{Completion, Failure};
use crate::wire::{Backend, BackendError, Session};

/// How many files PARALLEL ON writes at once: the slices of the cluster.
const SLICES: usize = 2;

/// How many bytes of rows go to a slice at once.
const TURN: usize = 64 * 1024;

const REMEMBER_SQL: &str = "SELECT pg_catalog.set_config('linchpin.last_unload_count', $1, false), \
     pg_catalog.set_config('linchpin.last_unload_id', $2, false), \
     pg_catalog.set_config('linchpin.last_query_id', $2, false)";

/// Why an UNLOAD failed.
#[derive(Debug, Error)]
pub(crate) enum UnloadError {
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error(transparent)]
    ClientSide(#[from] ClientSideError),
    #[error(transparent)]
    Partition(#[from] PartitionError),
    /// FIXEDWIDTH that does not say how wide each column is.
    #[error("{widths} widths for {columns} columns")]
    Widths { widths: usize, columns: usize },
    /// JSON has one member of a name.
    #[error("two columns `{0}`")]
    ColumnTwice(String),
    #[error("cannot list `{bucket}/{prefix}`: {error}")]
    Listing { bucket: String, prefix: String, error: S3Error },
    #[error("the destination is not empty")]
    NotEmpty,
    #[error(transparent)]
    Slice(#[from] SliceError),
    #[error("cannot delete `{url}`: {error}")]
    Clean { url: String, error: S3Error },
    #[error("cannot write the manifest: {0}")]
    Manifest(S3Error),
    #[error(transparent)]
    Private(#[from] PrivateError),
    #[error(transparent)]
    Row(#[from] CopyTextError),
}

/// What stopped an UNLOAD.
enum Stop {
    Unload(UnloadError),
    Backend(BackendError),
}

impl<E: Into<UnloadError>> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Unload(error.into())
    }
}

impl From<BackendError> for Stop {
    fn from(error: BackendError) -> Stop {
        Stop::Backend(error)
    }
}

/// Carries `unload` out, under a query number.
pub(crate) async fn run(
    unload: &UnloadStatement,
    query: i32,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    let context = EngineContext { query, process: session.key.0 };
    let started = Instant::now();
    let unloaded = unload_rows(unload, backend, session, query).await.map_err(|stop| match stop {
        Stop::Unload(error) => Failure::Report(errors::unload(&error, context)),
        Stop::Backend(error) => Failure::Backend(error),
    });
    let error = unloaded.as_ref().err().and_then(Failure::message);
    let (output, location) = (&unload.output, unload.output.destination.url());
    let (format, compression) = (output.form.name(), output.compression.name());
    let ended = UnloadRecord { query, started, format, compression, location, error };
    let recorded = history::unload(session, ended).await;
    // A failure is told first; that it could not be written down only matters to what came through.
    let count = unloaded?;
    recorded.map_err(|error| Failure::Report(errors::private_server(&error)))?;
    backend.query(REMEMBER_SQL, &[&count.to_string(), &query.to_string()]).await?;
    Ok(Completion { notices: vec![errors::unloaded(count)], command: "UNLOAD".into() })
}

async fn unload_rows(
    unload: &UnloadStatement,
    backend: &mut Backend,
    session: &Session,
    query_number: i32,
) -> Result<u64, Stop> {
    let (started, output) = (Instant::now(), &unload.output);
    let era = session.cluster.settings.era;
    let master_key = client_side::master_key(unload.master_key.as_ref(), era)?;
    // PostgreSQL judges the query and the right to select before anything is written.
    let query = lateral::resolve(backend, unload.query.clone()).await?;
    let query = modifiers::with_modifiers(backend, &query).await?.unwrap_or(query);
    let columns = backend.describe(&query).await?;
    let folders = output.partition.as_ref().map(|partition| Folders::new(partition, &columns));
    let folders = folders.transpose().map_err(UnloadError::from)?;
    let shape = shape(columns, output.partition.as_ref());
    check(&output.form, &shape)?;
    let query = folders.as_ref().map(|folders| folders.ordered(&query)).unwrap_or(query);
    // A comment at the end of the query must not swallow the parenthesis.
    backend.copy_out(&format!("COPY ({query}\n) TO STDOUT")).await?;
    let credentials = credentials::obtain(&unload.authorization, session).await?;
    let client = s3::client(&session.cluster, unload.region.as_deref(), credentials);
    match unload.existing {
        Existing::Overwrite => withdraw_manifest(&client, unload).await,
        Existing::Refuse => refuse_existing(&client, &output.destination).await?,
        // With PARTITION BY, only folders that receive files are cleaned (documented).
        Existing::Delete if folders.is_some() => {}
        Existing::Delete => delete_existing(&client, &output.destination).await?,
    }
    let plain = session.cluster.settings.plain_unload;
    let encryption = unload.encryption.clone().unwrap_or_else(|| plain.encryption());
    let plan = Arc::new(Plan { client, output: output.clone(), shape, encryption, master_key });
    let (count, written) = Deal::new(&plan, folders, unload.existing).run(backend).await?;
    if let Some(kind) = unload.manifest.filter(|_| !written.files().is_empty()) {
        let body = manifest::text(kind, written.files(), &plan.shape.columns);
        if let Err(error) = write_manifest(&plan, body).await {
            written.remove().await;
            return Err(error.into());
        }
    }
    record(&plan, &written.keep(), session, query_number, started).await?;
    Ok(count)
}

/// Writes the files down in the system tables.
async fn record(
    plan: &Plan,
    files: &[WrittenFile],
    session: &Session,
    query: i32,
    started: Instant,
) -> Result<(), UnloadError> {
    let (output, format) = (&plan.output, plan.output.form.name());
    for file in files {
        let rows = file.records - u64::from(output.header);
        let (path, bytes, slice) = (file.object.at.url(), file.object.bytes, file.slice);
        let record = UnloadedFile { query, slice, path, started, rows, bytes, format };
        history::unloaded(session, record).await?;
    }
    Ok(())
}

/// Columns that the format cannot write.
fn check(form: &RowForm, shape: &Shape) -> Result<(), UnloadError> {
    let columns = shape.written();
    match form {
        RowForm::Text(RowWriter::FixedWidth { widths, .. }) if widths.len() != columns.len() => {
            Err(UnloadError::Widths { widths: widths.len(), columns: columns.len() })
        }
        // Column names must be unique (documented for JSON; a Parquet file with two would not load).
        RowForm::Json | RowForm::Parquet => {
            let twice = columns
                .iter()
                .enumerate()
                .find(|(index, column)| columns.iter().take(*index).any(|other| other.name == column.name));
            twice.map_or(Ok(()), |(_, column)| Err(UnloadError::ColumnTwice(column.name.clone())))
        }
        RowForm::Text(_) => Ok(()),
    }
}

/// The check is by prefix (seen): anything under it counts.
async fn refuse_existing(client: &Client, destination: &Location) -> Result<(), UnloadError> {
    if existing(client, destination).await?.is_empty() { Ok(()) } else { Err(UnloadError::NotEmpty) }
}

async fn existing(client: &Client, destination: &Location) -> Result<Vec<Location>, UnloadError> {
    let (bucket, prefix) = (&destination.bucket, &destination.key);
    let listing = |error| UnloadError::Listing { bucket: bucket.clone(), prefix: prefix.clone(), error };
    s3::list(client, bucket, prefix).await.map_err(listing)
}

/// An older manifest would stand for files that are about to be replaced, and stay when this UNLOAD fails; it goes as far
/// as the role may delete (inferred: AWS does not say).
async fn withdraw_manifest(client: &Client, unload: &UnloadStatement) {
    if unload.manifest.is_some() {
        let at = unload.output.object("manifest");
        let _ = client.delete_object().bucket(&at.bucket).key(&at.key).send().await;
    }
}

/// CLEANPATH removes what is under the path before anything is written (documented), for good.
async fn delete_existing(client: &Client, destination: &Location) -> Result<(), UnloadError> {
    for at in existing(client, destination).await? {
        let deleted = client.delete_object().bucket(&at.bucket).key(&at.key).send().await;
        deleted.map_err(|error| UnloadError::Clean { url: at.url(), error: S3Error::from_sdk(error) })?;
    }
    Ok(())
}

/// Deals the rows out to the slices.
struct Deal<'a> {
    plan: &'a Plan,
    folders: Option<Folders>,
    existing: Existing,
    slices: Vec<Slice>,
    /// Rows on their way to each slice.
    pending: Vec<Vec<u8>>,
}

impl<'a> Deal<'a> {
    fn new(plan: &'a Arc<Plan>, folders: Option<Folders>, existing: Existing) -> Deal<'a> {
        let count = if plan.output.parallel == Parallel::On { SLICES } else { 1 };
        let slices = (0..count).map(|number| Slice::start(Arc::clone(plan), number)).collect();
        Deal { plan, folders, existing, slices, pending: vec![Vec::new(); count] }
    }

    /// Writes the files.
    async fn run(mut self, backend: &mut Backend) -> Result<(u64, WrittenFiles), Stop> {
        let mut dealt = self.rows(backend).await;
        if dealt.is_ok() {
            for slice in &self.slices {
                if !slice.tell(Turn::Finish).await {
                    dealt = Err(SliceError::Ended.into());
                }
            }
        }
        let (mut written, mut failure) = (WrittenFiles::none(&self.plan.client), None);
        for slice in self.slices {
            match slice.end().await {
                Ok(files) => written.join(files),
                // Told to go on, it would not have ended.
                Err(SliceError::Ended) => {}
                Err(error) => failure = Some(error),
            }
        }
        match (dealt, failure) {
            (Ok(count), None) => Ok((count, written)),
            (dealt, failure) => {
                written.remove().await;
                Err(failure.map(Stop::from).or(dealt.err()).unwrap_or_else(|| SliceError::Died.into()))
            }
        }
    }

    async fn rows(&mut self, backend: &mut Backend) -> Result<u64, Stop> {
        let (mut count, mut slice) = (0, 0);
        while let Some(row) = backend.next_copied().await? {
            let folder = self.folders.as_mut().map(|folders| folders.next(&row)).transpose()?;
            if let Some(folder) = folder.flatten() {
                self.enter(folder).await?;
            }
            if let Some(pending) = self.pending.get_mut(slice) {
                pending.extend_from_slice(&row);
                if pending.len() >= TURN {
                    self.send(slice).await?;
                }
            }
            count += 1;
            slice = (slice + 1) % self.slices.len();
        }
        self.send_all().await?;
        Ok(count)
    }

    /// Goes on in another folder.
    async fn enter(&mut self, folder: String) -> Result<(), Stop> {
        self.send_all().await?;
        if self.existing == Existing::Delete {
            delete_existing(&self.plan.client, &self.plan.output.object(&folder)).await?;
        }
        for slice in &self.slices {
            if !slice.tell(Turn::Folder(folder.clone())).await {
                return Err(SliceError::Ended.into());
            }
        }
        Ok(())
    }

    async fn send_all(&mut self) -> Result<(), Stop> {
        for slice in 0..self.slices.len() {
            self.send(slice).await?;
        }
        Ok(())
    }

    async fn send(&mut self, slice: usize) -> Result<(), Stop> {
        let rows = self.pending.get_mut(slice).map(std::mem::take).unwrap_or_default();
        match self.slices.get(slice) {
            Some(slice) if rows.is_empty() || slice.tell(Turn::Rows(rows)).await => Ok(()),
            _ => Err(SliceError::Ended.into()),
        }
    }
}

/// The manifest comes last, so that it stands for a whole UNLOAD.
async fn write_manifest(plan: &Plan, body: String) -> Result<(), UnloadError> {
    let at = plan.output.object("manifest");
    let put =
        plan.client.put_object().bucket(at.bucket).key(at.key).body(ByteStream::from(body.into_bytes()));
    let put = put.set_server_side_encryption(plan.encryption.algorithm());
    let put = put.set_ssekms_key_id(plan.encryption.key()).send().await;
    put.map(drop).map_err(|error| UnloadError::Manifest(S3Error::from_sdk(error)))
}
