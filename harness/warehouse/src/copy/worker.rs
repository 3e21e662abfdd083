//! Reads one object: bytes -> plain UTF-8 -> records -> rows.

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use linchpin_formats::{
    Compression, CompressionError, Decompressor, Decryptor, Encoding, EncodingError, EnvelopeError, Layout,
    MasterKey, RecordFormat, Transcoder,
};
use thiserror::Error;
use tokio::sync::mpsc;

use super::columnar::{self, ScanError};
use super::convert::Conversion;
use super::load_error::Mistake;
use super::mapping::Reading;
use super::plan::Column;
use super::rows::{Batch, Rows};
use super::source::{Object, Presence};
use crate::s3::{self, Metadata, S3Error};

/// How much is unpacked and split at once.
const PIECE: usize = 16 * 1024;

/// What a worker needs to know of the statement.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) client: Client,
    pub(crate) reading: Reading,
    /// The key of client-side encryption.
    pub(crate) master_key: Option<MasterKey>,
    pub(crate) compression: Compression,
    pub(crate) encoding: Encoding,
    pub(crate) conversion: Conversion,
    pub(crate) columns: Vec<Column>,
}

impl Job {
    /// A position in a line as `stl_load_errors` has it: -1 under FIXEDWIDTH (seen).
    pub(super) fn position(&self, position: usize) -> i32 {
        if self.is_of_fixed_widths() { -1 } else { i32::try_from(position).unwrap_or(i32::MAX) }
    }

    pub(super) fn is_of_fixed_widths(&self) -> bool {
        matches!(&self.reading, Reading::Records(RecordFormat::Lines { layout: Layout::FixedWidth(_), .. }))
    }
}

/// Why an object was not read to its end.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error("cannot read `{url}`: {error}")]
    S3 { url: String, error: S3Error },
    #[error("`{0}` is mandatory and does not exist")]
    Missing(String),
    #[error("`{url}`: {error}")]
    Compression { url: String, error: CompressionError },
    #[error("`{url}`: {error}")]
    Envelope { url: String, error: EnvelopeError },
    /// A columnar file does not go into the table.
    #[error("`{url}`: {error}")]
    Scan { url: String, error: ScanError },
    /// A columnar file stopped its reader.
    #[error("`{0}` cannot be read")]
    Unreadable(String),
    /// The statement has ended: nobody wants the rows.
    #[error("the statement has ended")]
    Ended,
}

/// What stops an object in the middle.
enum Stop {
    Compression(CompressionError),
    Envelope(EnvelopeError),
    /// The rest of the file is skipped.
    Encoding(EncodingError),
}

impl Stop {
    /// A file of another encoding is no error of the statement's: it is skipped.
    fn error(self, url: &str) -> ReadError {
        let url = url.to_owned();
        match self {
            Stop::Compression(error) => ReadError::Compression { url, error },
            Stop::Envelope(error) => ReadError::Envelope { url, error },
            Stop::Encoding(_) => ReadError::Unreadable(url),
        }
    }
}

/// Reads `object` and sends its rows. False: it does not exist, and need not.
pub(crate) async fn read(
    job: Arc<Job>,
    object: Object,
    slice: i32,
    batches: mpsc::Sender<Batch>,
) -> Result<bool, ReadError> {
    let format = match &job.reading {
        Reading::Records(format) => format,
        Reading::Columnar(format, nested) => {
            let read = (*format, *nested);
            return columnar::read(job, read, object, slice, batches).await;
        }
    };
    let url = object.at.url();
    let Some((mut body, metadata)) = open(&job, &object).await? else { return Ok(false) };
    let mut plain = Plain::new(&job, &metadata).map_err(|stop| stop.error(&url))?;
    let mut rows = Rows::new(&job, format, &url, slice);
    while let Some(chunk) = body.next().await {
        let chunk =
            chunk.map_err(|error| ReadError::S3 { url: url.clone(), error: S3Error::broken(&error) })?;
        rows.bytes += chunk.len() as u64;
        for piece in chunk.chunks(PIECE) {
            let pushed = plain.push(piece, |text| rows.reader.push(text));
            while rows.fill() {
                send(&batches, std::mem::take(&mut rows.batch)).await?;
            }
            match pushed {
                Ok(()) => {}
                Err(Stop::Encoding(error)) => return skip(rows, error, &batches).await,
                Err(stop) => return Err(stop.error(&url)),
            }
        }
    }
    let finished = plain.finish(|text| rows.reader.push(text));
    rows.reader.finish();
    while rows.fill() {
        send(&batches, std::mem::take(&mut rows.batch)).await?;
    }
    match finished {
        Ok(()) => send(&batches, rows.finish()).await.map(|()| true),
        Err(Stop::Encoding(error)) => skip(rows, error, &batches).await,
        Err(stop) => Err(stop.error(&url)),
    }
}

/// The object's bytes, if it exists.
async fn open(job: &Job, object: &Object) -> Result<Option<(ByteStream, Metadata)>, ReadError> {
    match s3::get_with_metadata(&job.client, &object.at).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => match object.presence {
            Presence::Mandatory => Err(ReadError::Missing(object.at.url())),
            Presence::Optional => Ok(None),
        },
        Err(error) => Err(ReadError::S3 { url: object.at.url(), error }),
    }
}

/// A file of another encoding is skipped with an error (documented).
async fn skip(
    mut rows: Rows<'_>,
    error: EncodingError,
    batches: &mpsc::Sender<Batch>,
) -> Result<bool, ReadError> {
    let error = rows.error(rows.reader.lines() + 1, Mistake::Encoding(error));
    rows.batch.errors.push(error);
    send(batches, rows.finish()).await.map(|()| true)
}

async fn send(batches: &mpsc::Sender<Batch>, batch: Batch) -> Result<(), ReadError> {
    batches.send(batch).await.map_err(|_| ReadError::Ended)
}

/// From the bytes of an object to UTF-8.
struct Plain {
    sealed: Option<Decryptor>,
    unpacked: Decompressor,
    text: Transcoder,
}

impl Plain {
    fn new(job: &Job, metadata: &Metadata) -> Result<Plain, Stop> {
        let open = |key: &MasterKey| key.open(|name| metadata.get(name).map(String::as_str));
        let sealed = job.master_key.as_ref().map(open).transpose().map_err(Stop::Envelope)?;
        let unpacked = Decompressor::new(job.compression).map_err(Stop::Compression)?;
        Ok(Plain { sealed, unpacked, text: Transcoder::new(job.encoding) })
    }

    fn push(&mut self, chunk: &[u8], sink: impl FnMut(&[u8])) -> Result<(), Stop> {
        match self.sealed.as_mut().map(|sealed| sealed.push(chunk)) {
            Some(opened) => self.unpack(&opened, sink),
            None => self.unpack(chunk, sink),
        }
    }

    fn unpack(&mut self, chunk: &[u8], mut sink: impl FnMut(&[u8])) -> Result<(), Stop> {
        let (mut mistake, text) = (Ok(()), &mut self.text);
        let unpacked = self.unpacked.push(chunk, |plain| {
            if mistake.is_ok() {
                mistake = text.push(plain, &mut sink);
            }
        });
        unpacked.map_err(Stop::Compression)?;
        mistake.map_err(Stop::Encoding)
    }

    fn finish(&mut self, mut sink: impl FnMut(&[u8])) -> Result<(), Stop> {
        if let Some(sealed) = self.sealed.take() {
            let last = sealed.finish().map_err(Stop::Envelope)?;
            self.unpack(&last, &mut sink)?;
        }
        let (mut mistake, text) = (Ok(()), &mut self.text);
        let unpacked = self.unpacked.finish(|plain| {
            if mistake.is_ok() {
                mistake = text.push(plain, &mut sink);
            }
        });
        unpacked.map_err(Stop::Compression)?;
        mistake.and_then(|()| self.text.finish()).map_err(Stop::Encoding)
    }
}
