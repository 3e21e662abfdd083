//! What columnar formats share: files that are read at any place, columns, and values as text.

mod calendar;
mod decimal;
mod file;
mod kind;

pub(crate) use calendar::{parse_date, parse_time, parse_timestamp, write_date, write_time, write_timestamp};
pub(crate) use decimal::write_decimal;
pub use file::{ColumnarRows, FileBytes};
pub use kind::{ColumnKind, FileColumn, Ticks};
