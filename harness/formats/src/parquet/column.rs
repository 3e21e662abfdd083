//! Values of one column, read in batches and written as text one after another.

use std::io::Write;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::Result;

use crate::columnar::{ColumnKind, Ticks, write_date, write_decimal, write_time, write_timestamp};

/// The values of a batch, without its NULLs.
enum Values {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// A column without repetition.
pub(super) struct FlatColumn {
    reader: ColumnReader,
    kind: ColumnKind,
    optional: bool,
    values: Values,
    levels: Vec<i16>,
    next_level: usize,
    next_value: usize,
}

impl FlatColumn {
    pub(super) fn new(reader: ColumnReader, kind: ColumnKind, optional: bool) -> FlatColumn {
        let values = match &reader {
            ColumnReader::BoolColumnReader(_) => Values::Boolean(Vec::new()),
            ColumnReader::Int32ColumnReader(_) => Values::Int32(Vec::new()),
            ColumnReader::Int64ColumnReader(_) => Values::Int64(Vec::new()),
            ColumnReader::Int96ColumnReader(_) => Values::Int96(Vec::new()),
            ColumnReader::FloatColumnReader(_) => Values::Float(Vec::new()),
            ColumnReader::DoubleColumnReader(_) => Values::Double(Vec::new()),
            ColumnReader::ByteArrayColumnReader(_) => Values::Bytes(Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(_) => Values::Fixed(Vec::new()),
        };
        FlatColumn { reader, kind, optional, values, levels: Vec::new(), next_level: 0, next_value: 0 }
    }

    /// Reads the next records, at most `limit`, and says how many.
    pub(super) fn read(&mut self, limit: usize) -> Result<usize> {
        self.levels.clear();
        (self.next_level, self.next_value) = (0, 0);
        let levels = self.optional.then_some(&mut self.levels);
        match (&mut self.reader, &mut self.values) {
            (ColumnReader::BoolColumnReader(reader), Values::Boolean(values)) => {
                fill(reader, values, levels, limit)
            }
            (ColumnReader::Int32ColumnReader(reader), Values::Int32(values)) => {
                fill(reader, values, levels, limit)
            }
            (ColumnReader::Int64ColumnReader(reader), Values::Int64(values)) => {
                fill(reader, values, levels, limit)
            }
            (ColumnReader::Int96ColumnReader(reader), Values::Int96(values)) => {
                fill(reader, values, levels, limit)
            }
            (ColumnReader::FloatColumnReader(reader), Values::Float(values)) => {
                fill(reader, values, levels, limit)
            }
            (ColumnReader::DoubleColumnReader(reader), Values::Double(values)) => {
                fill(reader, values, levels, limit)
            }
            (ColumnReader::ByteArrayColumnReader(reader), Values::Bytes(values)) => {
                fill(reader, values, levels, limit)
            }
            (ColumnReader::FixedLenByteArrayColumnReader(reader), Values::Fixed(values)) => {
                fill(reader, values, levels, limit)
            }
            // The values were made for the reader.
            _ => Ok(0),
        }
    }

    /// Appends the next value as text. False: it is NULL.
    pub(super) fn write_next(&mut self, out: &mut Vec<u8>) -> bool {
        if self.optional {
            let level = self.levels.get(self.next_level).copied();
            self.next_level += 1;
            if level != Some(1) {
                return false;
            }
        }
        let at = self.next_value;
        self.next_value += 1;
        match &self.values {
            Values::Boolean(values) => values.get(at).map(|value| out.push(if *value { b't' } else { b'f' })),
            Values::Int32(values) => {
                values.get(at).map(|value| write_integer(self.kind, i64::from(*value), out))
            }
            Values::Int64(values) => values.get(at).map(|value| write_integer(self.kind, *value, out)),
            // Writing to a vector cannot fail.
            Values::Float(values) => values.get(at).map(|value| drop(write!(out, "{value:e}"))),
            Values::Double(values) => values.get(at).map(|value| drop(write!(out, "{value:e}"))),
            Values::Int96(values) => {
                values.get(at).map(|value| write_timestamp(julian_micros(*value), "", out))
            }
            Values::Bytes(values) => values.get(at).map(|value| write_bytes(self.kind, value.data(), out)),
            Values::Fixed(values) => values.get(at).map(|value| write_bytes(self.kind, value.data(), out)),
        }
        .is_some()
    }
}

fn fill<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    values: &mut Vec<T::T>,
    levels: Option<&mut Vec<i16>>,
    limit: usize,
) -> Result<usize> {
    values.clear();
    let (records, ..) = reader.read_records(limit, levels, None, values)?;
    Ok(records)
}

fn write_integer(kind: ColumnKind, value: i64, out: &mut Vec<u8>) {
    match kind {
        ColumnKind::Date => write_date(value, out),
        ColumnKind::Time(ticks) => write_time(micros(ticks, value), out),
        ColumnKind::Timestamp(ticks) => write_timestamp(micros(ticks, value), "", out),
        ColumnKind::Decimal { scale, .. } => write_decimal(i128::from(value), scale, out),
        _ => drop(write!(out, "{value}")),
    }
}

fn write_bytes(kind: ColumnKind, value: &[u8], out: &mut Vec<u8>) {
    match kind {
        ColumnKind::Decimal { scale, .. } => write_decimal(big_endian(value), scale, out),
        _ => out.extend_from_slice(value),
    }
}

fn micros(ticks: Ticks, value: i64) -> i64 {
    match ticks {
        Ticks::Millis => value.saturating_mul(1000),
        Ticks::Micros | Ticks::Julian => value,
        Ticks::Nanos => value.div_euclid(1000),
    }
}

/// Microseconds since 1970 of a Julian day with nanoseconds.
fn julian_micros(value: Int96) -> i64 {
    const EPOCH: i64 = 2_440_588;
    let [low, high, day] = *value.data() else { return 0 };
    let nanos = i64::from(high) << 32 | i64::from(low);
    (i64::from(day) - EPOCH).saturating_mul(86_400_000_000).saturating_add(nanos.div_euclid(1000))
}

/// Two's complement of at most 16 bytes, the highest first.
fn big_endian(bytes: &[u8]) -> i128 {
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(sign, |value, byte| value << 8 | i128::from(*byte))
}
