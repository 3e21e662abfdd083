//! Parquet and ORC objects, read at any place of them.

mod file;
mod scan;

pub(crate) use scan::{ScanError, read};
