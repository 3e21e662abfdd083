//! Every error text that the road itself answers with, once, with its source.

mod denied;
mod objects;
mod requests;
mod tokens;

pub(crate) use denied::{Refused, access_denied, foreign_key_refused};
pub(crate) use objects::*;
pub use requests::invalid_grant_token;
pub(crate) use requests::*;
pub(crate) use tokens::*;
