//! What the road says of S3's bodies, checksums and encryption.

use http::StatusCode;

use crate::AwsError;

fn invalid_request(message: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidRequest", message)
}

/// Known.
pub(crate) fn missing_content_md5() -> AwsError {
    invalid_request("Missing required header for this request: Content-MD5")
}

/// Known: an algorithm that is named without its checksum.
pub(crate) fn missing_checksum() -> AwsError {
    invalid_request(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were \
         found.",
    )
}

/// Known.
pub(crate) fn unsupported_trailer() -> AwsError {
    invalid_request("The value specified in the x-amz-trailer header is not supported")
}

/// Documented is the least size of a chunk ("Transferring payload in multiple chunks"), known are code and text.
pub(crate) fn chunk_too_small() -> AwsError {
    AwsError::new(
        StatusCode::FORBIDDEN,
        "InvalidChunkSizeError",
        "Only the last chunk is allowed to have a size less than 8192 bytes",
    )
}

/// Documented ("List of error codes"), the text from memory: no way to encrypt is called so.
pub(crate) fn unknown_encryption() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidEncryptionAlgorithmError",
        "The encryption request you specified is not valid. Supported value: AES256.",
    )
}

/// Known: chunks come with the length of their data.
pub(crate) fn missing_content_length() -> AwsError {
    AwsError::new(
        StatusCode::LENGTH_REQUIRED,
        "MissingContentLength",
        "You must provide the Content-Length HTTP header.",
    )
}

/// Known: S3's signed calls say what their body is.
pub(crate) fn missing_content_hash() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        "Missing required header for this request: x-amz-content-sha256",
    )
}

/// Known: `x-amz-content-sha256` is neither a hash nor one of the modes.
pub(crate) fn invalid_content_hash(given: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidArgument",
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
         STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
    )
    .with("ArgumentName", "x-amz-content-sha256")
    .with("ArgumentValue", given)
}

/// Documented: the body's hash is not the signed one.
pub(crate) fn payload_mismatch() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}

/// Known: a body that ends early or is broken.
pub(crate) fn incomplete_body(detail: &str) -> AwsError {
    let text = format!("The request body could not be read: {detail}");
    AwsError::new(StatusCode::BAD_REQUEST, "IncompleteBody", text)
}
