//! UNLOAD to S3: parse -> plan -> execute.

mod encode;
mod execute;
mod manifest;
mod parse;
mod partition;
mod query;
mod rows;
mod slice;
mod upload;

pub(crate) use encode::EncodeError;
pub(crate) use execute::{UnloadError, run};
#[cfg(test)]
pub(crate) use parse::VOCABULARY as UNLOAD_VOCABULARY;
pub(crate) use parse::{UnloadParseError, UnloadStatement};
pub(crate) use partition::PartitionError;
pub(crate) use slice::SliceError;
pub(crate) use upload::UploadError;
