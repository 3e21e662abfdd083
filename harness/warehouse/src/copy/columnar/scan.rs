//! Reads one columnar object through ranges of it: its footer, then its rows. It blocks, so it has a thread of its own.

use std::sync::Arc;

use linchpin_formats::{
    ColumnKind, ColumnarRows, FileBytes, FileColumn, OrcError, OrcReader, ParquetError, ParquetReader,
    encode_copy_field,
};
use thiserror::Error;
use tokio::sync::mpsc;

use super::file::S3File;
use crate::copy::convert::{Conversion, Value, character, store_digits};
use crate::copy::parse::{Columnar, Nested};
use crate::copy::plan::{Column, ColumnType};
use crate::copy::rows::{BATCH, Batch, FinishedFile};
use crate::copy::source::{Object, Presence};
use crate::copy::worker::{Job, ReadError};
use crate::s3;

/// How much of the end is fetched first: footers are small.
const TAIL: u64 = 64 * 1024;

/// Why a file does not go into the table.
#[derive(Debug, Error)]
pub(crate) enum ScanError {
    #[error("{table} columns in the table, {file} in the file")]
    Columns { table: usize, file: usize },
    #[error("column `{column}` of type {wanted} cannot take `{schema}`")]
    Schema { format: Columnar, column: String, wanted: String, schema: String },
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
    Parquet(#[from] ParquetError),
    #[error(transparent)]
    Orc(#[from] OrcError),
}

/// Reads `object` and sends its rows. False: it does not exist, and need not.
pub(crate) async fn read(
    job: Arc<Job>,
    (format, nested): (Columnar, Nested),
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
    let file = S3File::new(Arc::clone(&job), object.at, tail);
    let scan = Scan {
        job,
        format,
        nested,
        url: url.clone(),
        slice,
        batches,
        batch: Batch::default(),
        text: Vec::new(),
    };
    let scanned = tokio::task::spawn_blocking(move || scan.run(file)).await;
    // The library may panic on bytes that no writer makes.
    scanned.map_err(|_| ReadError::Unreadable(url))?.map(|()| true)
}

/// One file on its way into batches.
struct Scan {
    job: Arc<Job>,
    format: Columnar,
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
        let bytes = file.length();
        let lines = match self.format {
            Columnar::Parquet => self.parquet(file)?,
            Columnar::Orc => self.orc(file)?,
        };
        let (url, slice) = (self.url.clone(), self.slice);
        self.batch.finished = Some(FinishedFile { url, slice, lines, bytes });
        self.send()
    }

    fn parquet(&mut self, file: S3File) -> Result<u64, ReadError> {
        let reader = ParquetReader::open(file).map_err(|error| self.failed(error))?;
        self.check(reader.columns()).map_err(|error| self.failed(error))?;
        let mut lines = 0;
        for group in reader.row_groups() {
            let mut group = group.map_err(|error| self.failed(error))?;
            lines += self.rows(&mut group, reader.columns().len())?;
        }
        Ok(lines)
    }

    fn orc(&mut self, file: S3File) -> Result<u64, ReadError> {
        let mut reader = OrcReader::open(file).map_err(|error| self.failed(error))?;
        self.check(reader.columns()).map_err(|error| self.failed(error))?;
        let width = reader.columns().len();
        self.rows(&mut reader, width)
    }

    /// Sends rows of `width` columns, and says how many.
    fn rows<R: ColumnarRows>(&mut self, from: &mut R, width: usize) -> Result<u64, ReadError>
    where
        ScanError: From<R::Error>,
    {
        let (job, mut value, mut lines) = (Arc::clone(&self.job), Vec::new(), 0);
        while from.next_row().map_err(|error| self.failed(error))? {
            self.row(&job, from, width, &mut value).map_err(|error| self.failed(error))?;
            lines += 1;
            if self.batch.rows.len() >= BATCH {
                self.send()?;
            }
        }
        Ok(lines)
    }

    fn failed(&self, error: impl Into<ScanError>) -> ReadError {
        ReadError::Scan { url: self.url.clone(), error: error.into() }
    }

    fn send(&mut self) -> Result<(), ReadError> {
        self.batches.blocking_send(std::mem::take(&mut self.batch)).map_err(|_| ReadError::Ended)
    }

    /// Columns are matched by position; FILLRECORD lets the last ones be missing (documented).
    fn check(&self, file: &[FileColumn]) -> Result<(), ScanError> {
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
                format: self.format,
                column: column.name.clone(),
                wanted: column.kind.catalog_names().0.to_uppercase(),
                schema: found.schema.clone(),
            }),
        }
    }

    fn row<R: ColumnarRows>(
        &mut self,
        job: &Job,
        from: &mut R,
        width: usize,
        value: &mut Vec<u8>,
    ) -> Result<(), ScanError>
    where
        ScanError: From<R::Error>,
    {
        for (index, column) in job.columns.iter().enumerate() {
            if index > 0 {
                self.batch.rows.push(b'\t');
            }
            value.clear();
            let present = index < width && from.write_value(index, value)?;
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
        let length = value.len();
        if let Some(limit) = column.kind.limit().filter(|limit| length > *limit) {
            return Err(ScanError::Length { column: column.name.clone(), limit, length });
        }
        match column.kind {
            ColumnType::Char(_) | ColumnType::Varchar(_) => {
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
            ColumnType::Varbyte(_) => {
                self.text.clear();
                store_digits(hex::encode(&value).as_bytes(), &mut self.text);
                encode_copy_field(&mut self.batch.rows, Some(&self.text));
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
        ColumnType::Varbyte(_) => found == ColumnKind::Text,
        ColumnType::Other => matches!(found, ColumnKind::Text | ColumnKind::Time(_)),
    }
}
