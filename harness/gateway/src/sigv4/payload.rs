//! What the signature says of the body, and a body that is held to it.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use sha2::{Digest, Sha256};

use crate::service::{Body, BodyError};

/// The value of `x-amz-content-sha256`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PayloadHash {
    /// The hash of the whole body, in hex.
    Sha256(String),
    /// `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: `aws-chunked` framing, checksum in a trailer.
    UnsignedChunksWithTrailer,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: `aws-chunked` framing, each chunk signed.
    SignedChunks,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: the same, with signed trailers.
    SignedChunksWithTrailer,
}

impl PayloadHash {
    /// Parses the header; the error names what is not offered.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "UNSIGNED-PAYLOAD" => Ok(Self::Unsigned),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Ok(Self::UnsignedChunksWithTrailer),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Ok(Self::SignedChunks),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Ok(Self::SignedChunksWithTrailer),
            hash if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Ok(Self::Sha256(hash.to_owned()))
            }
            other => Err(other.to_owned()),
        }
    }

    /// The text that the canonical request ends with.
    pub(crate) fn as_signed(&self) -> &str {
        match self {
            Self::Sha256(hash) => hash,
            Self::Unsigned => "UNSIGNED-PAYLOAD",
            Self::UnsignedChunksWithTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            Self::SignedChunks => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedChunksWithTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        }
    }
}

/// A body that ends in an error when its hash is not the signed one.
pub(crate) struct VerifiedBody {
    inner: Body,
    hasher: Option<Sha256>,
    expected: String,
}

impl VerifiedBody {
    pub(crate) fn new(inner: Body, expected: String) -> Self {
        Self { inner, hasher: Some(Sha256::new()), expected }
    }

    fn finish(&mut self) -> Option<Result<Frame<Bytes>, BodyError>> {
        let actual = hex::encode(self.hasher.take()?.finalize());
        (!actual.eq_ignore_ascii_case(&self.expected)).then_some(Err(BodyError::Sha256Mismatch))
    }
}

impl HttpBody for VerifiedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if frame.is_none() {
            return Poll::Ready(self.finish());
        }
        if let (Some(Ok(frame)), Some(hasher)) = (&frame, &mut self.hasher)
            && let Some(data) = frame.data_ref()
        {
            hasher.update(data);
        }
        Poll::Ready(frame)
    }
}
