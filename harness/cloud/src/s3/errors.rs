//! The texts of S3's refusals, once (documented: the S3 API reference, "List of error codes").

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_RANGE, ETAG, LAST_MODIFIED},
};
use linchpin_gateway::AwsError;
use s3s::{
    S3Error, S3ErrorCode,
    dto::{Timestamp, TimestampFormat},
};

/// Ours, for a code of which no text is known.
const NO_MESSAGE: &str = "The request was refused.";

/// A refusal with S3's own text.
pub(super) fn refuse(code: S3ErrorCode) -> S3Error {
    let message = message(&code);
    S3Error::with_message(code, message)
}

/// S3's own text of a code that `s3s` gave without one.
pub(super) fn message_of(code: &str) -> &'static str {
    S3ErrorCode::from_bytes(code.as_bytes()).map_or(NO_MESSAGE, |code| message(&code))
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

/// Known: S3's reasons against a bucket policy.
pub(super) const POLICY_ACTION: &str = "Policy has invalid action";
pub(super) const POLICY_RESOURCE: &str = "Policy has invalid resource";
pub(super) const POLICY_LEVEL: &str = "Action does not apply to any resource(s) in statement";
pub(super) const POLICY_CONDITION: &str =
    "Conditions do not apply to combination of actions and resources in statement";
pub(super) const POLICY_KEY: &str = "Policy has an invalid condition key";
/// Documented is the limit, the words are inferred.
pub(super) const POLICY_SIZE: &str = "Policy exceeds the maximum allowed document size of 20 KB";

pub(super) fn malformed_policy(reason: impl Into<Cow<'static, str>>) -> S3Error {
    S3Error::with_message(S3ErrorCode::MalformedPolicy, reason)
}

/// A code that `s3s` does not know.
fn custom(code: &'static str, status: StatusCode, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

/// A refusal that the road words.
pub(super) fn of_the_road(error: &AwsError) -> S3Error {
    let mut refused = S3Error::with_message(code_of(&error.code), error.message.clone());
    refused.set_status_code(error.status);
    refused
}

fn code_of(code: &str) -> S3ErrorCode {
    S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or_else(|| S3ErrorCode::Custom(code.to_owned().into()))
}

/// Documented.
pub(super) fn malformed_trailer() -> S3Error {
    custom(
        "MalformedTrailerError",
        StatusCode::BAD_REQUEST,
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    )
}

/// Documented.
pub(super) fn no_public_access_block() -> S3Error {
    custom(
        "NoSuchPublicAccessBlockConfiguration",
        StatusCode::NOT_FOUND,
        "The public access block configuration was not found",
    )
}

/// Known: what a bucket that blocks public policies says of one.
pub(crate) fn public_policy_blocked(caller: &str, bucket: &str) -> String {
    format!(
        "User: {caller} is not authorized to perform: s3:PutBucketPolicy on resource: \"{bucket}\" because public \
         policies are blocked by the BlockPublicPolicy block public access setting."
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

/// Documented (RFC 9110): what a cache needs stands with it.
pub(super) fn not_modified(etag: &str, modified: &Timestamp) -> S3Error {
    let mut error = refuse(S3ErrorCode::NotModified);
    let mut date = Vec::new();
    // Writing to memory does not fail.
    let _ = modified.format(TimestampFormat::HttpDate, &mut date);
    let mut headers = HeaderMap::new();
    if let (Ok(etag), Ok(date)) =
        (HeaderValue::from_str(&format!("\"{etag}\"")), HeaderValue::from_bytes(&date))
    {
        headers.insert(ETAG, etag);
        headers.insert(LAST_MODIFIED, date);
    }
    error.set_headers(headers);
    error
}

/// A range that no byte of the object lies in; the header tells the object's size (documented: RFC 9110).
pub(super) fn invalid_range(size: u64) -> S3Error {
    let mut error = refuse(S3ErrorCode::InvalidRange);
    let mut headers = HeaderMap::new();
    if let Ok(size) = HeaderValue::from_str(&format!("bytes */{size}")) {
        headers.insert(CONTENT_RANGE, size);
    }
    error.set_headers(headers);
    error
}

fn bad_request(code: &str, message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, code, message)
}

fn argument(name: &str, value: &str, message: impl Into<String>) -> AwsError {
    bad_request("InvalidArgument", message).with("ArgumentName", name).with("ArgumentValue", value)
}

/// Known.
pub(super) fn no_number(name: &str, value: &str) -> AwsError {
    argument(name, value, format!("Provided {name} not an integer or within integer range"))
}

/// Known for `max-keys`, inferred for its kin.
pub(super) fn negative_number(name: &str, value: &str) -> AwsError {
    let (first, second) = name.split_once('-').unwrap_or((name, ""));
    let (head, tail) = second.split_at_checked(1).unwrap_or_default();
    let name = format!("{first}{}{tail}", head.to_ascii_uppercase());
    argument(&name, value, format!("Argument {name} must be an integer between 0 and 2147483647"))
}

/// Known.
pub(super) fn invalid_encoding_type(value: &str) -> AwsError {
    argument("encoding-type", value, "Invalid Encoding Method specified in Request")
}

/// Inferred.
pub(super) fn invalid_list_type(value: &str) -> AwsError {
    argument("list-type", value, "Invalid List Type specified in Request")
}

/// Known.
pub(super) fn incorrect_token(value: &str) -> AwsError {
    argument("continuation-token", value, "The continuation token provided is incorrect")
}

/// Documented.
pub(super) fn entity_too_large(size: u64, most: u64) -> AwsError {
    bad_request("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
        .with("ProposedSize", size.to_string())
        .with("MaxSizeAllowed", most.to_string())
}

/// Documented.
pub(super) fn metadata_too_large(size: usize, most: usize) -> AwsError {
    bad_request("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
        .with("Size", size.to_string())
        .with("MaxSizeAllowed", most.to_string())
}

pub(super) fn bad_digest() -> AwsError {
    bad_request("BadDigest", message(&S3ErrorCode::BadDigest))
}

pub(super) fn invalid_digest() -> AwsError {
    bad_request("InvalidDigest", message(&S3ErrorCode::InvalidDigest))
}

/// Documented: the text names the algorithm.
pub(super) fn bad_document_checksum(algorithm: &str) -> AwsError {
    bad_request("BadDigest", bad_checksum(algorithm))
}

/// Documented: the text names the algorithm.
pub(super) fn bad_checksum(algorithm: &str) -> String {
    format!("The {algorithm} you specified did not match the calculated checksum.")
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
        S3ErrorCode::RequestTimeout => {
            "Your socket connection to the server was not read from or written to within the timeout period. Idle \
             connections will be closed."
        }
        S3ErrorCode::InvalidDigest => "The Content-MD5 you specified was invalid",
        S3ErrorCode::InvalidObjectState => "The operation is not valid for the object's storage class",
        S3ErrorCode::InvalidStorageClass => "The storage class you specified is not valid",
        S3ErrorCode::InvalidURI => linchpin_gateway::UNPARSABLE_URI,
        S3ErrorCode::MalformedXML => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
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
        S3ErrorCode::InvalidLocationConstraint => "The specified location-constraint is not valid",
        S3ErrorCode::KeyTooLongError => "Your key is too long",
        S3ErrorCode::InvalidBucketName => "The specified bucket is not valid.",
        S3ErrorCode::NotModified => "Not Modified",
        S3ErrorCode::PreconditionFailed => "At least one of the pre-conditions you specified did not hold",
        _ => NO_MESSAGE,
    }
}
