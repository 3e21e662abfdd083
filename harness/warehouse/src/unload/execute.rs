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
    Ok(Completion { notices: vec![errors::unloaded(count)], command: "UNLOAD" })
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
    let client = s3::client(&session.cluster.settings, unload.region.as_deref(), credentials);
    if unload.existing == Existing::Refuse {
        refuse_existing(&client, &unload.destination).await?;
    }
    let mut files = Files::open(unload, &client, &columns);
    let written = files.write(Rows::new(&unload.writer, &columns), backend).await;
    if written.is_err() {
        files.remove(&client).await;
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
struct Files<'a> {
    unload: &'a UnloadStatement,
    client: &'a Client,
    open: Vec<File>,
    written: Vec<Written>,
}

/// A file, and the rows on their way into it.
struct File {
    upload: Upload,
    pending: Vec<u8>,
}

impl<'a> Files<'a> {
    /// One file a slice, or one alone; each starts with the header if there is one.
    fn open(unload: &'a UnloadStatement, client: &'a Client, columns: &[ColumnDescription]) -> Files<'a> {
        let suffixes: Vec<_> = match unload.parallel {
            Parallel::On => (0..SLICES).map(|slice| format!("{slice:04}_part_00")).collect(),
            Parallel::Off => vec!["000".to_owned()],
        };
        let header = if unload.header { header(&unload.writer, columns) } else { Vec::new() };
        let open = suffixes.iter().map(|suffix| {
            let at = object(&unload.destination, &format!("{suffix}{}", extension(unload.compression)));
            File { upload: Upload::new(client.clone(), at, unload.compression), pending: header.clone() }
        });
        Files { unload, client, open: open.collect(), written: Vec::new() }
    }

    /// Deals the rows out to the files, ends them, and writes the manifest if one is wanted.
    async fn write(&mut self, mut rows: Rows<'_>, backend: &mut Backend) -> Result<u64, Stop> {
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
        for file in &mut self.open {
            file.upload.write(&file.pending).await?;
            self.written.push(file.upload.finish().await?);
        }
        if self.unload.manifest {
            self.write_manifest().await?;
        }
        Ok(count)
    }

    /// The manifest comes last, so that it stands for a whole UNLOAD.
    async fn write_manifest(&self) -> Result<(), UnloadError> {
        let entry = |file: &Written| json!({"url": file.at.url(), "meta": {"content_length": file.bytes}});
        let entries: Vec<_> = self.written.iter().map(entry).collect();
        let at = object(&self.unload.destination, "manifest");
        let body = ByteStream::from(json!({ "entries": entries }).to_string().into_bytes());
        let put = self.client.put_object().bucket(at.bucket).key(at.key).body(body).send().await;
        put.map(drop).map_err(|error| UnloadError::Manifest(S3Error::from_sdk(error)))
    }

    /// Removes what was written, as far as the credentials may: the statement has failed already, and a second
    /// failure changes nothing that the client could act on.
    async fn remove(self, client: &Client) {
        for file in self.open {
            file.upload.abandon().await;
        }
        for Written { at, .. } in self.written {
            let _ = client.delete_object().bucket(at.bucket).key(at.key).send().await;
        }
    }
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
