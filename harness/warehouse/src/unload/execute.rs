//! Carries an UNLOAD out, in the client's session and transaction.

use std::time::Instant;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use linchpin_formats::{Compression, CopyTextError, RowWriter};
use thiserror::Error;

use super::manifest::{self, WrittenFile};
use super::parse::{Existing, Parallel, UnloadStatement};
use super::rows::{RowForm, Rows, header};
use super::upload::{Upload, UploadError};
use crate::credentials::{self, CredentialsError};
use crate::errors::{self, EngineContext};
use crate::history::{self, UnloadRecord};
use crate::private::PrivateError;
use crate::s3::{self, Encryption, Location, S3Error};
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

/// Carries `unload` out.
pub(crate) async fn run(
    unload: &UnloadStatement,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    let query = session.cluster.next_query();
    let context = EngineContext { query, process: session.key.0 };
    let count = unload_rows(unload, backend, session, query).await.map_err(|stop| match stop {
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
    query: i32,
) -> Result<u64, Stop> {
    let started = Instant::now();
    // PostgreSQL judges the query and the right to select before anything is written.
    let columns = backend.describe(&unload.query).await?;
    // A comment at the end of the query must not swallow the parenthesis.
    backend.copy_out(&format!("COPY ({}\n) TO STDOUT", unload.query)).await?;
    let credentials = credentials::obtain(&unload.authorization, session).await?;
    let client = s3::client(&session.cluster, unload.region.as_deref(), credentials);
    match unload.existing {
        Existing::Overwrite => withdraw_manifest(&client, unload).await,
        Existing::Refuse => refuse_existing(&client, &unload.destination).await?,
        Existing::Delete => delete_existing(&client, &unload.destination).await?,
    }
    let plain = session.cluster.settings.plain_unload;
    let encryption = unload.encryption.clone().unwrap_or_else(|| plain.encryption());
    let target = Target { unload, client, columns: &columns, encryption };
    let mut files = Unfinished(Files::open(&target));
    let written = files.0.write(&target, Rows::new(&unload.writer, &columns), backend).await;
    let open = files.0.take();
    if written.is_err() {
        abandon(open).await;
    } else {
        record(&target, &files.0.written, session, query, started).await?;
    }
    written
}

/// Writes the files down in the system tables.
async fn record(
    target: &Target<'_>,
    files: &[WrittenFile],
    session: &Session,
    query: i32,
    started: Instant,
) -> Result<(), UnloadError> {
    let location = target.unload.destination.url();
    let format = match target.unload.writer {
        RowForm::Json => "JSON",
        RowForm::Text(RowWriter::Csv { .. }) => "CSV",
        RowForm::Text(RowWriter::Delimited { .. }) => "Text",
    };
    let compression = match target.unload.compression {
        Compression::None => "None",
        Compression::Gzip => "gzip",
    };
    for file in files {
        let rows = file.records - u64::from(target.unload.header);
        let (path, bytes, slice) = (file.object.at.url(), file.object.bytes, file.slice);
        let location = location.as_str();
        let record = UnloadRecord { query, slice, path, started, rows, bytes, format, compression, location };
        history::unload(session, record).await?;
    }
    Ok(())
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
        let at = object(&unload.destination, "manifest");
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

/// Where files go, and how.
struct Target<'a> {
    unload: &'a UnloadStatement,
    client: Client,
    columns: &'a [ColumnDescription],
    encryption: Encryption,
}

impl Target<'_> {
    /// The `part`-th file of a slice; it starts with the header if there is one.
    fn file(&self, slice: usize, part: usize) -> File {
        let unload = self.unload;
        let name = match unload.parallel {
            Parallel::On => format!("{slice:04}_part_{part:02}"),
            Parallel::Off => format!("{part:03}"),
        };
        let extension = unload.extension.as_deref().unwrap_or_else(|| extension(unload.compression));
        let at = object(&unload.destination, &format!("{name}{extension}"));
        let pending = if unload.header { header(&unload.writer, self.columns) } else { Vec::new() };
        let upload = Upload::new(self.client.clone(), at, unload.compression, self.encryption.clone());
        File { upload, pending, records: u64::from(unload.header), slice, part }
    }
}

/// The files of an UNLOAD.
struct Files {
    open: Vec<File>,
    /// Those that MAXFILESIZE ended.
    full: Vec<File>,
    written: Vec<WrittenFile>,
}

/// A file, and the rows on their way into it.
struct File {
    upload: Upload,
    pending: Vec<u8>,
    /// Lines in it, the header's too (documented for manifests).
    records: u64,
    slice: usize,
    part: usize,
}

impl File {
    async fn flush(&mut self) -> Result<(), UploadError> {
        self.upload.write(&self.pending).await?;
        self.pending.clear();
        Ok(())
    }

    async fn finish(&mut self) -> Result<WrittenFile, UploadError> {
        self.flush().await?;
        Ok(WrittenFile { object: self.upload.finish().await?, records: self.records, slice: self.slice })
    }
}

impl Files {
    /// One file a slice, or one alone.
    fn open(target: &Target<'_>) -> Files {
        let slices = if target.unload.parallel == Parallel::On { SLICES } else { 1 };
        Files {
            open: (0..slices).map(|slice| target.file(slice, 0)).collect(),
            full: Vec::new(),
            written: Vec::new(),
        }
    }

    /// Writes the files, and the manifest if one is wanted.
    async fn write(
        &mut self,
        target: &Target<'_>,
        rows: Rows<'_>,
        backend: &mut Backend,
    ) -> Result<u64, Stop> {
        let count = self.deal(target, rows, backend).await?;
        if count == 0 && target.unload.writer == RowForm::Json {
            // Documented: no rows, no files, no manifest.
            self.open.clear();
            return Ok(0);
        }
        for file in &mut self.open {
            self.written.push(file.finish().await?);
        }
        // The names' order, whichever file was full first.
        self.written.sort_by(|one, other| one.object.at.key.cmp(&other.object.at.key));
        if let Some(kind) = target.unload.manifest {
            let body = manifest::text(kind, &self.written, target.columns);
            write_manifest(target, body).await?;
        }
        Ok(count)
    }

    /// Deals the rows out to the files.
    async fn deal(
        &mut self,
        target: &Target<'_>,
        mut rows: Rows<'_>,
        backend: &mut Backend,
    ) -> Result<u64, Stop> {
        let mut count = 0;
        let mut slice = 0;
        while let Some(row) = backend.next_copied().await? {
            let Some(file) = self.open.get_mut(slice) else { break };
            rows.turn(&row, &mut file.pending)?;
            file.records += 1;
            if file.pending.len() >= TURN {
                file.flush().await?;
                // What may still come before the next look must fit too.
                if file.upload.size() + 2 * TURN as u64 > target.unload.max_file_size {
                    self.written.push(file.finish().await?);
                    let next = target.file(slice, file.part + 1);
                    self.full.push(std::mem::replace(file, next));
                }
            }
            count += 1;
            slice = (slice + 1) % self.open.len();
        }
        Ok(count)
    }

    /// Every file that S3 may have something of.
    fn take(&mut self) -> Vec<File> {
        let mut files = std::mem::take(&mut self.full);
        files.append(&mut self.open);
        files
    }
}

/// Files of an UNLOAD in progress. When it is dropped in the middle, because the client went or cancelled, a task of
/// its own removes what was written.
struct Unfinished(Files);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let open = self.0.take();
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
async fn write_manifest(target: &Target<'_>, body: String) -> Result<(), UnloadError> {
    let at = object(&target.unload.destination, "manifest");
    let put =
        target.client.put_object().bucket(at.bucket).key(at.key).body(ByteStream::from(body.into_bytes()));
    let put = put.set_server_side_encryption(target.encryption.algorithm());
    let put = put.set_ssekms_key_id(target.encryption.key()).send().await;
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
