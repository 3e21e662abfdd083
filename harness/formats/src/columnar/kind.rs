//! What the columns of a columnar file hold.

/// A column at the top of a file's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Its type as the format writes schemas: `optional int32 name` in Parquet, `INTEGER` in ORC.
    pub schema: String,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// `true` and `false`.
    Boolean,
    /// At most 32 bits, signed.
    Int32,
    /// 64 bits, signed.
    Int64,
    /// Single precision.
    Float,
    /// Double precision.
    Double,
    /// Decimal digits.
    Decimal {
        /// How many.
        precision: u16,
        /// How many of them after the point.
        scale: u16,
    },
    /// Days since 1970.
    Date,
    /// Microseconds of a day.
    Time(Ticks),
    /// An instant.
    Timestamp(Ticks),
    /// UTF-8, or bytes of no told meaning.
    Text,
    /// Bytes that are no text; written as hexadecimal digits.
    Bytes,
    /// A group, a list or a map; written as JSON text.
    Nested,
    /// Anything else.
    Other,
}

/// The unit of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticks {
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
    /// A Julian day and nanoseconds of it, in 96 bits.
    Julian,
}
