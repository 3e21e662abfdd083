//! AWS Security Token Service.

mod assume_role;
mod caller_identity;
mod credentials;
mod errors;
mod service;
mod session_token;

pub use service::Sts;
