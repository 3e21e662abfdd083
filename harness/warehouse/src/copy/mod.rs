//! COPY from S3: parse -> plan -> execute.

mod convert;
mod datetime;
mod decimal;
mod execute;
mod load_error;
mod parse;
mod plan;
mod source;
mod worker;

pub(crate) use execute::{CopyError, run};
pub(crate) use parse::{CopyParseError, CopyStatement};
pub(crate) use plan::PlanError;
pub(crate) use source::SourceError;
pub(crate) use worker::ReadError;
