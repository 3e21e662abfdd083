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
pub(crate) use caller_identity::user_id;
pub use service::Sts;
