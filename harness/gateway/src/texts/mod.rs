//! Every error text that the road itself answers with, once, with its source.

mod denied;
mod keys;
mod objects;
mod requests;
mod tokens;

pub(crate) use denied::{Refused, access_denied, foreign_key_refused};
pub use keys::invalid_grant_token;
pub(crate) use keys::*;
pub(crate) use objects::*;
pub(crate) use requests::*;
pub use requests::{UNPARSABLE_URI, invalid_role_arn};
pub(crate) use tokens::*;
