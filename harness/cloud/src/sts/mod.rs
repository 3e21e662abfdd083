//! AWS Security Token Service.

mod assume_role;
mod caller_identity;
mod errors;
mod service;

pub use service::Sts;
