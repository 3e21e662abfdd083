//! A client of AWS's query protocol (IAM, STS, Redshift's control plane): signed forms out, XML back. It knows no operation.

mod answer;
mod client;
#[cfg(test)]
mod fuzz_tests;

pub use answer::Answer;
pub use client::{QueryClient, QueryError, QueryService};
