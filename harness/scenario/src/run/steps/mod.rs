//! The steps of a flow, carried out one after another.

mod flow;
mod kms;
mod s3;
mod service_calls;
mod sessions;
mod task;

pub(crate) use flow::{Failure, service_words};
