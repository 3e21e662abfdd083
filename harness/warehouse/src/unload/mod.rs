//! UNLOAD to S3: parse -> plan -> execute.

mod execute;
mod manifest;
mod parse;
mod rows;
mod upload;

pub(crate) use execute::{UnloadError, run};
pub(crate) use parse::{UnloadParseError, UnloadStatement};
pub(crate) use upload::UploadError;
