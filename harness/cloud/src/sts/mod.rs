//! AWS Security Token Service.

mod assume_role;
mod caller_identity;
mod credentials;
mod errors;
mod federation_token;
mod service;
mod session_token;
mod web_identity;

pub(crate) use assume_role::Assumed;
pub use service::Sts;
