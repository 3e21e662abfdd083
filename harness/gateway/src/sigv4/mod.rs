//! Signature Version 4: who signed a request, and whether they did.

mod authorization;
mod canonical;
mod chunked;
mod payload;
mod signature;

pub(crate) use authorization::{Authorization, CredentialScope};
pub(crate) use canonical::canonical_request;
pub(crate) use chunked::ChunkedBody;
pub use chunked::Trailers;
pub(crate) use payload::{PayloadHash, VerifiedBody};
pub(crate) use signature::{parse_amz_date, signature_of};
