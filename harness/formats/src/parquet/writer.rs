//! Writes files row group by row group, as UNLOAD does: version 1.0, SNAPPY, every column optional.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    FloatType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use thiserror::Error;

use crate::columnar::{ColumnKind, parse_date, parse_time, parse_timestamp};

/// Rows that cannot be written.
#[derive(Debug, Error)]
pub enum ParquetWriteError {
    /// A value that its column's type cannot hold.
    #[error("column `{column}` of the file cannot hold `{value}`")]
    Value {
        /// The column.
        column: String,
        /// The value, as text.
        value: String,
    },
    /// What the library says.
    #[error("{0}")]
    Library(#[from] parquet::errors::ParquetError),
}

/// A file that is being written.
pub struct ParquetWriter {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Column>,
    /// How many bytes of values make a row group.
    row_group: usize,
    buffered: usize,
    rows: usize,
}

impl std::fmt::Debug for ParquetWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetWriter").field("buffered", &self.buffered).finish_non_exhaustive()
    }
}

/// A column of the row group at hand.
struct Column {
    name: String,
    kind: ColumnKind,
    levels: Vec<i16>,
    values: Values,
}

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

impl ParquetWriter {
    /// A file of these columns, by name, whose row groups hold about `row_group` bytes of values.
    ///
    /// # Errors
    /// When the columns make no schema.
    pub fn new(
        columns: &[(String, ColumnKind)],
        row_group: usize,
    ) -> Result<ParquetWriter, ParquetWriteError> {
        let fields = columns.iter().map(|(name, kind)| field(name, *kind)).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
        let column = |(name, kind): &(String, ColumnKind)| Column {
            name: name.clone(),
            kind: *kind,
            levels: Vec::new(),
            values: Values::of(*kind),
        };
        let columns = columns.iter().map(column).collect();
        Ok(ParquetWriter { writer, columns, row_group, buffered: 0, rows: 0 })
    }

    /// Adds a row's value of a column, as PostgreSQL writes it.
    ///
    /// # Errors
    /// When the column's type cannot hold it.
    pub fn value(&mut self, column: usize, value: Option<&[u8]>) -> Result<(), ParquetWriteError> {
        let Some(column) = self.columns.get_mut(column) else { return Ok(()) };
        column.levels.push(i16::from(value.is_some()));
        let Some(value) = value else { return Ok(()) };
        self.buffered += value.len().max(4);
        column.push(value).ok_or_else(|| ParquetWriteError::Value {
            column: column.name.clone(),
            value: String::from_utf8_lossy(value).into_owned(),
        })
    }

    /// Ends a row, and with it the row group if that is full.
    ///
    /// # Errors
    /// Never in practice: the file is in memory.
    pub fn end_row(&mut self) -> Result<(), ParquetWriteError> {
        self.rows += 1;
        if self.buffered >= self.row_group { self.end_row_group() } else { Ok(()) }
    }

    fn end_row_group(&mut self) -> Result<(), ParquetWriteError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            if let Some(writer) = group.next_column()? {
                column.write(writer)?;
            }
        }
        group.close()?;
        (self.rows, self.buffered) = (0, 0);
        Ok(())
    }

    /// How many bytes of values wait for the end of their row group.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffered
    }

    /// Takes the bytes of the file that are ready.
    ///
    /// # Errors
    /// Never in practice: the file is in memory.
    pub fn take(&mut self) -> Result<Vec<u8>, ParquetWriteError> {
        self.writer.flush().map_err(parquet::errors::ParquetError::from)?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    /// Ends the file; the rest is ready after it.
    ///
    /// # Errors
    /// Never in practice: the file is in memory.
    pub fn finish(&mut self) -> Result<(), ParquetWriteError> {
        self.end_row_group()?;
        self.writer.finish()?;
        Ok(())
    }
}

/// How many bytes hold so many digits and a sign.
fn decimal_bytes(precision: u16) -> i32 {
    let mut bytes = 1;
    while bytes < 16 && (1_i128 << (8 * bytes - 1)) <= 10_i128.saturating_pow(u32::from(precision)) {
        bytes += 1;
    }
    bytes
}

/// Physical types as Redshift writes them (measured by a third party): TIMESTAMP in 96 bits, decimals in bytes.
fn field(name: &str, kind: ColumnKind) -> Result<TypePtr> {
    let (physical, logical) = match kind {
        ColumnKind::Boolean => (Physical::BOOLEAN, None),
        ColumnKind::Int32 => (Physical::INT32, None),
        ColumnKind::Int64 => (Physical::INT64, None),
        ColumnKind::Float => (Physical::FLOAT, None),
        ColumnKind::Double => (Physical::DOUBLE, None),
        ColumnKind::Date => (Physical::INT32, Some(LogicalType::Date)),
        ColumnKind::Time(_) => (Physical::INT64, Some(LogicalType::time(false, TimeUnit::MICROS))),
        ColumnKind::Timestamp(_) => (Physical::INT96, None),
        ColumnKind::Decimal { precision, scale } => (
            Physical::FIXED_LEN_BYTE_ARRAY,
            Some(LogicalType::decimal(i32::from(scale), i32::from(precision))),
        ),
        ColumnKind::Nested => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Bytes | ColumnKind::Other => (Physical::BYTE_ARRAY, None),
    };
    let mut builder = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    if let ColumnKind::Decimal { precision, scale } = kind {
        let length = decimal_bytes(precision);
        builder =
            builder.with_length(length).with_precision(i32::from(precision)).with_scale(i32::from(scale));
    }
    builder.build().map(Arc::new)
}

impl Values {
    fn of(kind: ColumnKind) -> Values {
        match kind {
            ColumnKind::Boolean => Values::Boolean(Vec::new()),
            ColumnKind::Int32 | ColumnKind::Date => Values::Int32(Vec::new()),
            ColumnKind::Int64 | ColumnKind::Time(_) => Values::Int64(Vec::new()),
            ColumnKind::Timestamp(_) => Values::Int96(Vec::new()),
            ColumnKind::Float => Values::Float(Vec::new()),
            ColumnKind::Double => Values::Double(Vec::new()),
            ColumnKind::Decimal { .. } => Values::Fixed(Vec::new()),
            ColumnKind::Text | ColumnKind::Bytes | ColumnKind::Nested | ColumnKind::Other => {
                Values::Bytes(Vec::new())
            }
        }
    }
}

impl Column {
    fn push(&mut self, value: &[u8]) -> Option<()> {
        let text = std::str::from_utf8(value).ok()?;
        match &mut self.values {
            Values::Boolean(values) => values.push(text == "t"),
            Values::Int32(values) if self.kind == ColumnKind::Date => {
                values.push(i32::try_from(parse_date(text)?).ok()?);
            }
            Values::Int32(values) => values.push(text.parse().ok()?),
            Values::Int64(values) if matches!(self.kind, ColumnKind::Time(_)) => {
                values.push(parse_time(text)?)
            }
            Values::Int64(values) => values.push(text.parse().ok()?),
            Values::Int96(values) => values.push(julian(parse_timestamp(text)?)?),
            Values::Float(values) => values.push(text.parse().ok()?),
            Values::Double(values) => values.push(text.parse().ok()?),
            Values::Bytes(values) if self.kind == ColumnKind::Bytes => {
                values.push(ByteArray::from(from_digits(text)?));
            }
            Values::Bytes(values) => values.push(ByteArray::from(value.to_vec())),
            Values::Fixed(values) => {
                let ColumnKind::Decimal { precision, scale } = self.kind else { return None };
                values.push(decimal(text, precision, scale)?);
            }
        }
        Some(())
    }

    fn write(&mut self, mut writer: SerializedColumnWriter<'_>) -> Result<()> {
        let levels = &mut self.levels;
        match &mut self.values {
            Values::Boolean(values) => write::<BoolType>(&mut writer, values, levels)?,
            Values::Int32(values) => write::<Int32Type>(&mut writer, values, levels)?,
            Values::Int64(values) => write::<Int64Type>(&mut writer, values, levels)?,
            Values::Int96(values) => write::<Int96Type>(&mut writer, values, levels)?,
            Values::Float(values) => write::<FloatType>(&mut writer, values, levels)?,
            Values::Double(values) => write::<DoubleType>(&mut writer, values, levels)?,
            Values::Bytes(values) => write::<ByteArrayType>(&mut writer, values, levels)?,
            Values::Fixed(values) => write::<FixedLenByteArrayType>(&mut writer, values, levels)?,
        }
        writer.close()
    }
}

fn write<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    values: &mut Vec<T::T>,
    levels: &mut Vec<i16>,
) -> Result<()> {
    writer.typed::<T>().write_batch(values, Some(levels), None)?;
    values.clear();
    levels.clear();
    Ok(())
}

/// The bytes that hexadecimal digits tell.
fn from_digits(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// A Julian day and the nanoseconds of it.
fn julian(micros: i64) -> Option<Int96> {
    const DAY: i64 = 86_400_000_000;
    let day = u32::try_from(micros.div_euclid(DAY) + 2_440_588).ok()?;
    let nanos = u64::try_from(micros.rem_euclid(DAY) * 1000).ok()?;
    let mut value = Int96::new();
    value.set_data(u32::try_from(nanos & 0xffff_ffff).ok()?, u32::try_from(nanos >> 32).ok()?, day);
    Some(value)
}

/// The unscaled number, as two's complement with the highest byte first.
fn decimal(text: &str, precision: u16, scale: u16) -> Option<FixedLenByteArray> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = usize::from(scale);
    let kept = fraction.get(..scale).unwrap_or(fraction);
    let lost = fraction.get(scale..).unwrap_or_default();
    if lost.bytes().any(|digit| digit != b'0') {
        return None;
    }
    let unscaled: i128 = format!("{whole}{kept:0<scale$}").parse().ok()?;
    if unscaled >= 10_i128.checked_pow(u32::from(precision))? {
        return None;
    }
    let unscaled = if negative { -unscaled } else { unscaled };
    let bytes = unscaled.to_be_bytes();
    let length = usize::try_from(decimal_bytes(precision)).ok()?;
    Some(FixedLenByteArray::from(bytes.get(bytes.len() - length..)?.to_vec()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::columnar::{ColumnarRows as _, FileBytes, Ticks};
    use crate::parquet::ParquetReader;

    struct Memory(Bytes);

    impl FileBytes for Memory {
        fn length(&self) -> u64 {
            self.0.len() as u64
        }

        fn read(&self, start: u64, length: u64) -> std::io::Result<Bytes> {
            let range = usize::try_from(start).unwrap()..usize::try_from(start + length).unwrap();
            Ok(self.0.slice(range))
        }
    }

    /// Columns, and the values of a row in each.
    fn columns() -> Vec<(&'static str, ColumnKind, &'static str)> {
        vec![
            ("b", ColumnKind::Boolean, "t"),
            ("i", ColumnKind::Int32, "-2147483648"),
            ("l", ColumnKind::Int64, "9223372036854775807"),
            ("f", ColumnKind::Float, "1.5e0"),
            ("d", ColumnKind::Double, "-1e300"),
            ("n", ColumnKind::Decimal { precision: 18, scale: 2 }, "-1234567890123456.78"),
            ("m", ColumnKind::Decimal { precision: 38, scale: 0 }, "99999999999999999999999999999999999999"),
            ("s", ColumnKind::Decimal { precision: 3, scale: 3 }, "0.001"),
            ("day", ColumnKind::Date, "2024-02-29"),
            ("at", ColumnKind::Timestamp(Ticks::Julian), "1969-12-31 23:59:59.999999"),
            ("t", ColumnKind::Time(Ticks::Micros), "23:59:59.500000"),
            ("v", ColumnKind::Text, "a\u{e9}\t\n"),
            ("j", ColumnKind::Nested, "{\"a\": [1]}"),
            ("x", ColumnKind::Bytes, "6162"),
        ]
    }

    fn file(rows: usize, row_group: usize) -> Bytes {
        let columns = columns();
        let schema: Vec<_> = columns.iter().map(|(name, kind, _)| ((*name).to_owned(), *kind)).collect();
        let mut writer = ParquetWriter::new(&schema, row_group).unwrap();
        let mut bytes = Vec::new();
        for row in 0..rows {
            for (index, (.., value)) in columns.iter().enumerate() {
                writer.value(index, (row % 3 != 1).then_some(value.as_bytes())).unwrap();
            }
            writer.end_row().unwrap();
            bytes.extend(writer.take().unwrap());
        }
        writer.finish().unwrap();
        bytes.extend(writer.take().unwrap());
        bytes.into()
    }

    #[test]
    fn rows_go_round() {
        for (rows, row_group) in [(1, 1000), (5000, 100_000), (4, 1)] {
            let reader = ParquetReader::open(Memory(file(rows, row_group))).unwrap();
            let mut seen = 0;
            for group in reader.row_groups() {
                let mut group = group.unwrap();
                while group.next_row().unwrap() {
                    for (index, (name, _, value)) in columns().iter().enumerate() {
                        let mut out = Vec::new();
                        let present = group.write_value(index, &mut out).unwrap();
                        assert_eq!(present, seen % 3 != 1, "{name} of row {seen}");
                        if present {
                            // Bytes are read as they are.
                            let value = if *name == "x" { "ab" } else { *value };
                            assert_eq!(String::from_utf8(out).unwrap(), value, "{name} of row {seen}");
                        }
                    }
                    seen += 1;
                }
            }
            assert_eq!(seen, rows);
        }
    }

    /// `id`, and a list of numbers, as other writers make them.
    fn nested_file() -> Bytes {
        let schema = "message m { required int64 id; optional group tags (LIST) { repeated group list { \
            optional int32 element; } } }";
        let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        for _ in 0..2 {
            let mut group = writer.next_row_group().unwrap();
            let mut id = group.next_column().unwrap().unwrap();
            id.typed::<Int64Type>().write_batch(&[1, 2, 3], None, None).unwrap();
            id.close().unwrap();
            let mut tags = group.next_column().unwrap().unwrap();
            let (defined, repeated) = ([3, 3, 0, 1], [0, 1, 0, 0]);
            tags.typed::<Int32Type>().write_batch(&[7, 8], Some(&defined), Some(&repeated)).unwrap();
            tags.close().unwrap();
            group.close().unwrap();
        }
        writer.into_inner().unwrap().into()
    }

    #[test]
    fn nested_values_are_json() {
        let reader = ParquetReader::open(Memory(nested_file())).unwrap();
        let mut shown = Vec::new();
        for group in reader.row_groups() {
            let mut group = group.unwrap();
            while group.next_row().unwrap() {
                let (mut id, mut tags) = (Vec::new(), Vec::new());
                group.write_value(0, &mut id).unwrap();
                let present = group.write_value(1, &mut tags).unwrap();
                shown.push(format!("{}/{present}/{}", id.escape_ascii(), String::from_utf8(tags).unwrap()));
            }
        }
        let rows = ["1/true/[7,8]", "2/false/", "3/true/[]"];
        assert_eq!(shown, [rows, rows].concat());
    }

    #[test]
    fn schemas_are_told() {
        let reader = ParquetReader::open(Memory(file(1, 1000))).unwrap();
        let shown: Vec<_> = reader.columns().iter().map(|column| column.schema.as_str()).collect();
        assert_eq!(shown[..3], ["optional boolean b", "optional int32 i", "optional int64 l"]);
        assert_eq!(reader.columns()[5].kind, ColumnKind::Decimal { precision: 18, scale: 2 });
        assert_eq!(shown[5], "optional fixed_len_byte_array n");
        assert_eq!((decimal_bytes(18), decimal_bytes(38), decimal_bytes(2)), (8, 16, 1));
    }

    #[test]
    fn damaged_files_are_refused() {
        let whole = file(10, 1000);
        for bytes in [Bytes::new(), Bytes::from_static(b"1|a\n"), whole.slice(..whole.len() - 1)] {
            assert!(ParquetReader::open(Memory(bytes)).is_err());
        }
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        let numeric = ColumnKind::Decimal { precision: 3, scale: 1 };
        for (kind, value) in [
            (numeric, "1000"),
            (numeric, "1.23"),
            (numeric, "NaN"),
            (ColumnKind::Date, "infinity"),
            (ColumnKind::Int32, "2147483648"),
        ] {
            let mut writer = ParquetWriter::new(&[("c".to_owned(), kind)], 1000).unwrap();
            assert!(writer.value(0, Some(value.as_bytes())).is_err(), "{value}");
        }
    }
}
