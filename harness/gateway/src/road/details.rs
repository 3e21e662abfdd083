//! What S3's error documents tell of the request that was refused (known: the elements that each code adds).

use http::{HeaderMap, request::Parts};

use super::uploads::upload_id;
use crate::{AwsError, classify::S3Address};

/// The conditions of a call, in the order in which they are judged, as errors spell them.
const CONDITIONS: [(&str, &str); 7] = [
    ("if-match", "If-Match"),
    ("if-unmodified-since", "If-Unmodified-Since"),
    ("if-none-match", "If-None-Match"),
    ("x-amz-copy-source-if-match", "x-amz-copy-source-If-Match"),
    ("x-amz-copy-source-if-unmodified-since", "x-amz-copy-source-If-Unmodified-Since"),
    ("x-amz-copy-source-if-none-match", "x-amz-copy-source-If-None-Match"),
    ("x-amz-copy-source-if-modified-since", "x-amz-copy-source-If-Modified-Since"),
];

/// The refusal with what the request itself holds, and the object that it is about.
pub(super) fn told(error: AwsError, parts: &Parts, object: &S3Address) -> AwsError {
    let details = match error.code.as_str() {
        "NoSuchKey" => vec![("Key", object.key.clone())],
        "NoSuchVersion" => vec![("Key", object.key.clone()), ("VersionId", object.version.clone())],
        "NoSuchUpload" => vec![("UploadId", upload_id(parts))],
        "PreconditionFailed" => vec![("Condition", condition(&parts.headers))],
        "InvalidRange" => vec![("RangeRequested", range(&parts.headers))],
        _ => Vec::new(),
    };
    details.into_iter().fold(error, |error, (name, value)| match value {
        Some(value) if !error.fields.iter().any(|(known, _)| *known == name) => error.with(name, value),
        _ => error,
    })
}

fn condition(headers: &HeaderMap) -> Option<String> {
    let given = CONDITIONS.into_iter().find(|(name, _)| headers.contains_key(*name));
    given.map(|(_, told)| told.to_owned())
}

fn range(headers: &HeaderMap) -> Option<String> {
    headers.get("range")?.to_str().ok().map(str::to_owned)
}
