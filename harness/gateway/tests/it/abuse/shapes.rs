//! Requests that are no requests, and bodies that are not what their call takes.

use super::row::{Row, form, get, json, made, put, tampered};
use crate::request::Draft;

pub(super) fn rows() -> Vec<Row> {
    let delete = |body: &str| Draft::new("POST", "/b?delete").header("content-md5", "AAAA").body(body);
    let raw = |what, text: &str, expected| Row { what, bytes: text.as_bytes().to_vec(), expected };
    vec![
        made("XML that ends early", delete("<Delete><Object><Key>k"), |_| (), "400 MalformedXML"),
        made("XML that is none", delete("keys: k"), |_| (), "400 MalformedXML"),
        made(
            "an XML bomb",
            delete(
                "<!DOCTYPE d [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Delete><Object><Key>&b;</Key></Object></Delete>",
            ),
            |_| (),
            "400 MalformedXML",
        ),
        made(
            "an unknown entity",
            delete("<Delete><Object><Key>&nope;</Key></Object></Delete>"),
            |_| (),
            "400 MalformedXML",
        ),
        made(
            "keys that are no UTF-8",
            delete(""),
            |r| r.body = b"<Delete><Object><Key>\xff</Key></Object></Delete>".to_vec(),
            "400 MalformedXML",
        ),
        made(
            "1001 keys",
            delete(&format!("<Delete>{}</Delete>", "<Object><Key>k</Key></Object>".repeat(1001))),
            |_| (),
            "400 MalformedXML",
        ),
        made("a body of 3 MiB", delete(&"x".repeat(3 << 20)), |_| (), "400 IncompleteBody"),
        made("a form of 3 MiB", Draft::form(&"x".repeat(3 << 20)), |_| (), "400 IncompleteBody"),
        made("JSON that is none", json().body("{"), |_| (), "400 SerializationException"),
        made("JSON that is no object", json().body("[]"), |_| (), "400 SerializationException"),
        made("deep JSON", json().body(&"[".repeat(100_000)), |_| (), "400 SerializationException"),
        made(
            "an operation that KMS has not",
            json(),
            |r| r.set("x-amz-target", |_| "TrentService.Nope".into()),
            "400 UnknownOperationException",
        ),
        made(
            "an owner who is no account",
            get().header("x-amz-expected-bucket-owner", "me"),
            |_| (),
            "400 InvalidBucketOwnerAWSAccountID",
        ),
        made(
            "another owner",
            get().header("x-amz-expected-bucket-owner", "999999999999"),
            |_| (),
            "403 Access Denied",
        ),
        made("an ACL", put().header("x-amz-acl", "public-read"), |_| (), "400 AccessControlListNotSupported"),
        made(
            "tags that are none",
            Draft::new("PUT", "/b/k?tagging").body("<T/>"),
            |_| (),
            "400 MalformedXML",
        ),
        made("deep XML", delete(&"<a>".repeat(100_000)), |_| (), "400 MalformedXML"),
        made(
            "a form of an unknown version",
            Draft::form("Action=GetCallerIdentity&Version=1999-01-01"),
            |_| (),
            "400 Could not find operation GetCallerIdentity for version 1999-01-01",
        ),
        made(
            "a form without a version",
            Draft::form("Action=GetCallerIdentity"),
            |_| (),
            "400 Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED",
        ),
        tampered(
            "an operation of SAML that nobody signs",
            Draft::form("Action=AssumeRoleWithSAML&Version=2011-06-15"),
            |r| r.remove("authorization"),
            "400 `AssumeRoleWithSAML`",
        ),
        made(
            "headers of 9 KB",
            get().header("x-foo", &"x".repeat(9 << 10)),
            |_| (),
            "400 RequestHeaderSectionTooLarge",
        ),
        tampered(
            "headers of 300 KB that nobody signed",
            get(),
            |r| {
                r.remove("authorization");
                r.headers.push(("x-foo".into(), "x".repeat(300 << 10)));
            },
            "400 RequestHeaderSectionTooLarge",
        ),
        made(
            "a query of 9 KB",
            Draft::new("GET", &format!("/b?prefix={}", "x".repeat(9 << 10))),
            |_| (),
            "400 RequestHeaderSectionTooLarge",
        ),
        made("headers of 7 KB", get().header("x-foo", &"x".repeat(7 << 10)), |_| (), "200 "),
        made(
            "headers of 17 KB for STS",
            form().header("x-foo", &"x".repeat(17 << 10)),
            |_| (),
            "431 RequestHeaderFieldsTooLarge",
        ),
        made("headers of 12 KB for STS", form().header("x-foo", &"x".repeat(12 << 10)), |_| (), "200 "),
        made("a form without an action", Draft::form("Version=2011-06-15"), |_| (), "400 MissingAction"),
        made(
            "nothing but a signature for STS",
            Draft::new("GET", "/"),
            |r| r.service = "sts",
            "400 <Code>MissingAction</Code><Message>The request is missing an action or a required parameter.",
        ),
        made(
            "nothing but a signature for IAM",
            Draft::new("POST", "/"),
            |r| r.service = "iam",
            "400 MissingAction",
        ),
        made(
            "nothing but a signature for KMS",
            Draft::new("POST", "/"),
            |r| r.service = "kms",
            "400 \"__type\":\"UnknownOperationException\"",
        ),
        made(
            "keys without a digest",
            Draft::new("POST", "/b?delete").body("<Delete><Object><Key>k</Key></Object></Delete>"),
            |_| (),
            "400 Missing required header for this request: Content-MD5",
        ),
        made(
            "an algorithm without its checksum",
            put().header("x-amz-sdk-checksum-algorithm", "CRC32"),
            |_| (),
            "400 x-amz-sdk-checksum-algorithm specified, but no corresponding",
        ),
        made(
            "an encryption that nobody has",
            put().header("x-amz-server-side-encryption", "ROT13"),
            |_| (),
            "400 InvalidEncryptionAlgorithmError",
        ),
        made("an unknown parameter", Draft::new("GET", "/b/k?acl"), |_| (), "501 `acl`"),
        made(
            "an unknown header",
            put().header("x-amz-website-redirect-location", "/"),
            |_| (),
            "501 `x-amz-website-redirect-location`",
        ),
        made("a method that S3 has not", get(), |r| r.method = "PATCH", "501 NotImplemented"),
        made(
            "an operation that is not offered",
            Draft::new("GET", "/b?tagging"),
            |_| (),
            "501 GetBucketTagging",
        ),
        made("a bucket that is not there", Draft::new("GET", "/nowhere/k"), |_| (), "404 NoSuchBucket"),
        raw("no HTTP", "hello\r\n\r\n", "400 "),
        raw("no version", "GET /\r\n\r\n", "400 "),
        raw("a header without colon", "GET / HTTP/1.1\r\nhost\r\n\r\n", "400 "),
        raw(
            "two lengths",
            "PUT /b/k HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            "400 ",
        ),
        raw("headers of a MiB", &format!("GET /b/k HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(1 << 20)), "431 "),
        raw("a thousand headers", &format!("GET /b/k HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(1000)), "431 "),
        raw("a path with a bare byte", "GET /b/\u{1} HTTP/1.1\r\nhost: a\r\n\r\n", "400 "),
    ]
}
