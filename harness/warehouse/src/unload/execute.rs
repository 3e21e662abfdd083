//! Carries an UNLOAD out, in the client's session and transaction.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use linchpin_formats::{Compression, CopyTextError};
use serde_json::json;
use thiserror::Error;

use super::parse::{Existing, Parallel, UnloadStatement};
use super::rows::{Rows, header};
use super::upload::{Upload, UploadError, Written};
use crate::credentials::{self, CredentialsError};
use crate::errors::{self, EngineContext};
use crate::s3::{self, Location, S3Error};
use crate::statement::{Completion, Failure};
use crate::wire::{Backend, BackendError, ColumnDescription, Session};

/// How many files PARALLEL ON writes at once: the slices of the cluster.
const SLICES: usize = 2;

/// How many bytes of rows go to a file before the next slice has its turn.
const TURN: usize = 64 * 1024;

const REMEMBER_SQL: &str = "SELECT pg_catalog.set_config('linchpin.last_unload_count', $1, false), \
     pg_catalog.set_config('linchpin.last_unload_id', $2, false), \
     pg_catalog.set_config('linchpin.last_query_id', $2, false)";

/// Why an UNLOAD failed.
#[derive(Debug, Error)]
pub(crate) enum UnloadError {
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error("cannot list `{bucket}/{prefix}`: {error}")]
    Listing { bucket: String, prefix: String, error: S3Error },
    #[error("the destination is not empty")]
    NotEmpty,
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error("cannot write the manifest: {0}")]
    Manifest(S3Error),
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

/// Carries `unload` out.
pub(crate) async fn run(
    unload: &UnloadStatement,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    let query = session.cluster.next_query();
    let context = EngineContext { query, process: session.key.0 };
    let count = unload_rows(unload, backend, session).await.map_err(|stop| match stop {
        Stop::Unload(error) => Failure::Report(errors::unload(&error, context)),
        Stop::Backend(error) => Failure::Backend(error),
    })?;
    backend.query(REMEMBER_SQL, &[&count.to_string(), &query.to_string()]).await?;
    Ok(Completion { notices: vec![errors::unloaded(count)], command: "UNLOAD".into() })
}

async fn unload_rows(
    unload: &UnloadStatement,
    backend: &mut Backend,
    session: &Session,
) -> Result<u64, Stop> {
    // PostgreSQL judges the query and the right to select before anything is written.
    let columns = backend.describe(&unload.query).await?;
    // A comment at the end of the query must not swallow the parenthesis.
    backend.copy_out(&format!("COPY ({}\n) TO STDOUT", unload.query)).await?;
    let credentials = credentials::obtain(&unload.authorization, session).await?;
    let client = s3::client(&session.cluster, unload.region.as_deref(), credentials);
    if unload.existing == Existing::Refuse {
        refuse_existing(&client, &unload.destination).await?;
    }
    let mut files = Unfinished(Files::open(unload, &client, &columns));
    let written = files.0.write(unload, &client, Rows::new(&unload.writer, &columns), backend).await;
    let open = std::mem::take(&mut files.0.open);
    if written.is_err() {
        abandon(open).await;
    }
    written
}

/// The check is by prefix (seen): anything under it counts.
async fn refuse_existing(client: &Client, destination: &Location) -> Result<(), UnloadError> {
    let (bucket, prefix) = (&destination.bucket, &destination.key);
    match s3::list(client, bucket, prefix).await {
        Ok(found) if found.is_empty() => Ok(()),
        Ok(_) => Err(UnloadError::NotEmpty),
        Err(error) => Err(UnloadError::Listing { bucket: bucket.clone(), prefix: prefix.clone(), error }),
    }
}

/// The files of an UNLOAD.
struct Files {
    open: Vec<File>,
    written: Vec<Written>,
}

/// A file, and the rows on their way into it.
struct File {
    upload: Upload,
    pending: Vec<u8>,
}

impl Files {
    /// One file a slice, or one alone; each starts with the header if there is one.
    fn open(unload: &UnloadStatement, client: &Client, columns: &[ColumnDescription]) -> Files {
        let suffixes: Vec<_> = match unload.parallel {
            Parallel::On => (0..SLICES).map(|slice| format!("{slice:04}_part_00")).collect(),
            Parallel::Off => vec!["000".to_owned()],
        };
        let header = if unload.header { header(&unload.writer, columns) } else { Vec::new() };
        let open = suffixes.iter().map(|suffix| {
            let at = object(&unload.destination, &format!("{suffix}{}", extension(unload.compression)));
            File { upload: Upload::new(client.clone(), at, unload.compression), pending: header.clone() }
        });
        Files { open: open.collect(), written: Vec::new() }
    }

    /// Writes the files, and the manifest if one is wanted.
    async fn write(
        &mut self,
        unload: &UnloadStatement,
        client: &Client,
        rows: Rows<'_>,
        backend: &mut Backend,
    ) -> Result<u64, Stop> {
        let count = self.deal(rows, backend).await?;
        for file in &mut self.open {
            file.upload.write(&file.pending).await?;
            self.written.push(file.upload.finish().await?);
        }
        if unload.manifest {
            write_manifest(client, &unload.destination, &self.written).await?;
        }
        Ok(count)
    }

    /// Deals the rows out to the files.
    async fn deal(&mut self, mut rows: Rows<'_>, backend: &mut Backend) -> Result<u64, Stop> {
        let mut count = 0;
        let mut slice = 0;
        while let Some(row) = backend.next_copied().await? {
            let Some(file) = self.open.get_mut(slice) else { break };
            rows.turn(&row, &mut file.pending)?;
            if file.pending.len() >= TURN {
                file.upload.write(&file.pending).await?;
                file.pending.clear();
            }
            count += 1;
            slice = (slice + 1) % self.open.len();
        }
        Ok(count)
    }
}

/// Files of an UNLOAD in progress. When it is dropped in the middle, because the client went or cancelled, a task of
/// its own removes what was written.
struct Unfinished(Files);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let open = std::mem::take(&mut self.0.open);
        if !open.is_empty() {
            tokio::spawn(abandon(open));
        }
    }
}

async fn abandon(files: Vec<File>) {
    for file in files {
        file.upload.abandon().await;
    }
}

/// The manifest comes last, so that it stands for a whole UNLOAD.
async fn write_manifest(
    client: &Client,
    destination: &Location,
    written: &[Written],
) -> Result<(), UnloadError> {
    let entry = |file: &Written| json!({"url": file.at.url(), "meta": {"content_length": file.bytes}});
    let entries: Vec<_> = written.iter().map(entry).collect();
    let at = object(destination, "manifest");
    let body = ByteStream::from(json!({ "entries": entries }).to_string().into_bytes());
    let put = client.put_object().bucket(at.bucket).key(at.key).body(body).send().await;
    put.map(drop).map_err(|error| UnloadError::Manifest(S3Error::from_sdk(error)))
}

/// The object of this UNLOAD whose name ends so.
fn object(destination: &Location, suffix: &str) -> Location {
    Location { bucket: destination.bucket.clone(), key: format!("{}{suffix}", destination.key) }
}

/// What a compressed file's name ends with (documented).
fn extension(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "",
        Compression::Gzip => ".gz",
    }
}
