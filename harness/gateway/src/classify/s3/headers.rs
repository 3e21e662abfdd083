//! The headers that are carried out, by operation.

use http::{HeaderMap, HeaderValue};

use crate::{AwsError, texts};

/// What makes `PutObject` and `UploadPart` copies.
pub(super) const COPY_SOURCE: &str = "x-amz-copy-source";

/// `x-amz-` headers that every call may have.
const OF_ALL: &[&str] = &[
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-trailer",
    "x-amz-user-agent",
    "x-amz-checksum-mode",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

const ALGORITHM: &str = "x-amz-server-side-encryption";

/// Every way of S3's to encrypt (documented); the first two are offered.
const ALGORITHMS: [&str; 4] = ["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx"];

/// How a new object is to be encrypted.
const ENCRYPTION: [&str; 4] = [
    ALGORITHM,
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-context",
];

/// The operations that take them.
const ENCRYPTING: [&str; 3] = ["PutObject", "CopyObject", "CreateMultipartUpload"];

/// Headers of calls that make an object.
const NEW_OBJECT: &[&str] = &[
    "x-amz-acl",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write-acp",
    "x-amz-storage-class",
    "x-amz-tagging",
];

const FROM_SOURCE: &[&str] = &[
    COPY_SOURCE,
    "x-amz-copy-source-if-match",
    "x-amz-copy-source-if-modified-since",
    "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-unmodified-since",
    "x-amz-source-expected-bucket-owner",
];

/// Preconditions, each with the operations that judge it: they change what a call does.
const CONDITIONS: [(&str, &[&str]); 4] = [
    (
        "if-match",
        &["GetObject", "HeadObject", "PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject"],
    ),
    ("if-none-match", &["GetObject", "HeadObject", "PutObject", "CopyObject", "CompleteMultipartUpload"]),
    ("if-modified-since", &["GetObject", "HeadObject"]),
    ("if-unmodified-since", &["GetObject", "HeadObject"]),
];

/// Documented: the S3 API reference, operation by operation.
fn of_operation(operation: &str) -> [&'static [&'static str]; 3] {
    match operation {
        "PutObject" => [NEW_OBJECT, &[], &[]],
        "CopyObject" => [NEW_OBJECT, FROM_SOURCE, &["x-amz-metadata-directive", "x-amz-tagging-directive"]],
        "CreateMultipartUpload" => [NEW_OBJECT, &["x-amz-checksum-type"], &[]],
        "UploadPartCopy" => [FROM_SOURCE, &["x-amz-copy-source-range"], &[]],
        "CompleteMultipartUpload" => [&["x-amz-checksum-type", "x-amz-mp-object-size"], &[], &[]],
        "GetObjectAttributes" => {
            [&["x-amz-object-attributes", "x-amz-max-parts", "x-amz-part-number-marker"], &[], &[]]
        }
        _ => [&[], &[], &[]],
    }
}

/// A header that is not carried out is refused by name.
pub(super) fn refuse_unknown(operation: &str, headers: &HeaderMap) -> Result<(), AwsError> {
    let own = of_operation(operation);
    for (name, value) in headers {
        let name = name.as_str();
        if ENCRYPTION.contains(&name) && !ENCRYPTING.contains(&operation) {
            return Err(texts::encrypts_nothing(name));
        }
        if name == ALGORITHM && !ALGORITHMS.contains(&value.to_str().unwrap_or_default()) {
            return Err(texts::unknown_encryption());
        }
        let known = if let Some((_, judges)) = CONDITIONS.iter().find(|(condition, _)| *condition == name) {
            judges.contains(&operation)
        } else {
            !name.starts_with("x-amz-")
                || name.starts_with("x-amz-meta-")
                || OF_ALL.contains(&name)
                || own.iter().any(|names| names.contains(&name))
                || encrypts(name, value)
        };
        if !known {
            return Err(texts::not_implemented(&format!("the header `{name}` of {operation}")));
        }
    }
    Ok(())
}

fn encrypts(name: &str, value: &HeaderValue) -> bool {
    match name {
        ALGORITHM => value == "AES256" || value == "aws:kms",
        _ => ENCRYPTION.contains(&name),
    }
}
