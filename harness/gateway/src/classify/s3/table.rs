//! The operations that are offered, by what a request looks like (documented: the S3 API reference).

use http::Method;

/// One row of the table of operations.
pub(super) struct Row {
    pub(super) method: Method,
    pub(super) level: Level,
    /// The query parameter that tells this operation from others; the rows with one come first.
    pub(super) marker: Option<&'static str>,
    pub(super) operation: &'static str,
    pub(super) action: &'static str,
    /// Further query parameters that are carried out.
    pub(super) parameters: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Service,
    Bucket,
    Object,
}

const fn row(
    method: Method,
    level: Level,
    marker: Option<&'static str>,
    operation: &'static str,
    action: &'static str,
    parameters: &'static [&'static str],
) -> Row {
    Row { method, level, marker, operation, action, parameters }
}

const LIST_V2: &[&str] =
    &["prefix", "delimiter", "max-keys", "continuation-token", "start-after", "fetch-owner", "encoding-type"];
const LIST: &[&str] = &["prefix", "delimiter", "max-keys", "marker", "encoding-type"];
const LIST_VERSIONS: &[&str] =
    &["prefix", "delimiter", "max-keys", "key-marker", "version-id-marker", "encoding-type"];
const LIST_UPLOADS: &[&str] =
    &["prefix", "delimiter", "max-uploads", "key-marker", "upload-id-marker", "encoding-type"];
const LIST_BUCKETS: &[&str] = &["max-buckets", "prefix", "continuation-token", "bucket-region"];
const VERSION: &[&str] = &["versionId"];
const READ: &[&str] = &[
    "partNumber",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "versionId",
];

/// The first row that fits a request is its operation.
pub(super) static TABLE: &[Row] = &[
    row(Method::GET, Level::Bucket, Some("location"), "GetBucketLocation", "s3:GetBucketLocation", &[]),
    row(Method::GET, Level::Bucket, Some("policy"), "GetBucketPolicy", "s3:GetBucketPolicy", &[]),
    row(Method::PUT, Level::Bucket, Some("policy"), "PutBucketPolicy", "s3:PutBucketPolicy", &[]),
    row(Method::DELETE, Level::Bucket, Some("policy"), "DeleteBucketPolicy", "s3:DeleteBucketPolicy", &[]),
    row(
        Method::GET,
        Level::Bucket,
        Some("encryption"),
        "GetBucketEncryption",
        "s3:GetEncryptionConfiguration",
        &[],
    ),
    row(
        Method::PUT,
        Level::Bucket,
        Some("encryption"),
        "PutBucketEncryption",
        "s3:PutEncryptionConfiguration",
        &[],
    ),
    row(
        Method::DELETE,
        Level::Bucket,
        Some("encryption"),
        "DeleteBucketEncryption",
        "s3:PutEncryptionConfiguration",
        &[],
    ),
    row(
        Method::GET,
        Level::Bucket,
        Some("publicAccessBlock"),
        "GetPublicAccessBlock",
        "s3:GetBucketPublicAccessBlock",
        &[],
    ),
    row(
        Method::PUT,
        Level::Bucket,
        Some("publicAccessBlock"),
        "PutPublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
        &[],
    ),
    row(
        Method::DELETE,
        Level::Bucket,
        Some("publicAccessBlock"),
        "DeletePublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
        &[],
    ),
    row(Method::GET, Level::Bucket, Some("versioning"), "GetBucketVersioning", "s3:GetBucketVersioning", &[]),
    row(Method::PUT, Level::Bucket, Some("versioning"), "PutBucketVersioning", "s3:PutBucketVersioning", &[]),
    row(
        Method::GET,
        Level::Bucket,
        Some("versions"),
        "ListObjectVersions",
        "s3:ListBucketVersions",
        LIST_VERSIONS,
    ),
    row(Method::GET, Level::Bucket, Some("list-type"), "ListObjectsV2", "s3:ListBucket", LIST_V2),
    row(
        Method::GET,
        Level::Bucket,
        Some("uploads"),
        "ListMultipartUploads",
        "s3:ListBucketMultipartUploads",
        LIST_UPLOADS,
    ),
    row(Method::GET, Level::Bucket, None, "ListObjects", "s3:ListBucket", LIST),
    row(Method::POST, Level::Bucket, Some("delete"), "DeleteObjects", "s3:DeleteObject", &[]),
    row(Method::PUT, Level::Bucket, None, "CreateBucket", "s3:CreateBucket", &[]),
    row(Method::HEAD, Level::Bucket, None, "HeadBucket", "s3:ListBucket", &[]),
    row(Method::DELETE, Level::Bucket, None, "DeleteBucket", "s3:DeleteBucket", &[]),
    row(Method::POST, Level::Object, Some("uploads"), "CreateMultipartUpload", "s3:PutObject", &[]),
    row(Method::PUT, Level::Object, Some("uploadId"), "UploadPart", "s3:PutObject", &["partNumber"]),
    row(Method::POST, Level::Object, Some("uploadId"), "CompleteMultipartUpload", "s3:PutObject", &[]),
    row(
        Method::DELETE,
        Level::Object,
        Some("uploadId"),
        "AbortMultipartUpload",
        "s3:AbortMultipartUpload",
        &[],
    ),
    row(
        Method::GET,
        Level::Object,
        Some("uploadId"),
        "ListParts",
        "s3:ListMultipartUploadParts",
        &["max-parts", "part-number-marker"],
    ),
    row(Method::GET, Level::Object, Some("attributes"), "GetObjectAttributes", "s3:GetObject", VERSION),
    row(Method::GET, Level::Object, Some("tagging"), "GetObjectTagging", "s3:GetObjectTagging", VERSION),
    row(Method::PUT, Level::Object, Some("tagging"), "PutObjectTagging", "s3:PutObjectTagging", VERSION),
    row(
        Method::DELETE,
        Level::Object,
        Some("tagging"),
        "DeleteObjectTagging",
        "s3:DeleteObjectTagging",
        VERSION,
    ),
    row(Method::GET, Level::Object, None, "GetObject", "s3:GetObject", READ),
    row(Method::HEAD, Level::Object, None, "HeadObject", "s3:GetObject", READ),
    row(Method::PUT, Level::Object, None, "PutObject", "s3:PutObject", &[]),
    row(Method::DELETE, Level::Object, None, "DeleteObject", "s3:DeleteObject", VERSION),
    row(Method::GET, Level::Service, None, "ListBuckets", "s3:ListAllMyBuckets", LIST_BUCKETS),
];

/// What `PutObject` and `UploadPart` are with a source.
pub(super) static COPY: Row = row(Method::PUT, Level::Object, None, "CopyObject", "s3:PutObject", &[]);
pub(super) static COPY_PART: Row =
    row(Method::PUT, Level::Object, Some("uploadId"), "UploadPartCopy", "s3:PutObject", &["partNumber"]);
