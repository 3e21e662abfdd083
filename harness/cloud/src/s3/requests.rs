//! What a request must be like before its operation looks at it: list parameters, sizes, the digests of documents.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, request::Parts};
use http_body_util::{BodyExt, Full};
use linchpin_gateway::{AsSent, AwsError, Body, read_whole};
use md5::{Digest, Md5};

use super::{
    checksums::{Algorithm, Sum},
    errors,
    listing::Token,
};

/// Documented: the most bytes of one upload, and of the metadata that a user gives an object.
const LARGEST_UPLOAD: u64 = 5 * 1024 * 1024 * 1024;
const LARGEST_METADATA: usize = 2 * 1024;

/// The operations whose body is a small document; the digest in `CompleteMultipartUpload` is of the object.
const OF_DOCUMENTS: [&str; 7] = [
    "CreateBucket",
    "DeleteObjects",
    "PutBucketEncryption",
    "PutBucketPolicy",
    "PutBucketVersioning",
    "PutObjectTagging",
    "PutPublicAccessBlock",
];

/// Refuses what is out of bounds, and hands the body on.
pub(super) async fn checked(operation: &str, parts: &Parts, body: Body) -> Result<Body, AwsError> {
    check_parameters(parts.uri.query().unwrap_or_default())?;
    check_sizes(operation, &parts.headers)?;
    if !OF_DOCUMENTS.contains(&operation) {
        return Ok(body);
    }
    let bytes = read_whole(body).await?;
    let sent = parts.extensions.get::<AsSent>().map_or(&bytes, |AsSent(sent)| sent);
    check_digests(&parts.headers, sent)?;
    Ok(Full::from(bytes).map_err(|never| match never {}).boxed_unsync())
}

fn check_parameters(query: &str) -> Result<(), AwsError> {
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "max-keys" | "max-parts" | "max-uploads" => check_number(&name, &value)?,
            "encoding-type" if value != "url" => return Err(errors::invalid_encoding_type(&value)),
            "list-type" if value != "2" => return Err(errors::invalid_list_type(&value)),
            "continuation-token" if Token::read(&value).is_none() => {
                return Err(errors::incorrect_token(&value));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_number(name: &str, value: &str) -> Result<(), AwsError> {
    match value.parse::<i32>() {
        Ok(number) if number >= 0 => Ok(()),
        Ok(_) => Err(errors::negative_number(name, value)),
        Err(_) => Err(errors::no_number(name, value)),
    }
}

fn check_sizes(operation: &str, headers: &HeaderMap) -> Result<(), AwsError> {
    let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) if ["PutObject", "UploadPart"].contains(&operation) && length > LARGEST_UPLOAD => {
            return Err(errors::entity_too_large(length, LARGEST_UPLOAD));
        }
        _ => {}
    }
    let metadata = headers
        .iter()
        .filter_map(|(name, value)| Some(name.as_str().strip_prefix("x-amz-meta-")?.len() + value.len()));
    let size: usize = metadata.sum();
    if size > LARGEST_METADATA { Err(errors::metadata_too_large(size, LARGEST_METADATA)) } else { Ok(()) }
}

fn check_digests(headers: &HeaderMap, body: &Bytes) -> Result<(), AwsError> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(given) = text("content-md5") {
        let digest: [u8; 16] = Md5::digest(body).into();
        match BASE64_STANDARD.decode(given) {
            Ok(given) if given == digest => {}
            Ok(given) if given.len() == digest.len() => return Err(errors::bad_digest()),
            Ok(_) | Err(_) => return Err(errors::invalid_digest()),
        }
    }
    for algorithm in Algorithm::ALL {
        let Some(given) = text(&algorithm.header()) else { continue };
        let mut hasher = algorithm.hasher();
        hasher.update(body);
        if Sum::of(algorithm, hasher).value != given {
            return Err(errors::bad_document_checksum(algorithm.name()));
        }
    }
    Ok(())
}
