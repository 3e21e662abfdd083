//! COPY from S3: parse -> plan -> execute.

mod convert;
mod datetime;
mod decimal;
mod execute;
mod load_error;
mod mapping;
mod parquet;
mod parse;
mod plan;
mod record;
mod rows;
mod source;
mod vocabulary;
mod worker;

pub(crate) use execute::{CopyError, run};
pub(crate) use mapping::MappingError;
pub(crate) use parquet::ScanError;
pub(crate) use parse::{CopyParseError, CopyStatement};
pub(crate) use plan::PlanError;
pub(crate) use source::SourceError;
#[cfg(test)]
pub(crate) use vocabulary::VOCABULARY as COPY_VOCABULARY;
pub(crate) use worker::ReadError;
