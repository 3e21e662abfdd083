//! Reads files batch by batch. A stripe's streams are held as they lie in the file, compressed, while it is read.

use std::io::{self, Write as _};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, make_encoder};
use bytes::{Bytes, buf};
use orc_rust::ArrowReaderBuilder;
use orc_rust::arrow_reader::ArrowReader;
use orc_rust::reader::ChunkReader;
use orc_rust::schema::{DataType, NamedColumn, TimestampPrecision};
use thiserror::Error;

use super::tail::{self, TailError};
use crate::columnar::{
    ColumnKind, ColumnarRows, FileBytes, FileColumn, Ticks, write_date, write_decimal, write_timestamp,
};

/// How many records are decoded at once.
const BATCH: usize = 1024;

/// A file that cannot be read.
#[derive(Debug, Error)]
pub enum OrcError {
    /// Its tail is none that may be read.
    #[error(transparent)]
    Tail(#[from] TailError),
    /// A stripe is damaged.
    #[error("{0}")]
    Stripe(#[from] ArrowError),
    /// A union, which no column takes.
    #[error("values of type {0} cannot be read")]
    Kind(Arrow),
}

/// An open file and its rows.
pub struct OrcReader<F> {
    batches: ArrowReader<Chunk<F>>,
    columns: Vec<FileColumn>,
    batch: Vec<ArrayRef>,
    /// The row of the batch that is read, and how many it has.
    row: usize,
    rows: usize,
}

impl<F> std::fmt::Debug for OrcReader<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrcReader").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl<F: FileBytes> OrcReader<F> {
    /// Reads the file's tail.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn open(file: F) -> Result<OrcReader<F>, OrcError> {
        let file = Chunk(file);
        tail::check(&file)?;
        let builder = ArrowReaderBuilder::try_new(file);
        let builder = builder.map_err(|error| TailError::Library(Box::new(error)))?;
        let columns = builder.file_metadata().root_data_type().children().iter().map(column).collect();
        // Nanoseconds in 64 bits would end with the year 2262.
        let batches =
            builder.with_batch_size(BATCH).with_timestamp_precision(TimestampPrecision::Microsecond).build();
        Ok(OrcReader { batches, columns, batch: Vec::new(), row: 0, rows: 0 })
    }

    /// The columns at the top of the schema.
    #[must_use]
    pub fn columns(&self) -> &[FileColumn] {
        &self.columns
    }
}

impl<F: FileBytes> ColumnarRows for OrcReader<F> {
    type Error = OrcError;

    fn next_row(&mut self) -> Result<bool, OrcError> {
        self.row += 1;
        while self.row >= self.rows {
            let Some(batch) = self.batches.next().transpose()? else { return Ok(false) };
            (self.row, self.rows) = (0, batch.num_rows());
            self.batch = batch.columns().to_vec();
        }
        Ok(true)
    }

    fn write_value(&mut self, column: usize, out: &mut Vec<u8>) -> Result<bool, OrcError> {
        match self.batch.get(column) {
            Some(array) if array.is_valid(self.row) => write(array, self.row, out).map(|()| true),
            _ => Ok(false),
        }
    }
}

fn column(column: &NamedColumn) -> FileColumn {
    let kind = kind(column.data_type());
    // A nested type's schema goes on with its fields, a line each.
    let schema = column.data_type().to_string().lines().next().unwrap_or_default().to_owned();
    FileColumn { name: column.name().to_owned(), kind, schema }
}

fn kind(column: &DataType) -> ColumnKind {
    let part = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
    match column {
        DataType::Boolean { .. } => ColumnKind::Boolean,
        DataType::Byte { .. } | DataType::Short { .. } | DataType::Int { .. } => ColumnKind::Int32,
        DataType::Long { .. } => ColumnKind::Int64,
        DataType::Float { .. } => ColumnKind::Float,
        DataType::Double { .. } => ColumnKind::Double,
        DataType::String { .. }
        | DataType::Varchar { .. }
        | DataType::Char { .. }
        | DataType::Binary { .. } => ColumnKind::Text,
        DataType::Decimal { precision, scale, .. } => {
            ColumnKind::Decimal { precision: part(*precision), scale: part(*scale) }
        }
        DataType::Timestamp { .. } | DataType::TimestampWithLocalTimezone { .. } => {
            ColumnKind::Timestamp(Ticks::Micros)
        }
        DataType::Date { .. } => ColumnKind::Date,
        DataType::Struct { .. } | DataType::List { .. } | DataType::Map { .. } => ColumnKind::Nested,
        DataType::Union { .. } => ColumnKind::Other,
    }
}

/// Appends a value that is not NULL.
fn write(array: &ArrayRef, row: usize, out: &mut Vec<u8>) -> Result<(), OrcError> {
    // Writing to a vector cannot fail.
    match array.data_type() {
        Arrow::Boolean => out.push(if array.as_boolean().value(row) { b't' } else { b'f' }),
        Arrow::Int8 => drop(write!(out, "{}", array.as_primitive::<Int8Type>().value(row))),
        Arrow::Int16 => drop(write!(out, "{}", array.as_primitive::<Int16Type>().value(row))),
        Arrow::Int32 => drop(write!(out, "{}", array.as_primitive::<Int32Type>().value(row))),
        Arrow::Int64 => drop(write!(out, "{}", array.as_primitive::<Int64Type>().value(row))),
        Arrow::Float32 => drop(write!(out, "{:e}", array.as_primitive::<Float32Type>().value(row))),
        Arrow::Float64 => drop(write!(out, "{:e}", array.as_primitive::<Float64Type>().value(row))),
        Arrow::Utf8 => out.extend_from_slice(array.as_string::<i32>().value(row).as_bytes()),
        Arrow::Binary => out.extend_from_slice(array.as_binary::<i32>().value(row)),
        Arrow::Decimal128(_, scale) => {
            let scale = u16::try_from(*scale).unwrap_or_default();
            write_decimal(array.as_primitive::<Decimal128Type>().value(row), scale, out);
        }
        Arrow::Date32 => write_date(array.as_primitive::<Date32Type>().value(row).into(), out),
        Arrow::Timestamp(..) => {
            write_timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row), "", out);
        }
        Arrow::Struct(_) | Arrow::List(_) | Arrow::Map(..) => write_json(array, row, out)?,
        other => return Err(OrcError::Kind(other.clone())),
    }
    Ok(())
}

/// Appends a nested value as JSON.
fn write_json(array: &ArrayRef, row: usize, out: &mut Vec<u8>) -> Result<(), OrcError> {
    let (field, options) =
        (Arc::new(Field::new("", array.data_type().clone(), true)), EncoderOptions::default());
    make_encoder(&field, array, &options)?.encode(row, out);
    Ok(())
}

/// A file as the library reads it.
struct Chunk<F>(F);

impl<F: FileBytes> ChunkReader for Chunk<F> {
    type T = buf::Reader<Bytes>;

    fn len(&self) -> u64 {
        self.0.length()
    }

    fn get_read(&self, start: u64) -> io::Result<buf::Reader<Bytes>> {
        self.get_bytes(start, self.0.length().saturating_sub(start)).map(buf::Buf::reader)
    }

    /// Nothing is made room for that the file does not have.
    fn get_bytes(&self, start: u64, length: u64) -> io::Result<Bytes> {
        let end = start.checked_add(length).filter(|end| *end <= self.0.length());
        let bytes = end.map(|_| self.0.read(start, length)).transpose()?;
        let whole = bytes.filter(|bytes| bytes.len() as u64 == length);
        whole.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends too early"))
    }
}
