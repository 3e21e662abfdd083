//! The operation and rights of a REST request.

use http::{HeaderMap, request::Parts};
use linchpin_policy::Context;

use super::{
    super::{Guard, Need, Target},
    S3Address,
    headers::{self, COPY_SOURCE},
    refused::{Refused, refused},
    table::{COPY, COPY_PART, Level, Row, TABLE},
    tags::{TagsAsked, with_tags},
};
use crate::{AwsError, texts};

/// Headers that policies see under their own names.
const AS_KEYS: [&str; 11] = [
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
];

/// The actions whose conditions see the tags that an object has (documented: "Tagging and access control policies").
pub(crate) fn is_about_tags_there(action: &str) -> bool {
    let action = action.strip_prefix("s3:").unwrap_or_default().replace("Version", "");
    ["GetObject", "GetObjectAttributes", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"]
        .contains(&action.as_str())
}

/// The operation and rights of a REST request; `DeleteObjects` gets its rights per key, from its body.
pub(crate) fn classify_rest(parts: &Parts, address: &S3Address, partition: &str) -> Result<Target, AwsError> {
    let query: Vec<(String, String)> = parameters(parts);
    let row = match meant(parts, &query, address) {
        Meant::Offered(row) => row,
        Meant::Refused(refused) => {
            let what = format!("the operation {} (`{}`) of S3", refused.operation, refused.marker);
            return Err(texts::not_implemented(&what));
        }
        Meant::Unknown => {
            return Err(texts::not_implemented(&format!("`{} {}` of S3", parts.method, parts.uri)));
        }
    };
    refuse_unknown(row, &query)?;
    headers::refuse_unknown(row.operation, &parts.headers)?;
    let copies = [COPY.operation, COPY_PART.operation].contains(&row.operation);
    let source = if copies { Some(copy_source(&parts.headers)?) } else { None };
    let mut needs = needs(row, parts, &query, address, partition);
    needs.extend(source.as_ref().and_then(|source| read_need(source, partition)));
    Ok(Target { operation: row.operation.to_owned(), needs, source })
}

/// The operation that a request means, offered or not; empty where S3 has none of its look.
pub(crate) fn operation_of(parts: &Parts, address: &S3Address) -> String {
    match meant(parts, &parameters(parts), address) {
        Meant::Offered(row) => row.operation.to_owned(),
        Meant::Refused(refused) => refused.operation.to_owned(),
        Meant::Unknown => String::new(),
    }
}

/// What a request means, by its look.
enum Meant {
    Offered(&'static Row),
    Refused(&'static Refused),
    Unknown,
}

/// Parameters that tell an operation of S3's stand before those that only go with one.
fn meant(parts: &Parts, query: &[(String, String)], address: &S3Address) -> Meant {
    let level = match (&address.bucket, &address.key) {
        (None, _) => Level::Service,
        (Some(_), None) => Level::Bucket,
        (Some(_), Some(_)) => Level::Object,
    };
    let has = |name: &str| query.iter().any(|(key, _)| key == name);
    let fits = |row: &&Row| row.method == parts.method && row.level == level && row.marker.is_none_or(has);
    let row = TABLE.iter().find(fits);
    if row.is_none_or(|row| row.marker.is_none())
        && let Some(refused) = refused(&parts.method, level, has)
    {
        return Meant::Refused(refused);
    }
    match (row.map(|row| row.operation), parts.headers.contains_key(COPY_SOURCE)) {
        (Some("PutObject"), true) => Meant::Offered(&COPY),
        (Some("UploadPart"), true) => Meant::Offered(&COPY_PART),
        _ => row.map_or(Meant::Unknown, Meant::Offered),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn copy_source(headers: &HeaderMap) -> Result<S3Address, AwsError> {
    let source = text(headers, COPY_SOURCE).unwrap_or_default();
    if source.starts_with("arn:") {
        return Err(texts::not_implemented(&format!("the copy source `{source}`")));
    }
    S3Address::of_source(source).ok_or_else(texts::invalid_copy_source)
}

/// A copy reads its source as `GetObject` does (documented).
fn read_need(source: &S3Address, partition: &str) -> Option<Need> {
    Some(Need {
        action: versioned("s3:GetObject", source),
        resource: source.arn(partition)?,
        context: version_context(source),
        guard: Guard::Bucket(source.bucket.clone()?),
    })
}

/// Documented: a version takes an action of its own.
fn versioned(action: &str, address: &S3Address) -> String {
    match (&address.version, action.strip_prefix("s3:").and_then(|name| name.split_once("Object"))) {
        (Some(_), Some((verb, rest))) => format!("s3:{verb}ObjectVersion{rest}"),
        _ => action.to_owned(),
    }
}

fn version_context(address: &S3Address) -> Context {
    let mut context = Context::default();
    if let Some(version) = &address.version {
        context.set("s3:versionid", version);
    }
    context
}

fn parameters(parts: &Parts) -> Vec<(String, String)> {
    let raw = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(raw.as_bytes()).into_owned().collect()
}

/// Documented ("Custom access log information"): S3 ignores parameters that begin with `x-`; SDKs name the operation in `x-id`.
/// What begins with `x-amz-` is its own.
fn refuse_unknown(row: &Row, query: &[(String, String)]) -> Result<(), AwsError> {
    let is_custom = |name: &str| name.starts_with("x-") && !name.starts_with("x-amz-");
    let known = |name: &str| is_custom(name) || row.marker == Some(name) || row.parameters.contains(&name);
    match query.iter().find(|(name, _)| !known(name)) {
        Some((name, _)) => {
            Err(texts::not_implemented(&format!("the parameter `{name}` of {}", row.operation)))
        }
        None => Ok(()),
    }
}

fn needs(
    row: &Row,
    parts: &Parts,
    query: &[(String, String)],
    address: &S3Address,
    partition: &str,
) -> Vec<Need> {
    let (Some(bucket), Some(resource)) = (&address.bucket, address.arn(partition)) else {
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
    let guard = if row.operation == "CreateBucket" { Guard::Account } else { Guard::Bucket(bucket.clone()) };
    let context = context(row, parts, query, address);
    let need = |action: &str| Need {
        action: versioned(action, address),
        resource: resource.clone(),
        context: context.clone(),
        guard: guard.clone(),
    };
    let mut needs = vec![need(row.action)];
    needs.extend(besides(row, &parts.headers).map(need));
    needs
}

/// What an operation takes besides its own action (documented: the S3 API reference, "Permissions").
fn besides(row: &Row, headers: &HeaderMap) -> impl Iterator<Item = &'static str> {
    let attributes = (row.operation == "GetObjectAttributes").then_some("s3:GetObjectAttributes");
    let tags = headers.contains_key("x-amz-tagging").then_some("s3:PutObjectTagging");
    let names_acl =
        |name: &http::HeaderName| name == "x-amz-acl" || name.as_str().starts_with("x-amz-grant-");
    let acl = headers.keys().any(names_acl).then_some("s3:PutObjectAcl");
    [attributes, tags, acl].into_iter().flatten()
}

/// The condition keys that S3 adds: list parameters where they were sent, versions, tags and headers of writes.
fn context(row: &Row, parts: &Parts, query: &[(String, String)], address: &S3Address) -> Context {
    let mut context = version_context(address);
    if row.operation.starts_with("ListObject") {
        for name in ["prefix", "delimiter", "max-keys"] {
            if let Some((_, value)) = query.iter().find(|(key, _)| key == name) {
                context.set(&format!("s3:{name}"), value);
            }
        }
    }
    for name in AS_KEYS {
        if let Some(value) = text(&parts.headers, name) {
            context.set(&format!("s3:{name}"), value);
        }
    }
    let conditions: &[&str] = match row.action {
        "s3:PutObject" => &["if-match", "if-none-match"],
        "s3:DeleteObject" => &["if-match"],
        _ => &[],
    };
    for name in conditions {
        if let Some(value) = text(&parts.headers, name) {
            context.set(&format!("s3:{name}"), value);
        }
    }
    if row.action == "s3:PutObject" {
        // Documented ("Enforce conditional writes"): those calls of a multipart upload that make no object yet.
        let begins = ["CreateMultipartUpload", "UploadPart", "UploadPartCopy"].contains(&row.operation);
        context.set("s3:ObjectCreationOperation", (!begins).to_string());
    }
    if let Some(tags) = text(&parts.headers, "x-amz-tagging") {
        with_tags(&mut context, &TagsAsked::in_header(tags));
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn versions_take_actions_of_their_own() {
        check("GET", "/b/k?versionId=1", "GetObject s3:GetObjectVersion arn:aws:s3:::b/k");
        check("DELETE", "/b/k?versionId=1", "DeleteObject s3:DeleteObjectVersion arn:aws:s3:::b/k");
        check("GET", "/b/k?tagging", "GetObjectTagging s3:GetObjectTagging arn:aws:s3:::b/k");
        check(
            "PUT",
            "/b/k?tagging&versionId=1",
            "PutObjectTagging s3:PutObjectVersionTagging arn:aws:s3:::b/k",
        );
        let attributes = "GetObjectAttributes s3:GetObjectVersion arn:aws:s3:::b/k s3:GetObjectVersionAttributes arn:aws:s3:::b/k";
        check("GET", "/b/k?attributes&versionId=1", attributes);
        let source = Some(("x-amz-copy-source", "a/o?versionId=1"));
        let copy = classify("PUT", "/b/k?partNumber=1&uploadId=u", "127.0.0.1:1", source).unwrap();
        let expected = "UploadPartCopy s3:PutObject arn:aws:s3:::b/k s3:GetObjectVersion arn:aws:s3:::a/o";
        assert_eq!(copy, expected);
    }

    #[test]
    fn headers_take_rights_besides() {
        for (header, value, besides) in [
            ("x-amz-tagging", "a=1", "s3:PutObjectTagging"),
            ("x-amz-acl", "private", "s3:PutObjectAcl"),
            ("x-amz-grant-read", "id=1", "s3:PutObjectAcl"),
        ] {
            let answer = classify("PUT", "/b/k", "127.0.0.1:1", Some((header, value))).unwrap();
            assert_eq!(answer, format!("PutObject s3:PutObject arn:aws:s3:::b/k {besides} arn:aws:s3:::b/k"));
        }
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
            ("PUT", "/b/k?versionId=1", None, "`versionId`"),
            ("DELETE", "/b/k", Some(("if-none-match", "*")), "`if-none-match` of DeleteObject"),
            ("DELETE", "/b/k", Some(("x-amz-if-match-size", "1")), "`x-amz-if-match-size`"),
            ("GET", "/b?tagging", None, "GetBucketTagging"),
            ("GET", "/b?metrics", None, "ListBucketMetricsConfigurations"),
            ("GET", "/b?metrics&id=1", None, "GetBucketMetricsConfiguration"),
            ("PUT", "/b/k?acl&versionId=1", None, "PutObjectAcl"),
            ("POST", "/b/k?select&select-type=2", None, "SelectObjectContent"),
            ("PUT", "/b", Some(("x-amz-acl", "public-read")), "`x-amz-acl`"),
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
            ("PUT", "/b/k", Some(("x-amz-copy-source", "arn:aws:s3:r:1:accesspoint/a")), "`arn:aws:s3:r"),
            ("PUT", "/b/k", Some(("x-amz-website-redirect-location", "/")), "`x-amz-website-redirect"),
            ("GET", "/b/k", Some(("x-amz-copy-source", "b/o")), "`x-amz-copy-source`"),
        ] {
            let error = classify(method, uri, "127.0.0.1:1", header).unwrap_err();
            assert_eq!(error.code, "NotImplemented");
            assert!(error.message.contains(named), "{}", error.message);
        }
    }
}
