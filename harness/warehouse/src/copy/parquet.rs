//! Reads one Parquet object: footer, then row groups column by column, through ranges of the object. It blocks, so it
//! has a thread of its own.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use linchpin_formats::{
    ColumnKind, FileBytes, ParquetColumn, ParquetError, ParquetReader, ParquetRows, encode_copy_field,
};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::convert::{Conversion, Value, character};
use super::parse::Nested;
use super::plan::{Column, ColumnType};
use super::rows::{BATCH, Batch, FinishedFile};
use super::source::{Object, Presence};
use super::worker::{Job, ReadError};
use crate::s3::{self, Location, S3Error};

/// How much of the end is fetched first: footers are small.
const TAIL: u64 = 64 * 1024;

/// Why a file does not go into the table.
#[derive(Debug, Error)]
pub(crate) enum ScanError {
    #[error("{table} columns in the table, {file} in the file")]
    Columns { table: usize, file: usize },
    #[error("column `{column}` of type {wanted} cannot take `{schema}`")]
    Schema { column: String, wanted: String, schema: String },
    #[error("column `{column}` of {limit} bytes cannot take {length}")]
    Length { column: String, limit: usize, length: usize },
    #[error("column `{column}`: {reason}")]
    Value { column: String, reason: String },
    #[error("NULL in column `{0}`")]
    Null(String),
    /// A SUPER column without SERIALIZETOJSON.
    #[error("SUPER without SERIALIZETOJSON")]
    Super,
    #[error(transparent)]
    Damaged(#[from] ParquetError),
}

/// Reads `object` and sends its rows. False: it does not exist, and need not.
pub(super) async fn read(
    job: Arc<Job>,
    nested: Nested,
    object: Object,
    slice: i32,
    batches: mpsc::Sender<Batch>,
) -> Result<bool, ReadError> {
    let url = object.at.url();
    let tail = match s3::get_tail(&job.client, &object.at, TAIL).await {
        Ok(tail) => tail,
        Err(error) if error.is_not_found() && object.presence == Presence::Optional => return Ok(false),
        Err(error) if error.is_not_found() => return Err(ReadError::Missing(url)),
        Err(error) => return Err(ReadError::S3 { url, error }),
    };
    let (runtime, coming) = (Handle::current(), Mutex::default());
    let file = S3File { job: Arc::clone(&job), at: object.at, tail, runtime, coming };
    let scan =
        Scan { job, nested, url: url.clone(), slice, batches, batch: Batch::default(), text: Vec::new() };
    let scanned = tokio::task::spawn_blocking(move || scan.run(file)).await;
    // The library may panic on bytes that no writer makes.
    scanned.map_err(|_| ReadError::Unreadable(url))?.map(|()| true)
}

/// An object, as a file whose bytes are fetched when they are needed.
struct S3File {
    job: Arc<Job>,
    at: Location,
    tail: s3::Tail,
    runtime: Handle,
    /// What is fetched ahead, by its start: at most one range for each column.
    coming: Mutex<HashMap<u64, JoinHandle<Result<Bytes, S3Error>>>>,
}

impl S3File {
    /// A range that is in the tail already.
    fn held(&self, start: u64, length: u64) -> Option<Bytes> {
        let start = usize::try_from(start.checked_sub(self.tail.start)?).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        (end <= self.tail.bytes.len()).then(|| self.tail.bytes.slice(start..end))
    }

    fn coming(&self) -> MutexGuard<'_, HashMap<u64, JoinHandle<Result<Bytes, S3Error>>>> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for S3File {
    fn drop(&mut self) {
        self.coming().drain().for_each(|(_, fetching)| fetching.abort());
    }
}

impl FileBytes for S3File {
    fn length(&self) -> u64 {
        self.tail.length
    }

    fn read(&self, start: u64, length: u64) -> io::Result<Bytes> {
        if let Some(bytes) = self.held(start, length) {
            return Ok(bytes);
        }
        let coming = self.coming().remove(&start);
        let fetched = match coming.map(|fetching| self.runtime.block_on(fetching)) {
            Some(Ok(fetched)) => fetched,
            // Nobody aborts a fetch that is waited for, and it does not panic: fetched again all the same.
            Some(Err(_)) | None => {
                self.runtime.block_on(s3::get_range(&self.job.client, &self.at, start, length))
            }
        };
        let bytes = fetched.map_err(io::Error::other)?;
        Ok(bytes.slice(..bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX))))
    }

    fn ahead(&self, start: u64, length: u64) {
        if self.held(start, length).is_none() {
            let (job, at) = (Arc::clone(&self.job), self.at.clone());
            let fetch = async move { s3::get_range(&job.client, &at, start, length).await };
            self.coming().insert(start, self.runtime.spawn(fetch));
        }
    }
}

/// One file on its way into batches.
struct Scan {
    job: Arc<Job>,
    nested: Nested,
    url: String,
    slice: i32,
    batches: mpsc::Sender<Batch>,
    batch: Batch,
    /// Reused for each text.
    text: Vec<u8>,
}

impl Scan {
    fn run(mut self, file: S3File) -> Result<(), ReadError> {
        let job = Arc::clone(&self.job);
        let reader = ParquetReader::open(file).map_err(|error| self.failed(error))?;
        self.check(reader.columns()).map_err(|error| self.failed(error))?;
        let (width, mut rows, mut value) = (reader.columns().len(), 0, Vec::new());
        for group in reader.row_groups() {
            let mut group = group.map_err(|error| self.failed(error))?;
            while group.next_row().map_err(|error| self.failed(error))? {
                self.row(&job, &mut group, width, &mut value).map_err(|error| self.failed(error))?;
                rows += 1;
                if self.batch.rows.len() >= BATCH {
                    self.send()?;
                }
            }
        }
        self.batch.finished = Some(FinishedFile { url: self.url.clone(), slice: self.slice, lines: rows });
        self.send()
    }

    fn failed(&self, error: impl Into<ScanError>) -> ReadError {
        ReadError::Scan { url: self.url.clone(), error: error.into() }
    }

    fn send(&mut self) -> Result<(), ReadError> {
        self.batches.blocking_send(std::mem::take(&mut self.batch)).map_err(|_| ReadError::Ended)
    }

    /// Columns are matched by position; FILLRECORD lets the last ones be missing (documented).
    fn check(&self, file: &[ParquetColumn]) -> Result<(), ScanError> {
        let table = &self.job.columns;
        let short = file.len() < table.len() && !self.job.conversion.fill_record;
        if file.len() > table.len() || short {
            return Err(ScanError::Columns { table: table.len(), file: file.len() });
        }
        if self.nested == Nested::Refuse && table.iter().any(|column| column.kind == ColumnType::Super) {
            return Err(ScanError::Super);
        }
        match table.iter().zip(file).find(|(column, found)| !fits(column.kind, found.kind)) {
            None => Ok(()),
            Some((column, found)) => Err(ScanError::Schema {
                column: column.name.clone(),
                wanted: column.kind.catalog_names().0.to_uppercase(),
                schema: found.schema.clone(),
            }),
        }
    }

    fn row(
        &mut self,
        job: &Job,
        group: &mut ParquetRows,
        width: usize,
        value: &mut Vec<u8>,
    ) -> Result<(), ScanError> {
        for (index, column) in job.columns.iter().enumerate() {
            if index > 0 {
                self.batch.rows.push(b'\t');
            }
            value.clear();
            let present = index < width && group.write_value(index, value)?;
            if !present && column.not_null {
                return Err(ScanError::Null(column.name.clone()));
            }
            if present {
                self.value(column, &job.conversion, value)?;
            } else {
                encode_copy_field(&mut self.batch.rows, None);
            }
        }
        self.batch.rows.push(b'\n');
        self.batch.count += 1;
        Ok(())
    }

    /// Appends a value that its column can hold.
    fn value(
        &mut self,
        column: &Column,
        conversion: &Conversion,
        value: &mut Vec<u8>,
    ) -> Result<(), ScanError> {
        match column.kind {
            ColumnType::Char(_) | ColumnType::Varchar(_) => {
                let (limit, length) = (column.kind.limit(), value.len());
                if let Some(limit) = limit.filter(|limit| length > *limit) {
                    return Err(ScanError::Length { column: column.name.clone(), limit, length });
                }
                self.text.clear();
                match character(column, value, conversion, &mut self.text) {
                    Ok(Value::Null) => encode_copy_field(&mut self.batch.rows, None),
                    Ok(Value::Text | Value::Replaced) => {
                        encode_copy_field(&mut self.batch.rows, Some(&self.text))
                    }
                    Err(mistake) => {
                        return Err(ScanError::Value {
                            column: column.name.clone(),
                            reason: mistake.reason(),
                        });
                    }
                }
            }
            ColumnType::SmallInt
                if std::str::from_utf8(value).is_ok_and(|text| text.parse::<i16>().is_err()) =>
            {
                let reason = "Value out of range for 2 bytes.".to_owned();
                return Err(ScanError::Value { column: column.name.clone(), reason });
            }
            ColumnType::TimestampTz => {
                value.extend_from_slice(b"+00");
                encode_copy_field(&mut self.batch.rows, Some(value));
            }
            _ => encode_copy_field(&mut self.batch.rows, Some(value)),
        }
        Ok(())
    }
}

/// Whether a column takes what the file has: types are the same or nearly so, nothing is cast (seen in errors of
/// Spectrum; the table is inferred).
fn fits(column: ColumnType, found: ColumnKind) -> bool {
    match column {
        ColumnType::SmallInt | ColumnType::Integer => found == ColumnKind::Int32,
        ColumnType::BigInt => found == ColumnKind::Int64,
        ColumnType::Real => found == ColumnKind::Float,
        ColumnType::Double => found == ColumnKind::Double,
        ColumnType::Boolean => found == ColumnKind::Boolean,
        ColumnType::Date => found == ColumnKind::Date,
        ColumnType::Timestamp | ColumnType::TimestampTz => matches!(found, ColumnKind::Timestamp(_)),
        ColumnType::Char(_) | ColumnType::Varchar(_) => found == ColumnKind::Text,
        ColumnType::Numeric { precision: 0, .. } => matches!(found, ColumnKind::Decimal { .. }),
        ColumnType::Numeric { precision, scale } => {
            matches!(found, ColumnKind::Decimal { precision: p, scale: s } if p <= precision && s == scale)
        }
        ColumnType::Super => matches!(found, ColumnKind::Nested | ColumnKind::Text),
        ColumnType::Other => matches!(found, ColumnKind::Text | ColumnKind::Time(_)),
    }
}
