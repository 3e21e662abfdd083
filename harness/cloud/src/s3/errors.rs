//! The texts of S3's refusals, once (documented: the S3 API reference, "List of error codes").

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode};

/// A refusal with S3's own text.
pub(super) fn refuse(code: S3ErrorCode) -> S3Error {
    let message = message(&code);
    S3Error::with_message(code, message)
}

/// A refusal of a request that contradicts itself; the texts are known from S3.
pub(super) fn invalid_request(message: impl Into<Cow<'static, str>>) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidRequest, message)
}

/// A refusal of a value; the texts are known from S3.
pub(super) fn invalid_argument(message: impl Into<Cow<'static, str>>) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidArgument, message)
}

/// Known.
pub(super) fn unsupported_checksum() -> S3Error {
    invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, \
         CRC64NVME, SHA1, SHA256]",
    )
}

/// A code that `s3s` does not know.
fn custom(code: &'static str, status: StatusCode, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

/// Documented.
pub(super) fn malformed_trailer() -> S3Error {
    custom(
        "MalformedTrailerError",
        StatusCode::BAD_REQUEST,
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    )
}

/// Known.
pub(super) fn no_such_part() -> S3Error {
    custom(
        "InvalidPartNumber",
        StatusCode::RANGE_NOT_SATISFIABLE,
        "The requested partnumber is not satisfiable",
    )
}

/// Adds the headers that tell of a delete marker (documented).
pub(super) fn at_delete_marker(code: S3ErrorCode, version: &str) -> S3Error {
    let mut error = refuse(code);
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(version) = HeaderValue::from_str(version) {
        headers.insert("x-amz-version-id", version);
    }
    error.set_headers(headers);
    error
}

fn message(code: &S3ErrorCode) -> &'static str {
    match code {
        S3ErrorCode::BadDigest => "The Content-MD5 you specified did not match what we received.",
        S3ErrorCode::BucketAlreadyExists => {
            "The requested bucket name is not available. The bucket namespace is shared by all users of the \
             system. Please select a different name and try again."
        }
        S3ErrorCode::BucketAlreadyOwnedByYou => {
            "Your previous request to create the named bucket succeeded and you already own it."
        }
        S3ErrorCode::BucketNotEmpty => "The bucket you tried to delete is not empty",
        S3ErrorCode::EntityTooSmall => "Your proposed upload is smaller than the minimum allowed size",
        S3ErrorCode::IncompleteBody => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header."
        }
        S3ErrorCode::InvalidDigest => "The Content-MD5 you specified was invalid",
        S3ErrorCode::InvalidObjectState => "The operation is not valid for the object's storage class",
        S3ErrorCode::InvalidStorageClass => "The storage class you specified is not valid",
        S3ErrorCode::MethodNotAllowed => "The specified method is not allowed against this resource.",
        S3ErrorCode::NoSuchVersion => "The specified version does not exist.",
        S3ErrorCode::InvalidPart => {
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the \
             specified entity tag may not match the part's entity tag."
        }
        S3ErrorCode::InvalidPartOrder => {
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        }
        S3ErrorCode::InvalidRange => "The requested range is not satisfiable",
        S3ErrorCode::NoSuchBucket => "The specified bucket does not exist",
        S3ErrorCode::NoSuchBucketPolicy => "The bucket policy does not exist",
        S3ErrorCode::NoSuchKey => "The specified key does not exist.",
        S3ErrorCode::NoSuchUpload => {
            "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have \
             been aborted or completed."
        }
        S3ErrorCode::NotModified => "Not Modified",
        S3ErrorCode::PreconditionFailed => "At least one of the pre-conditions you specified did not hold",
        _ => "The request was refused.",
    }
}
