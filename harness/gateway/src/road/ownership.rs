//! Whose a bucket is: `x-amz-expected-bucket-owner`, and ACLs, which a bucket of today does not take.

use http::HeaderMap;

use crate::{AwsError, BucketFacts, texts};

pub(super) const EXPECTED: &str = "x-amz-expected-bucket-owner";
pub(super) const SOURCE_EXPECTED: &str = "x-amz-source-expected-bucket-owner";

const ACL: &str = "x-amz-acl";
const GRANTS: [&str; 4] =
    ["x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write-acp"];

/// Documented: what the bucket owner has anyway.
const AS_OWNED: [&str; 2] = ["private", "bucket-owner-full-control"];
const OTHER_ACLS: [&str; 5] =
    ["public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read"];

/// Documented: "Verifying bucket ownership with bucket owner condition".
pub(super) fn check_owner(headers: &HeaderMap, name: &str, bucket: &BucketFacts) -> Result<(), AwsError> {
    let Some(expected) = headers.get(name).and_then(|value| value.to_str().ok()) else { return Ok(()) };
    if expected.len() != 12 || !expected.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(texts::invalid_bucket_owner());
    }
    if expected == bucket.account { Ok(()) } else { Err(texts::other_bucket_owner()) }
}

/// Documented: since April 2023 new buckets have "bucket owner enforced", and take no other ACL than what that is. What
/// is in order has nothing left to do, and goes.
pub(super) fn without_acl(headers: &mut HeaderMap) -> Result<(), AwsError> {
    if GRANTS.iter().any(|name| headers.contains_key(*name)) {
        return Err(texts::acl_not_supported());
    }
    let Some(acl) = headers.remove(ACL) else { return Ok(()) };
    match acl.to_str().unwrap_or_default() {
        acl if AS_OWNED.contains(&acl) => Ok(()),
        acl if OTHER_ACLS.contains(&acl) => Err(texts::acl_not_supported()),
        acl => Err(texts::unknown_acl(acl)),
    }
}
