//! Parquet: columns of row groups, read through ranges of the file and written by row group.

mod column;
mod kind;
mod reader;
mod source;
mod writer;

pub use reader::{ParquetError, ParquetReader, ParquetRows};
pub use writer::{ParquetWriteError, ParquetWriter};
