//! What the columns of a Parquet file hold.

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::schema::types::{ColumnDescriptor, Type};

use crate::columnar::{ColumnKind, FileColumn, Ticks};

/// The column that `field` is; `first` is the first of its leaves.
pub(super) fn column(field: &Type, first: &ColumnDescriptor) -> FileColumn {
    let flat = field.is_primitive()
        && first.max_rep_level() == 0
        && field.get_basic_info().repetition() != Repetition::REPEATED;
    let kind = if flat { kind(first) } else { ColumnKind::Nested };
    let repetition = format!("{:?}", field.get_basic_info().repetition()).to_lowercase();
    let word = if flat { format!("{:?}", first.physical_type()).to_lowercase() } else { "group".to_owned() };
    let schema = format!("{repetition} {word} {}", field.name());
    FileColumn { name: field.name().to_owned(), kind, schema }
}

fn kind(column: &ColumnDescriptor) -> ColumnKind {
    let (physical, logical) = (column.physical_type(), column.logical_type_ref());
    let decimal =
        matches!(logical, Some(LogicalType::Decimal(_))) || column.converted_type() == ConvertedType::DECIMAL;
    if decimal {
        let part = |value: i32| u16::try_from(value).unwrap_or_default();
        let (precision, scale) = (part(column.type_precision()), part(column.type_scale()));
        return ColumnKind::Decimal { precision, scale };
    }
    match physical {
        Physical::BOOLEAN => ColumnKind::Boolean,
        Physical::INT32 => int32(column),
        Physical::INT64 => int64(column),
        Physical::INT96 => ColumnKind::Timestamp(Ticks::Julian),
        Physical::FLOAT => ColumnKind::Float,
        Physical::DOUBLE => ColumnKind::Double,
        Physical::BYTE_ARRAY => ColumnKind::Text,
        Physical::FIXED_LEN_BYTE_ARRAY => ColumnKind::Other,
    }
}

fn int32(column: &ColumnDescriptor) -> ColumnKind {
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => ColumnKind::Date,
        (Some(LogicalType::Time(_)), _) | (None, ConvertedType::TIME_MILLIS) => {
            ColumnKind::Time(Ticks::Millis)
        }
        (Some(LogicalType::Integer(kind)), _) if !kind.is_signed => ColumnKind::Other,
        (None, ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32) => ColumnKind::Other,
        _ => ColumnKind::Int32,
    }
}

fn int64(column: &ColumnDescriptor) -> ColumnKind {
    let ticks = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => Ticks::Millis,
        TimeUnit::MICROS => Ticks::Micros,
        _ => Ticks::Nanos,
    };
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Timestamp(kind)), _) => ColumnKind::Timestamp(ticks(&kind.unit)),
        (None, ConvertedType::TIMESTAMP_MILLIS) => ColumnKind::Timestamp(Ticks::Millis),
        (None, ConvertedType::TIMESTAMP_MICROS) => ColumnKind::Timestamp(Ticks::Micros),
        (Some(LogicalType::Time(kind)), _) => ColumnKind::Time(ticks(&kind.unit)),
        (None, ConvertedType::TIME_MICROS) => ColumnKind::Time(Ticks::Micros),
        (Some(LogicalType::Integer(kind)), _) if !kind.is_signed => ColumnKind::Other,
        (None, ConvertedType::UINT_64) => ColumnKind::Other,
        _ => ColumnKind::Int64,
    }
}
