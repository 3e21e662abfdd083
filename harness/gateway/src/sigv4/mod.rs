//! Signature Version 4: who signed a request, and whether they did.

mod authorization;
mod canonical;
mod chunked;
mod payload;
mod presigned;
mod signature;

pub(crate) use authorization::{Authorization, CredentialScope};
pub(crate) use canonical::canonical_request;
pub use chunked::Trailers;
pub(crate) use chunked::{ChunkChain, ChunkedBody};
pub(crate) use payload::{PayloadHash, VerifiedBody};
pub(crate) use presigned::{Presigned, take_signature};
pub(crate) use signature::{Signer, amz_date, amz_date_of, parse_amz_date};
