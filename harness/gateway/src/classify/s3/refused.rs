//! The operations of S3 that are not offered, so that their refusal names them (documented: the S3 API reference).

use http::Method;

use super::table::Level;

/// An operation by its look: each has a parameter of its own.
pub(super) struct Refused {
    method: Method,
    level: Level,
    pub(super) marker: &'static str,
    /// A second parameter, where only that tells the operation from another.
    besides: Option<&'static str>,
    pub(super) operation: &'static str,
}

const fn row(method: Method, level: Level, marker: &'static str, operation: &'static str) -> Refused {
    Refused { method, level, marker, besides: None, operation }
}

/// One of the configurations that a bucket has several of, by its id.
const fn of_id(marker: &'static str, operation: &'static str) -> Refused {
    Refused { method: Method::GET, level: Level::Bucket, marker, besides: Some("id"), operation }
}

/// The operation that a request means, if it is one of these.
pub(super) fn refused(method: &Method, level: Level, has: impl Fn(&str) -> bool) -> Option<&'static Refused> {
    TABLE.iter().find(|row| {
        row.method == *method && row.level == level && has(row.marker) && row.besides.is_none_or(&has)
    })
}

static TABLE: &[Refused] = &[
    row(Method::GET, Level::Bucket, "acl", "GetBucketAcl"),
    row(Method::PUT, Level::Bucket, "acl", "PutBucketAcl"),
    row(Method::GET, Level::Bucket, "tagging", "GetBucketTagging"),
    row(Method::PUT, Level::Bucket, "tagging", "PutBucketTagging"),
    row(Method::DELETE, Level::Bucket, "tagging", "DeleteBucketTagging"),
    row(Method::GET, Level::Bucket, "cors", "GetBucketCors"),
    row(Method::PUT, Level::Bucket, "cors", "PutBucketCors"),
    row(Method::DELETE, Level::Bucket, "cors", "DeleteBucketCors"),
    row(Method::GET, Level::Bucket, "lifecycle", "GetBucketLifecycleConfiguration"),
    row(Method::PUT, Level::Bucket, "lifecycle", "PutBucketLifecycleConfiguration"),
    row(Method::DELETE, Level::Bucket, "lifecycle", "DeleteBucketLifecycle"),
    row(Method::GET, Level::Bucket, "website", "GetBucketWebsite"),
    row(Method::PUT, Level::Bucket, "website", "PutBucketWebsite"),
    row(Method::DELETE, Level::Bucket, "website", "DeleteBucketWebsite"),
    row(Method::GET, Level::Bucket, "logging", "GetBucketLogging"),
    row(Method::PUT, Level::Bucket, "logging", "PutBucketLogging"),
    row(Method::GET, Level::Bucket, "notification", "GetBucketNotificationConfiguration"),
    row(Method::PUT, Level::Bucket, "notification", "PutBucketNotificationConfiguration"),
    row(Method::GET, Level::Bucket, "replication", "GetBucketReplication"),
    row(Method::PUT, Level::Bucket, "replication", "PutBucketReplication"),
    row(Method::DELETE, Level::Bucket, "replication", "DeleteBucketReplication"),
    row(Method::GET, Level::Bucket, "requestPayment", "GetBucketRequestPayment"),
    row(Method::PUT, Level::Bucket, "requestPayment", "PutBucketRequestPayment"),
    row(Method::GET, Level::Bucket, "accelerate", "GetBucketAccelerateConfiguration"),
    row(Method::PUT, Level::Bucket, "accelerate", "PutBucketAccelerateConfiguration"),
    row(Method::GET, Level::Bucket, "object-lock", "GetObjectLockConfiguration"),
    row(Method::PUT, Level::Bucket, "object-lock", "PutObjectLockConfiguration"),
    row(Method::GET, Level::Bucket, "ownershipControls", "GetBucketOwnershipControls"),
    row(Method::PUT, Level::Bucket, "ownershipControls", "PutBucketOwnershipControls"),
    row(Method::DELETE, Level::Bucket, "ownershipControls", "DeleteBucketOwnershipControls"),
    row(Method::GET, Level::Bucket, "policyStatus", "GetBucketPolicyStatus"),
    row(Method::GET, Level::Bucket, "session", "CreateSession"),
    of_id("intelligent-tiering", "GetBucketIntelligentTieringConfiguration"),
    row(Method::GET, Level::Bucket, "intelligent-tiering", "ListBucketIntelligentTieringConfigurations"),
    row(Method::PUT, Level::Bucket, "intelligent-tiering", "PutBucketIntelligentTieringConfiguration"),
    row(Method::DELETE, Level::Bucket, "intelligent-tiering", "DeleteBucketIntelligentTieringConfiguration"),
    of_id("metrics", "GetBucketMetricsConfiguration"),
    row(Method::GET, Level::Bucket, "metrics", "ListBucketMetricsConfigurations"),
    row(Method::PUT, Level::Bucket, "metrics", "PutBucketMetricsConfiguration"),
    row(Method::DELETE, Level::Bucket, "metrics", "DeleteBucketMetricsConfiguration"),
    of_id("analytics", "GetBucketAnalyticsConfiguration"),
    row(Method::GET, Level::Bucket, "analytics", "ListBucketAnalyticsConfigurations"),
    row(Method::PUT, Level::Bucket, "analytics", "PutBucketAnalyticsConfiguration"),
    row(Method::DELETE, Level::Bucket, "analytics", "DeleteBucketAnalyticsConfiguration"),
    of_id("inventory", "GetBucketInventoryConfiguration"),
    row(Method::GET, Level::Bucket, "inventory", "ListBucketInventoryConfigurations"),
    row(Method::PUT, Level::Bucket, "inventory", "PutBucketInventoryConfiguration"),
    row(Method::DELETE, Level::Bucket, "inventory", "DeleteBucketInventoryConfiguration"),
    row(Method::GET, Level::Object, "acl", "GetObjectAcl"),
    row(Method::PUT, Level::Object, "acl", "PutObjectAcl"),
    row(Method::GET, Level::Object, "retention", "GetObjectRetention"),
    row(Method::PUT, Level::Object, "retention", "PutObjectRetention"),
    row(Method::GET, Level::Object, "legal-hold", "GetObjectLegalHold"),
    row(Method::PUT, Level::Object, "legal-hold", "PutObjectLegalHold"),
    row(Method::GET, Level::Object, "torrent", "GetObjectTorrent"),
    row(Method::POST, Level::Object, "select", "SelectObjectContent"),
    row(Method::POST, Level::Object, "restore", "RestoreObject"),
    row(Method::PUT, Level::Object, "renameObject", "RenameObject"),
];
