//! Reads one object: bytes -> records -> checked rows of COPY text, in batches of bounded size.

use std::sync::Arc;

use aws_sdk_s3::Client;
use linchpin_formats::{
    Compression, CompressionError, Decompressor, Field, Layout, Reader, Record, RecordError, RecordErrorKind,
    encode_copy_field,
};
use thiserror::Error;
use tokio::sync::mpsc;

use super::convert::{Conversion, convert};
use super::load_error::{LoadError, Mistake};
use super::plan::Column;
use super::source::{Object, Presence};
use crate::s3::{self, S3Error};

/// How many bytes of rows make a batch.
const BATCH: usize = 128 * 1024;

/// How many load errors make a batch: `MAXERROR` may be high, and every line wrong.
const ERRORS: usize = 1000;

/// How much is unpacked and split at once.
const PIECE: usize = 16 * 1024;

/// What a worker needs to know of the statement.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) client: Client,
    pub(crate) layout: Layout,
    pub(crate) compression: Compression,
    pub(crate) header_lines: u64,
    pub(crate) conversion: Conversion,
    pub(crate) columns: Vec<Column>,
}

/// Some rows of one object.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// COPY text.
    pub(crate) rows: Vec<u8>,
    pub(crate) count: u64,
    pub(crate) errors: Vec<LoadError>,
    /// Set in the last batch of an object.
    pub(crate) finished: Option<FinishedFile>,
}

/// An object that was read to its end.
#[derive(Debug)]
pub(crate) struct FinishedFile {
    pub(crate) url: String,
    pub(crate) slice: i32,
    pub(crate) lines: u64,
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
    /// The statement has ended: nobody wants the rows.
    #[error("the statement has ended")]
    Ended,
}

/// Reads `object` and sends its rows. False: it does not exist, and need not.
pub(crate) async fn read(
    job: Arc<Job>,
    object: Object,
    slice: i32,
    batches: mpsc::Sender<Batch>,
) -> Result<bool, ReadError> {
    let url = object.at.url();
    let s3_failed = |error| ReadError::S3 { url: url.clone(), error };
    let mut body = match s3::get(&job.client, &object.at).await {
        Ok(body) => body,
        Err(error) if error.is_not_found() => match object.presence {
            Presence::Mandatory => return Err(ReadError::Missing(url)),
            Presence::Optional => return Ok(false),
        },
        Err(error) => return Err(s3_failed(error)),
    };
    let mut unpacked = Decompressor::new(job.compression);
    let mut rows = Rows::new(&job, &url, slice);
    let compression_failed = |error| ReadError::Compression { url: url.clone(), error };
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| s3_failed(S3Error::broken(&error)))?;
        for piece in chunk.chunks(PIECE) {
            unpacked.push(piece, |plain| rows.reader.push(plain)).map_err(compression_failed)?;
            while rows.fill() {
                send(&batches, std::mem::take(&mut rows.batch)).await?;
            }
        }
    }
    unpacked.finish(|plain| rows.reader.push(plain)).map_err(compression_failed)?;
    rows.reader.finish();
    while rows.fill() {
        send(&batches, std::mem::take(&mut rows.batch)).await?;
    }
    rows.batch.finished = Some(FinishedFile { url: url.clone(), slice, lines: rows.reader.lines() });
    send(&batches, rows.batch).await?;
    Ok(true)
}

async fn send(batches: &mpsc::Sender<Batch>, batch: Batch) -> Result<(), ReadError> {
    batches.send(batch).await.map_err(|_| ReadError::Ended)
}

/// The rows of one object, on their way into batches.
struct Rows<'a> {
    job: &'a Job,
    url: &'a str,
    slice: i32,
    reader: Reader,
    record: Record,
    value: Vec<u8>,
    batch: Batch,
}

impl<'a> Rows<'a> {
    fn new(job: &'a Job, url: &'a str, slice: i32) -> Rows<'a> {
        let reader = Reader::new(job.layout.clone(), job.header_lines);
        Rows {
            job,
            url,
            slice,
            reader,
            record: Record::default(),
            value: Vec::new(),
            batch: Batch::default(),
        }
    }

    /// Takes records up to a full batch. True: it is full.
    fn fill(&mut self) -> bool {
        while let Some(result) = self.reader.read(&mut self.record) {
            let written = match result {
                Ok(()) => self.row(),
                Err(error) => Err(self.record_error(error)),
            };
            if let Err(error) = written {
                self.batch.errors.push(*error);
            }
            if self.batch.rows.len() >= BATCH || self.batch.errors.len() >= ERRORS {
                return true;
            }
        }
        false
    }

    /// Appends the record to the batch; a bad one leaves nothing there.
    fn row(&mut self) -> Result<(), Box<LoadError>> {
        if self.job.conversion.ignore_blank_lines && self.record.raw().is_empty() {
            return Ok(());
        }
        let start = self.batch.rows.len();
        let result = self.check_width().and_then(|()| self.fields());
        match result {
            Ok(()) => {
                self.batch.rows.push(b'\n');
                self.batch.count += 1;
            }
            Err(_) => self.batch.rows.truncate(start),
        }
        result
    }

    /// A delimiter after the last field is no further field (seen: files of TPC-H load as they are).
    fn check_width(&self) -> Result<(), Box<LoadError>> {
        let (found, wanted) = (self.record.len(), self.job.columns.len());
        let extra = self.record.field(wanted);
        let trailing = found == wanted + 1 && extra.is_some_and(|field| field.value.is_empty());
        match extra {
            Some(field) if !trailing => Err(self.mistake(None, Some(field), Mistake::ExtraColumns)),
            _ => Ok(()),
        }
    }

    fn fields(&mut self) -> Result<(), Box<LoadError>> {
        for (index, column) in self.job.columns.iter().enumerate() {
            if index > 0 {
                self.batch.rows.push(b'\t');
            }
            let field = self.record.field(index);
            let present = match field {
                None if !self.job.conversion.fill_record => {
                    return Err(self.mistake(Some(column), None, Mistake::DelimiterNotFound));
                }
                None => false,
                Some(field) if field.null => false,
                Some(field) => match convert(column, field.value, &self.job.conversion, &mut self.value) {
                    Ok(present) => present,
                    Err(mistake) => return Err(self.mistake(Some(column), Some(field), mistake)),
                },
            };
            if !present && column.not_null {
                return Err(self.mistake(Some(column), field, Mistake::NotNull));
            }
            encode_copy_field(&mut self.batch.rows, present.then_some(&self.value));
        }
        Ok(())
    }

    fn mistake(&self, column: Option<&Column>, field: Option<Field<'_>>, mistake: Mistake) -> Box<LoadError> {
        Box::new(LoadError {
            file: self.url.to_owned(),
            slice: self.slice,
            line: self.record.line,
            column: column.cloned(),
            position: field.map_or(self.record.raw().len(), |field| field.position),
            raw_line: self.record.raw().to_vec(),
            raw_value: field.map(|field| field.value.to_vec()).unwrap_or_default(),
            mistake,
        })
    }

    fn record_error(&self, error: RecordError) -> Box<LoadError> {
        let mistake = match error.kind {
            RecordErrorKind::InvalidQuote => Mistake::CsvQuote,
            RecordErrorKind::UnmatchedQuote => Mistake::UnmatchedQuote,
            RecordErrorKind::Nul(byte) => Mistake::Nul { byte, position: error.position },
            RecordErrorKind::TooLong => Mistake::TooLong,
        };
        Box::new(LoadError {
            file: self.url.to_owned(),
            slice: self.slice,
            line: error.line,
            column: None,
            position: error.position,
            raw_line: error.raw,
            raw_value: Vec::new(),
            mistake,
        })
    }
}
