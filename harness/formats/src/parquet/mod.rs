//! Parquet: columns of row groups, read through ranges of the file and written by row group.

mod calendar;
mod column;
mod kind;
mod reader;
mod source;
mod writer;

pub use kind::{ColumnKind, ParquetColumn, Ticks};
pub use reader::{ParquetError, ParquetReader, ParquetRows};
pub use source::FileBytes;
pub use writer::{ParquetWriteError, ParquetWriter};
