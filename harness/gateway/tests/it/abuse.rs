//! Bad entries, tried against a running gateway: each is refused with AWS's code, and none ends it.

use crate::{
    oracle::{signed_chunks, unsigned_chunks},
    request::{Draft, Sealed, exchange},
    stand,
};

struct Row {
    what: &'static str,
    bytes: Vec<u8>,
    /// Status and a part of the body.
    expected: &'static str,
}

fn row(what: &'static str, draft: &Draft, expected: &'static str) -> Row {
    Row { what, bytes: draft.bytes(), expected }
}

/// A signed draft, changed afterwards.
fn tampered(what: &'static str, draft: Draft, change: impl Fn(&mut Draft), expected: &'static str) -> Row {
    let mut draft = draft.signed();
    change(&mut draft);
    row(what, &draft, expected)
}

/// A draft that is signed only after the change.
fn made(what: &'static str, mut draft: Draft, change: impl Fn(&mut Draft), expected: &'static str) -> Row {
    change(&mut draft);
    row(what, &draft.signed(), expected)
}

fn get() -> Draft {
    Draft::new("GET", "/b/k")
}

fn put() -> Draft {
    Draft::new("PUT", "/b/k").body("data")
}

fn json() -> Draft {
    let mut draft = Draft::new("POST", "/").body("{}").header("x-amz-target", "TrentService.ListKeys");
    draft.service = "kms";
    draft
}

fn form() -> Draft {
    Draft::form("Action=GetCallerIdentity&Version=2011-06-15")
}

const MISMATCH: &str = "403 SignatureDoesNotMatch";
const SKEWED: &str = "403 RequestTimeTooSkewed";
const MALFORMED: &str = "400 AuthorizationHeaderMalformed";
const QUERY: &str = "400 AuthorizationQueryParametersError";

fn signatures() -> Vec<Row> {
    let auth = "authorization";
    vec![
        tampered("another path", get(), |r| r.path = "/b/l".into(), MISMATCH),
        tampered(
            "what S3 made of it",
            get(),
            |r| r.path = "/b/l".into(),
            "403 <CanonicalRequest>GET\n/b/l\n\nhost:127.0.0.1\n",
        ),
        tampered(
            "what S3 would have signed",
            get(),
            |r| r.path = "/b/l".into(),
            "403 <AWSAccessKeyId>AKIA</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n",
        ),
        tampered("another query", get(), |r| r.path = "/b/k?response-expires=1".into(), MISMATCH),
        tampered("another method", put(), |r| r.method = "GET", MISMATCH),
        tampered("another host", get(), |r| r.set("host", |_| "127.0.0.2".into()), MISMATCH),
        tampered(
            "a changed header",
            put().header("x-amz-meta-a", "1"),
            |r| r.set("x-amz-meta-a", |_| "2".into()),
            MISMATCH,
        ),
        tampered(
            "a removed header",
            put().header("x-amz-meta-a", "1"),
            |r| r.remove("x-amz-meta-a"),
            MISMATCH,
        ),
        tampered(
            "an added header",
            put(),
            |r| r.headers.push(("x-amz-meta-a".into(), "1".into())),
            "403 not signed",
        ),
        tampered("another body", put(), |r| r.body = b"atad".to_vec(), "400 does not match the signed"),
        tampered("another form", form(), |r| r.body = b"Action=ListUsers".to_vec(), MISMATCH),
        tampered(
            "a hash that is none",
            put(),
            |r| r.set("x-amz-content-sha256", |_| "abc".into()),
            "400 InvalidArgument",
        ),
        tampered("no hash", put(), |r| r.remove("x-amz-content-sha256"), "400 Missing required header"),
        tampered(
            "hash made unsigned",
            put(),
            |r| r.set("x-amz-content-sha256", |_| "UNSIGNED-PAYLOAD".into()),
            MISMATCH,
        ),
        tampered("another date", get(), |r| r.set("x-amz-date", |d| d.replace("Z", "")), MISMATCH),
        tampered("no date", get(), |r| r.remove("x-amz-date"), "403 requires a valid Date"),
        tampered("no date in a form", form(), |r| r.remove("x-amz-date"), "400 IncompleteSignature"),
        tampered(
            "a signature in upper case",
            get(),
            |r| r.set(auth, |a| a.replace("Signature=", "Signature=A")),
            MISMATCH,
        ),
        tampered(
            "an empty signature",
            get(),
            |r| r.set(auth, |a| a.split("Signature=").next().unwrap().to_owned() + "Signature="),
            MISMATCH,
        ),
        tampered(
            "no signature",
            get(),
            |r| r.set(auth, |a| a.split(", Signature=").next().unwrap().to_owned()),
            MALFORMED,
        ),
        tampered(
            "no signed headers",
            get(),
            |r| r.set(auth, |a| a.replace("SignedHeaders=", "Headers=")),
            MALFORMED,
        ),
        tampered("host is not signed", get(), |r| r.set(auth, |a| a.replace("host;", "")), MISMATCH),
        tampered("no credential", get(), |r| r.set(auth, |a| a.replace("Credential=", "Cred=")), MALFORMED),
        tampered("another algorithm", get(), |r| r.set(auth, |a| a.replace("SHA256", "SHA512")), MALFORMED),
        tampered("an empty header", get(), |r| r.set(auth, |_| String::new()), MALFORMED),
        tampered(
            "another scope's end",
            get(),
            |r| r.set(auth, |a| a.replace("aws4_request", "aws5_request")),
            MALFORMED,
        ),
        tampered(
            "another day in the scope",
            get(),
            |r| r.set(auth, |a| a.replace("/20", "/19")),
            "400 The authorization header is malformed; Invalid credential date &quot;19",
        ),
        tampered(
            "another day in a form's scope",
            form(),
            |r| r.set(auth, |a| a.replace("/20", "/19")),
            "403 Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: &apos;19",
        ),
        tampered(
            "another day in JSON's scope",
            json(),
            |r| r.set(auth, |a| a.replace("/20", "/19")),
            "400 Date in Credential scope does not match",
        ),
        made(
            "a form for another region than the host's",
            form().host("sts.eu-west-2.amazonaws.com"),
            |_| (),
            "403 Credential should be scoped to a valid region.",
        ),
        made(
            "a form for the host of all regions",
            form().host("sts.amazonaws.com"),
            |_| (),
            "403 Credential should be scoped to a valid region.",
        ),
        made(
            "JSON for another region than the host's",
            json().host("kms.eu-west-2.amazonaws.com"),
            |_| (),
            "400 Credential should be scoped to a valid region.",
        ),
        tampered(
            "another region in the scope",
            get(),
            |r| r.set(auth, |a| a.replace("eu-west-1", "eu-west-2")),
            MISMATCH,
        ),
        tampered(
            "version 2",
            get(),
            |r| r.set(auth, |_| "AWS AKIA:c2ln".into()),
            "400 mechanism you have provided is not supported",
        ),
        tampered("bearer", get(), |r| r.set(auth, |_| "Bearer x".into()), MALFORMED),
        tampered(
            "malformed in a form",
            form(),
            |r| r.set(auth, |_| "Bearer x".into()),
            "400 IncompleteSignature",
        ),
        made("replayed after 16 minutes", get(), |r| r.shift = -960, SKEWED),
        made(
            "both clocks are told",
            get(),
            |r| r.shift = -960,
            "403 <MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>",
        ),
        made("16 minutes ahead", get(), |r| r.shift = 960, SKEWED),
        made("a form replayed after 16 minutes", form(), |r| r.shift = -960, "403 - 15 min.)"),
        made("another secret", get(), |r| r.secret = "other", MISMATCH),
        made("another secret for a form", form(), |r| r.secret = "other", MISMATCH),
        made(
            "what STS made of it",
            form(),
            |r| r.secret = "other",
            "403 The Canonical String for this request should have been\n&apos;POST\n/\n\ncontent-type:",
        ),
        made(
            "what KMS would have signed",
            json(),
            |r| r.secret = "other",
            "400 The String-to-Sign should have been\\n'AWS4-HMAC-SHA256\\n",
        ),
        made(
            "an unknown key",
            get(),
            |r| r.key = "AKIB",
            "403 does not exist in our records.</Message><AWSAccessKeyId>AKIB</AWSAccessKeyId>",
        ),
        made("an unknown key for a form", form(), |r| r.key = "AKIB", "403 InvalidClientTokenId"),
        made("an inactive key", get(), |r| r.key = "OLD", "403 InvalidAccessKeyId"),
        made("a session without its token", get(), |r| r.key = "ASIA", "403 InvalidAccessKeyId"),
        made(
            "a session with another token",
            get().session("ASIA"),
            |r| r.token = Some("other"),
            "400 InvalidToken",
        ),
        made("a token where none belongs", get().session("AKIA"), |_| (), "400 InvalidToken"),
        made("a session that is over", get().session("ENDED"), |_| (), "400 ExpiredToken"),
        made("a form of a session that is over", form().session("ENDED"), |_| (), "403 ExpiredToken"),
        made("another region", get(), |r| r.region = "us-east-1", "301 PermanentRedirect"),
        made("a region that is none", get(), |r| r.region = "mars-1", "400 AuthorizationHeaderMalformed"),
        made(
            "a form for a region that is none",
            form(),
            |r| r.region = "mars-1",
            "403 scoped to a valid region",
        ),
        made(
            "JSON for a region that is none",
            json(),
            |r| r.region = "mars-1",
            "400 InvalidSignatureException",
        ),
        made("a region of another partition", get(), |r| r.region = "cn-north-1", "403 InvalidAccessKeyId"),
        made(
            "a form for another partition",
            form(),
            |r| r.region = "us-gov-west-1",
            "403 InvalidClientTokenId",
        ),
        made(
            "another region than the host's",
            get().host("s3.eu-west-2.amazonaws.com"),
            |_| (),
            "400 expecting &apos;eu-west-2&apos;",
        ),
        made(
            "another service for REST",
            get(),
            |r| r.service = "iam",
            "400 incorrect service &quot;iam&quot;",
        ),
        made(
            "another service for a form",
            form(),
            |r| r.service = "s3",
            "403 Credential should be scoped to correct service",
        ),
        made(
            "another service by version",
            form(),
            |r| r.service = "iam",
            "403 correct service: &apos;sts&apos;",
        ),
        made("an unknown service", get(), |r| r.service = "dynamodb", "501 `dynamodb`"),
        row(
            "a URL of version 2",
            &Draft::new("GET", "/b/k?AWSAccessKeyId=AKIA&Signature=c2ln&Expires=9999999999"),
            "400 mechanism you have provided is not supported",
        ),
        row("no signature at all", &get(), "403 AccessDenied"),
        row("a form without a signature", &form(), "403 MissingAuthenticationToken"),
        row(
            "JSON without a signature",
            &Draft::new("POST", "/").header("x-amz-target", "TrentService.ListKeys"),
            "400 MissingAuthenticationTokenException",
        ),
        made("an unknown key for JSON", json(), |r| r.key = "AKIB", "400 UnrecognizedClientException"),
        made("another secret for JSON", json(), |r| r.secret = "other", "400 InvalidSignatureException"),
        made("JSON of a session that is over", json().session("ENDED"), |_| (), "400 ExpiredTokenException"),
        made("JSON replayed after 16 minutes", json(), |r| r.shift = -960, "400 Signature expired: 20"),
        made("JSON ahead of time", json(), |r| r.shift = 960, "400 Signature not yet current: 20"),
        tampered(
            "malformed in JSON",
            json(),
            |r| r.set(auth, |_| "Bearer x".into()),
            "400 IncompleteSignatureException",
        ),
        tampered(
            "another body where it is read on the road",
            Draft::new("POST", "/b?delete").body("<Delete><Object><Key>k</Key></Object></Delete>"),
            |r| r.body = b"<Delete><Object><Key>l</Key></Object></Delete>".to_vec(),
            "400 XAmzContentSHA256Mismatch",
        ),
        row(
            "a web identity without a token",
            &Draft::form("Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::111122223333:role/r"),
            "400 InvalidIdentityToken",
        ),
        made(
            "nothing allowed",
            get(),
            |r| r.key = "POOR",
            "403 no identity-based policy allows the s3:GetObject action",
        ),
    ]
}

fn presigned_urls() -> Vec<Row> {
    let url = || get().presigned(60);
    let without =
        |what, name: &'static str| tampered(what, url(), move |r| r.path = r.path.replace(name, "x"), QUERY);
    vec![
        made("a URL past its life", url(), |r| r.shift = -61, "403 Request has expired"),
        made("both times are told", url(), |r| r.shift = -61, "403 </X-Amz-Expires><Expires>20"),
        made("a URL ahead of time", url(), |r| r.shift = 960, "403 not valid yet"),
        tampered("a longer life", url(), |r| r.path = r.path.replace("Expires=60", "Expires=600"), MISMATCH),
        tampered(
            "a life of eight days",
            url(),
            |r| r.path = r.path.replace("Expires=60", "Expires=691200"),
            QUERY,
        ),
        tampered("a negative life", url(), |r| r.path = r.path.replace("Expires=60", "Expires=-1"), QUERY),
        tampered(
            "a life that is no number",
            url(),
            |r| r.path = r.path.replace("Expires=60", "Expires=1h"),
            QUERY,
        ),
        without("no life", "X-Amz-Expires"),
        without("no date", "X-Amz-Date"),
        without("no credential", "X-Amz-Credential"),
        without("no headers", "X-Amz-SignedHeaders"),
        tampered("another day", url(), |r| r.path = r.path.replace("%2F20", "%2F19"), QUERY),
        tampered("another key", url(), |r| r.path = r.path.replace("/b/k", "/b/l"), MISMATCH),
        tampered("another method", url(), |r| r.method = "DELETE", MISMATCH),
        tampered("one more parameter", url(), |r| r.path += "&response-expires=1", MISMATCH),
        tampered(
            "a header and a query",
            url(),
            |r| r.headers.push(("authorization".into(), "x".into())),
            "400 Only one auth mechanism",
        ),
        tampered(
            "an unsigned header",
            url(),
            |r| r.headers.push(("x-amz-acl".into(), "public-read".into())),
            "403 not signed",
        ),
        tampered(
            "a session's URL without its token",
            url().session("ASIA"),
            |r| {
                let (head, tail) = r.path.split_once("&X-Amz-Security-Token=").unwrap();
                r.path = format!("{head}&{}", tail.split_once('&').map_or("", |(_, rest)| rest));
            },
            "403 InvalidAccessKeyId",
        ),
    ]
}

fn chunks() -> Vec<Row> {
    let signed = || signed_chunks(&[&"d".repeat(8192), &"t".repeat(8192)], Some("x-amz-checksum-crc32:AA=="));
    let changed = |what, from: &'static str, to: &'static str, expected| {
        let mut draft = signed();
        draft.body = String::from_utf8(draft.body).unwrap().replacen(from, to, 1).into_bytes();
        row(what, &draft, expected)
    };
    let length = || {
        let mut draft = Draft::new("PUT", "/b/k").body("4\r\ndata\r\n0\r\n\r\n");
        draft.sealed = Sealed::Mode("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        draft
    };
    vec![
        changed("a changed chunk", "\r\nt", "\r\nu", "400 does not match its signature"),
        changed("a changed trailer", "crc32:AA==", "crc32:AB==", "400 does not match its signature"),
        changed("an unsigned chunk", ";chunk-signature=", ";x=", "400 does not match its signature"),
        changed(
            "a changed signature",
            "chunk-signature=",
            "chunk-signature=0",
            "400 does not match its signature",
        ),
        changed(
            "a trailer without signature",
            "x-amz-trailer-signature",
            "x-amz-checksum-sha1",
            "400 does not match its signature",
        ),
        changed("no last chunk", "\r\n0;", "\r\n2;", "400 longer than `x-amz-decoded"),
        row("a small chunk", &signed_chunks(&["da", "ta"], None), "403 InvalidChunkSizeError"),
        row(
            "a small chunk between others",
            &signed_chunks(&[&"d".repeat(8192), "t", &"t".repeat(8192)], None),
            "403 Only the last chunk is allowed to have a size less than 8192 bytes",
        ),
        row(
            "more behind the last chunk",
            &unsigned_chunks("4\r\ndata\r\n0\r\n\r\nmore"),
            "400 more behind the last chunk",
        ),
        made(
            "a trailer that is no checksum of S3's",
            length()
                .header("x-amz-decoded-content-length", "4")
                .header("x-amz-trailer", "x-amz-checksum-md5"),
            |_| (),
            "400 The value specified in the x-amz-trailer header is not supported",
        ),
        row("a length that is none", &unsigned_chunks("zz\r\ndata\r\n0\r\n\r\n"), "400 hexadecimal"),
        row("an enormous length", &unsigned_chunks("ffffffffffffffff\r\ndata"), "400 chunked body is broken"),
        row(
            "a chunk longer than told",
            &unsigned_chunks("2\r\ndata\r\n0\r\n\r\n"),
            "400 longer than its header",
        ),
        row(
            "a body longer than told",
            &unsigned_chunks("5\r\ndata5\r\n0\r\n\r\n"),
            "400 longer than `x-amz-decoded",
        ),
        row(
            "a body shorter than told",
            &unsigned_chunks("3\r\ndat\r\n0\r\n\r\n"),
            "400 shorter than `x-amz-decoded",
        ),
        row("no last chunk", &unsigned_chunks("4\r\ndata\r\n"), "400 before its last chunk"),
        row("no chunk at all", &unsigned_chunks(""), "400 before its last chunk"),
        row("a line without end", &unsigned_chunks(&"a".repeat(10_000)), "400 does not end"),
        row(
            "trailers without end",
            &unsigned_chunks(&format!("4\r\ndata\r\n0\r\n{}", "a:b\r\n".repeat(5000))),
            "400 do not end",
        ),
        row("a trailer without colon", &unsigned_chunks("4\r\ndata\r\n0\r\nx\r\n\r\n"), "400 no colon"),
        row("bytes that are no text", &unsigned_chunks("\u{0}\r\n"), "400 hexadecimal"),
        made("no decoded length", length(), |_| (), "411 MissingContentLength"),
        made(
            "a decoded length that is none",
            length().header("x-amz-decoded-content-length", "4x"),
            |_| (),
            "411 MissingContentLength",
        ),
    ]
}

fn shapes() -> Vec<Row> {
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

async fn check(rows: Vec<Row>) {
    let gateway = stand::start().await;
    let mut wrong = Vec::new();
    for Row { what, bytes, expected } in rows {
        let (status, body) = exchange(&gateway, &bytes).await;
        let (expected_status, part) = expected.split_once(' ').unwrap();
        if status.to_string() != expected_status || !body.contains(part) {
            wrong.push(format!("{what}: expected {expected}, got {status} {body}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let (status, _) = exchange(&gateway, &get().signed().bytes()).await;
    assert_eq!(status, 200, "the gateway goes on");
}

#[tokio::test]
async fn bad_signatures() {
    check(signatures()).await;
}

#[tokio::test]
async fn bad_presigned_urls() {
    check(presigned_urls()).await;
}

#[tokio::test]
async fn bad_chunks() {
    check(chunks()).await;
}

#[tokio::test]
async fn bad_shapes() {
    check(shapes()).await;
}
