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
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
];

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

const FROM_SOURCE: &[&str] = &[COPY_SOURCE, "x-amz-source-expected-bucket-owner"];

/// Preconditions: they change what a call does, so only those who judge them may get them.
const CONDITIONS: [&str; 4] = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/// The operations that judge preconditions.
const CONDITIONAL: [&str; 4] = ["GetObject", "HeadObject", "PutObject", "CompleteMultipartUpload"];

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
        let known = if CONDITIONS.contains(&name) {
            CONDITIONAL.contains(&operation)
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
    name == "x-amz-server-side-encryption" && (value == "AES256" || value == "aws:kms")
}
