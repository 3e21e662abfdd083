//! The digests that a call must come with.

use http::request::Parts;

use crate::{AwsError, sigv4::Trailers, texts};

/// The headers, or trailers, of the checksums that S3 computes (documented: "Checking object integrity").
pub const CHECKSUMS: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

/// Whether a checksum is there, or is announced to come.
fn has_checksum(parts: &Parts) -> bool {
    let trailers = parts.extensions.get::<Trailers>();
    let is_announced = |name| trailers.is_some_and(|trailers| trailers.announces(name));
    CHECKSUMS.into_iter().any(|name| parts.headers.contains_key(name) || is_announced(name))
}

/// Documented (`DeleteObjects`): one of them must be there.
pub(super) fn has_digest(parts: &Parts) -> bool {
    parts.headers.contains_key("content-md5") || has_checksum(parts)
}

/// Documented: whoever names an algorithm sends its checksum too. One that S3 has not, its service refuses.
pub(super) fn check_sdk_algorithm(parts: &Parts) -> Result<(), AwsError> {
    let named = parts.headers.get("x-amz-sdk-checksum-algorithm").and_then(|name| name.to_str().ok());
    let known =
        |name: &str| CHECKSUMS.contains(&format!("x-amz-checksum-{}", name.to_ascii_lowercase()).as_str());
    match named {
        Some(name) if known(name) && !has_checksum(parts) => Err(texts::missing_checksum()),
        _ => Ok(()),
    }
}

/// Known: a trailer that is no checksum of S3's.
pub(super) fn check_trailers(announced: Option<&str>) -> Result<(), AwsError> {
    let mut names = announced.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let unknown = |name: &str| !CHECKSUMS.contains(&name.to_ascii_lowercase().as_str());
    if names.any(unknown) { Err(texts::unsupported_trailer()) } else { Ok(()) }
}
