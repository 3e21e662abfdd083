//! COPY from S3: parse -> plan -> execute.

mod columnar;
mod convert;
mod datetime;
mod decimal;
mod execute;
mod load_error;
mod mapping;
mod parse;
mod plan;
mod recognition;
mod record;
mod rows;
mod source;
mod vocabulary;
mod worker;

pub(crate) use columnar::ScanError;
pub(crate) use execute::{CopyError, run};
#[cfg(test)]
pub(crate) use load_error::{ERROR_CODES, NEVER_GIVEN};
pub(crate) use mapping::MappingError;
pub(crate) use parse::{Columnar, CopyParseError, CopyStatement};
pub(crate) use plan::PlanError;
pub(crate) use source::SourceError;
#[cfg(test)]
pub(crate) use vocabulary::{VOCABULARY as COPY_VOCABULARY, WITH_COLUMNAR};
pub(crate) use worker::ReadError;
