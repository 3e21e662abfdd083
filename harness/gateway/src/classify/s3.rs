//! S3's REST calls.

use http::{HeaderMap, Method, request::Parts};
use linchpin_policy::Context;
use percent_encoding::percent_decode_str;

use super::{Guard, Need, Target};
use crate::{AwsError, texts};

/// Which bucket and key a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct S3Address {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// The path in path style, still encoded.
    pub(crate) path: String,
    /// The region that the host names, where it is one of AWS's.
    pub(crate) region: Option<String>,
}

impl S3Address {
    /// Reads path style and virtual-host style.
    pub(crate) fn of(parts: &Parts) -> Self {
        let path = match virtual_bucket(&parts.headers) {
            Some(bucket) => format!("/{bucket}{}", parts.uri.path()),
            None => parts.uri.path().to_owned(),
        };
        let rest = path.strip_prefix('/').unwrap_or(&path);
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        Self { bucket: decoded(bucket), key: decoded(key), path, region: region(&parts.headers) }
    }
}

fn decoded(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// `BUCKET.s3.REGION.amazonaws.com`, `BUCKET.s3.localhost` and the like; none for addresses and plain hosts.
fn virtual_bucket(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get("host")?.to_str().ok()?;
    let (bucket, rest) = host.split_once(".s3.").or_else(|| host.split_once(".s3-"))?;
    (!bucket.is_empty() && !rest.is_empty()).then_some(bucket)
}

/// The region in `s3.REGION.amazonaws.com`, with a bucket in front of it or without.
fn region(headers: &HeaderMap) -> Option<String> {
    let host = headers.get("host")?.to_str().ok()?;
    let (front, _) = host.split_once(".amazonaws.com")?;
    let region = front.strip_prefix("s3.").or_else(|| front.rsplit_once(".s3.").map(|(_, region)| region))?;
    Some(region.to_owned())
}

/// One row of the table of operations.
struct Row {
    method: Method,
    level: Level,
    /// The query parameter that tells this operation from others; the rows with one come first.
    marker: Option<&'static str>,
    operation: &'static str,
    action: &'static str,
    /// Further query parameters that are carried out.
    parameters: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
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
const LIST_UPLOADS: &[&str] =
    &["prefix", "delimiter", "max-uploads", "key-marker", "upload-id-marker", "encoding-type"];
const OVERRIDES: &[&str] = &[
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

/// The operations that are offered, by what a request looks like (documented: the S3 API reference).
const TABLE: &[Row] = &[
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
    row(Method::GET, Level::Object, None, "GetObject", "s3:GetObject", OVERRIDES),
    row(Method::HEAD, Level::Object, None, "HeadObject", "s3:GetObject", OVERRIDES),
    row(Method::PUT, Level::Object, None, "PutObject", "s3:PutObject", &[]),
    row(Method::DELETE, Level::Object, None, "DeleteObject", "s3:DeleteObject", &[]),
    row(Method::GET, Level::Service, None, "ListBuckets", "s3:ListAllMyBuckets", &[]),
];

/// What `PutObject` with this header is.
const COPY_SOURCE: &str = "x-amz-copy-source";
const COPY: Row = row(Method::PUT, Level::Object, None, "CopyObject", "s3:PutObject", &[]);
const COPY_HEADERS: &[&str] = &[COPY_SOURCE, "x-amz-metadata-directive"];

/// `x-amz-` headers that are carried out, or that need nothing done.
const HEADERS: &[&str] = &[
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
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

/// Preconditions: they change what a call does, so only those who judge them may get them.
const CONDITIONS: [&str; 4] = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/// The operations that judge preconditions.
const CONDITIONAL: [&str; 4] = ["GetObject", "HeadObject", "PutObject", "CompleteMultipartUpload"];

/// The operation and rights of a REST request; `DeleteObjects` gets its rights per key, from its body.
pub(crate) fn classify_rest(parts: &Parts, address: &S3Address, partition: &str) -> Result<Target, AwsError> {
    let query: Vec<(String, String)> = parameters(parts);
    let level = match (&address.bucket, &address.key) {
        (None, _) => Level::Service,
        (Some(_), None) => Level::Bucket,
        (Some(_), Some(_)) => Level::Object,
    };
    let has = |name: &str| query.iter().any(|(key, _)| key == name);
    let row = TABLE
        .iter()
        .find(|row| row.method == parts.method && row.level == level && row.marker.is_none_or(has))
        .ok_or_else(|| texts::not_implemented(&format!("`{} {}` of S3", parts.method, parts.uri)))?;
    let copies = row.operation == "PutObject" && parts.headers.contains_key(COPY_SOURCE);
    let row = if copies { &COPY } else { row };
    refuse_unknown(row, &query, &parts.headers)?;
    let source = if copies { Some(copy_source(&parts.headers)?) } else { None };
    let mut needs = needs(row, parts, &query, address, partition);
    needs.extend(source.as_ref().and_then(|source| read_need(source, partition)));
    Ok(Target { operation: row.operation.to_owned(), needs, source })
}

/// `BUCKET/KEY`, encoded, with a leading slash or without.
fn copy_source(headers: &HeaderMap) -> Result<S3Address, AwsError> {
    let text = headers.get(COPY_SOURCE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text.contains('?') || text.starts_with("arn:") {
        return Err(texts::not_implemented(&format!("the copy source `{text}`")));
    }
    let (bucket, key) = text.strip_prefix('/').unwrap_or(text).split_once('/').unwrap_or_default();
    match (decoded(bucket), decoded(key)) {
        (bucket @ Some(_), key @ Some(_)) => Ok(S3Address { bucket, key, path: String::new(), region: None }),
        _ => Err(texts::invalid_copy_source()),
    }
}

/// A copy reads its source as `GetObject` does (documented).
fn read_need(source: &S3Address, partition: &str) -> Option<Need> {
    let (bucket, key) = (source.bucket.as_ref()?, source.key.as_ref()?);
    Some(Need {
        action: "s3:GetObject".to_owned(),
        resource: format!("arn:{partition}:s3:::{bucket}/{key}"),
        context: Context::default(),
        guard: Guard::Bucket(bucket.clone()),
    })
}

fn parameters(parts: &Parts) -> Vec<(String, String)> {
    let raw = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(raw.as_bytes()).into_owned().collect()
}

/// `x-id` names the operation once more, for proxies' logs; SDKs send it.
fn refuse_unknown(row: &Row, query: &[(String, String)], headers: &HeaderMap) -> Result<(), AwsError> {
    let known = |name: &str| name == "x-id" || row.marker == Some(name) || row.parameters.contains(&name);
    if let Some((name, _)) = query.iter().find(|(name, _)| !known(name)) {
        return Err(texts::not_implemented(&format!("the parameter `{name}` of {}", row.operation)));
    }
    for (name, value) in headers {
        let name = name.as_str();
        let encrypts = name == "x-amz-server-side-encryption" && (value == "AES256" || value == "aws:kms");
        let known = !name.starts_with("x-amz-")
            || name.starts_with("x-amz-meta-")
            || HEADERS.contains(&name)
            || (row.operation == COPY.operation && COPY_HEADERS.contains(&name))
            || encrypts;
        if !known || (CONDITIONS.contains(&name) && !CONDITIONAL.contains(&row.operation)) {
            return Err(texts::not_implemented(&format!("the header `{name}` of {}", row.operation)));
        }
    }
    Ok(())
}

fn needs(
    row: &Row,
    parts: &Parts,
    query: &[(String, String)],
    address: &S3Address,
    partition: &str,
) -> Vec<Need> {
    let Some(bucket) = &address.bucket else {
        return vec![Need {
            action: row.action.to_owned(),
            resource: "*".to_owned(),
            context: Context::default(),
            guard: Guard::Account,
        }];
    };
    if row.operation == "DeleteObjects" {
        return Vec::new();
    }
    let resource = match &address.key {
        Some(key) => format!("arn:{partition}:s3:::{bucket}/{key}"),
        None => format!("arn:{partition}:s3:::{bucket}"),
    };
    let guard = if row.operation == "CreateBucket" { Guard::Account } else { Guard::Bucket(bucket.clone()) };
    let context = context(row, &parts.headers, query);
    vec![Need { action: row.action.to_owned(), resource, context, guard }]
}

/// The condition keys that S3 adds: list parameters where they were sent, `x-amz-` headers of writes.
fn context(row: &Row, headers: &HeaderMap, query: &[(String, String)]) -> Context {
    let mut context = Context::default();
    if row.operation.starts_with("ListObjects") {
        for name in ["prefix", "delimiter", "max-keys"] {
            if let Some((_, value)) = query.iter().find(|(key, _)| key == name) {
                context.set(&format!("s3:{name}"), value);
            }
        }
    }
    for name in [
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-content-sha256",
        "x-amz-copy-source",
        "x-amz-metadata-directive",
    ] {
        if let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) {
            context.set(&format!("s3:{name}"), value);
        }
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_region(host: &str, expected: Option<&str>) {
        let (parts, ()) = http::Request::builder().header("host", host).body(()).unwrap().into_parts();
        assert_eq!(S3Address::of(&parts).region.as_deref(), expected, "{host}");
    }

    #[test]
    fn regions_of_hosts() {
        check_region("s3.eu-west-1.amazonaws.com", Some("eu-west-1"));
        check_region("b.s3.eu-west-1.amazonaws.com", Some("eu-west-1"));
        check_region("b.s3.cn-north-1.amazonaws.com.cn", Some("cn-north-1"));
        check_region("s3.amazonaws.com", None);
        check_region("127.0.0.1:4566", None);
    }

    fn classify(
        method: &str,
        uri: &str,
        host: &str,
        header: Option<(&str, &str)>,
    ) -> Result<String, AwsError> {
        let mut request = http::Request::builder().method(method).uri(uri).header("host", host);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let target = classify_rest(&parts, &S3Address::of(&parts), "aws")?;
        let needs: Vec<String> =
            target.needs.iter().map(|need| format!(" {} {}", need.action, need.resource)).collect();
        Ok(format!("{}{}", target.operation, needs.concat()))
    }

    fn check(method: &str, uri: &str, expected: &str) {
        assert_eq!(classify(method, uri, "127.0.0.1:1", None).unwrap(), expected);
    }

    #[test]
    fn operations() {
        check("GET", "/", "ListBuckets s3:ListAllMyBuckets *");
        check("PUT", "/b", "CreateBucket s3:CreateBucket arn:aws:s3:::b");
        check("GET", "/b/?list-type=2&prefix=p", "ListObjectsV2 s3:ListBucket arn:aws:s3:::b");
        check("HEAD", "/b", "HeadBucket s3:ListBucket arn:aws:s3:::b");
        check("GET", "/b?policy", "GetBucketPolicy s3:GetBucketPolicy arn:aws:s3:::b");
        check("PUT", "/b/a%20b//c?x-id=PutObject", "PutObject s3:PutObject arn:aws:s3:::b/a b//c");
        check("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart s3:PutObject arn:aws:s3:::b/k");
        check("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload s3:AbortMultipartUpload arn:aws:s3:::b/k");
        check("POST", "/b?delete", "DeleteObjects");
        check("GET", "/b", "ListObjects s3:ListBucket arn:aws:s3:::b");
        check("GET", "/b?uploads", "ListMultipartUploads s3:ListBucketMultipartUploads arn:aws:s3:::b");
        check("GET", "/b/k?uploadId=u", "ListParts s3:ListMultipartUploadParts arn:aws:s3:::b/k");
        let copy = classify("PUT", "/b/k", "127.0.0.1:1", Some(("x-amz-copy-source", "/a/o%20p"))).unwrap();
        let expected = "CopyObject s3:PutObject arn:aws:s3:::b/k s3:GetObject arn:aws:s3:::a/o p";
        assert_eq!(copy, expected);
    }

    #[test]
    fn virtual_hosts() {
        let answer = classify("GET", "/k", "b.s3.eu-west-1.amazonaws.com", None).unwrap();
        assert_eq!(answer, "GetObject s3:GetObject arn:aws:s3:::b/k");
    }

    #[test]
    fn what_is_not_offered_is_named() {
        for (method, uri, header, named) in [
            ("GET", "/b?acl", None, "`acl`"),
            ("GET", "/b/k?versionId=1", None, "`versionId`"),
            ("DELETE", "/b/k", Some(("if-match", "\"e\"")), "`if-match`"),
            ("PUT", "/b/k", Some(("x-amz-acl", "public-read")), "`x-amz-acl`"),
            (
                "PUT",
                "/b/k",
                Some(("x-amz-server-side-encryption", "aws:kms:dsse")),
                "`x-amz-server-side-encryption`",
            ),
            (
                "PUT",
                "/b/k",
                Some(("x-amz-server-side-encryption-customer-algorithm", "AES256")),
                "`x-amz-server-side-encryption-customer-algorithm`",
            ),
            (
                "PUT",
                "/b/k?partNumber=1&uploadId=u",
                Some(("x-amz-copy-source", "b/o")),
                "`x-amz-copy-source`",
            ),
            ("PUT", "/b/k", Some(("x-amz-copy-source", "b/o?versionId=1")), "`b/o?versionId=1`"),
            ("GET", "/b/k", Some(("x-amz-copy-source", "b/o")), "`x-amz-copy-source`"),
        ] {
            let error = classify(method, uri, "127.0.0.1:1", header).unwrap_err();
            assert_eq!(error.code, "NotImplemented");
            assert!(error.message.contains(named), "{}", error.message);
        }
    }
}
