//! AWS Security Token Service.

mod assume_role;
mod caller_identity;
mod credentials;
mod errors;
mod service;
mod session_token;

pub(crate) use assume_role::Assumed;
pub use service::Sts;
