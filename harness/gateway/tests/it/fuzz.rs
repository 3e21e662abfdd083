//! Requests that nobody meant, over the socket: each is answered, none with a server error, and the gateway lives on.
//! `PROPTEST_CASES` says how many are tried of each.

use std::sync::LazyLock;

use linchpin_gateway::Gateway;
use proptest::{collection::vec, prelude::*, sample::select};
use tokio::runtime::{Builder, Runtime};

use crate::{
    request::{Draft, Sealed, exchange},
    stand,
};

/// One gateway for all: what a request leaves behind, the next one meets.
static STAND: LazyLock<(Runtime, Gateway)> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let gateway = runtime.block_on(stand::start());
    (runtime, gateway)
});

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn ask(bytes: &[u8]) -> (u16, String) {
    let (runtime, gateway) = &*STAND;
    runtime.block_on(exchange(gateway, bytes))
}

/// Up to so many pieces, one behind the other.
fn joined(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    let strange = "\\PC{0,8}".prop_map(|text| text);
    let piece = prop_oneof![9 => select(pieces).prop_map(str::to_owned), 1 => strange];
    vec(piece, 0..most).prop_map(|pieces| pieces.concat())
}

const AUTHORIZATION: &[&str] = &[
    "AWS4-HMAC-SHA256",
    "AWS ",
    " ",
    ",",
    "Credential=",
    "AKIA/20260102/eu-west-1/s3/aws4_request",
    "AKIA/20260102/eu-west-1/sts/aws4_request",
    "ASIA",
    "/",
    "SignedHeaders=",
    "host",
    ";x-amz-date",
    ";",
    "Signature=",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "=",
    "%20",
];

const QUERY: &[&str] = &[
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "X-Amz-Credential=AKIA%2F20260102%2Feu-west-1%2Fs3%2Faws4_request",
    "X-Amz-Date=20260102T000000Z",
    "X-Amz-Expires=",
    "60",
    "-1",
    "604801",
    "X-Amz-SignedHeaders=host",
    "X-Amz-Signature=00",
    "X-Amz-Security-Token=t",
    "AWSAccessKeyId=AKIA",
    "Action=ListUsers",
    "&",
    "&",
    "&",
    "=",
    "%",
    "%ff",
    "%2",
    "+",
    "list-type=2",
    "versionId",
    "uploadId=u",
    "partNumber=1",
];

const CHUNKS: &[&str] = &[
    "4",
    "0",
    "ffffffffffffffff",
    "-1",
    "\r\n",
    "\r\n",
    "\n",
    "data",
    ";chunk-signature=",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "x-amz-checksum-crc32:AAAAAA==",
    "x-amz-trailer-signature:00",
    ":",
    " ",
];

const XML: &[&str] = &[
    "<Delete>",
    "</Delete>",
    "<Object>",
    "</Object>",
    "<Key>k</Key>",
    "<Key>",
    "</Key>",
    "<VersionId>v</VersionId>",
    "<Quiet>true</Quiet>",
    "<Tagging>",
    "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>",
    "</Tagging>",
    "<CreateBucketConfiguration>",
    "<LocationConstraint>eu-west-1</LocationConstraint>",
    "</CreateBucketConfiguration>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version=\"1.0\"?>",
    "&amp;",
    "&b;",
    "&#0;",
    "<",
    ">",
    "/",
    "<a xmlns:x=\"y\">",
];

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "1e999",
    "-0",
    "\"KeyId\"",
    "\"k\"",
    "\"CiphertextBlob\"",
    "\"YQ==\"",
    "\"Tags\"",
    "\"TagKey\"",
    "\"Constraints\"",
    "\"EncryptionContext\"",
    "\"Operations\"",
    "\"\\ud800\"",
    "\"",
];

const FORM: &[&str] = &[
    "Action=",
    "ListUsers",
    "AssumeRole",
    "GetUser",
    "TagRole",
    "&",
    "&",
    "=",
    "Version=2010-05-08",
    "Version=2011-06-15",
    "RoleArn=arn:aws:iam::1:role/",
    "RoleName=r",
    "UserName=",
    "Tags.member.1.Key=k",
    "Tags.member..Value",
    "TagKeys.member.1=a",
    "NewPath=/",
    "NewUserName=u",
    "PolicyArn=arn:",
    "%",
    "%ff",
    "+",
    "arn:::::",
    "/",
];

fn kms(operation: &str, body: &str) -> Draft {
    let target = format!("TrentService.{operation}");
    let mut draft = Draft::new("POST", "/").body(body).header("x-amz-target", &target);
    draft.service = "kms";
    draft
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_claims_to_be_signed_is_refused(header in joined(AUTHORIZATION, 12), query in joined(QUERY, 10)) {
        let header: String = header.chars().filter(|c| !c.is_control()).collect();
        let bytes = format!(
            "GET /b/k?{} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {header}\r\nx-amz-date: 20260102T000000Z\r\n\
             connection: close\r\n\r\n",
            query.replace(char::is_whitespace, "")
        );
        let (status, body) = ask(bytes.as_bytes());
        prop_assert!((400..500).contains(&status), "{status} {body}");
    }

    #[test]
    fn a_query_that_claims_to_be_signed_is_refused(query in joined(QUERY, 14)) {
        let query = query.replace(char::is_whitespace, "");
        let bytes = format!("GET /b/k?{query} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
        let (status, body) = ask(bytes.as_bytes());
        prop_assert!((400..=501).contains(&status) && status != 500, "{status} {body}");
    }

    /// The verifier holds to every byte: with one changed, nothing that was signed is believed.
    #[test]
    fn what_is_changed_after_it_was_signed_is_refused(
        key in "[a-z%]{0,8}[a-z]",
        meta in "[a-z]{1,8}",
        place in any::<prop::sample::Index>(),
    ) {
        let key = key.replace('%', "%25");
        let draft = Draft::new("PUT", &format!("/b/{key}")).body("data").header("x-amz-meta-a", &meta).signed();
        let (status, body) = ask(&draft.bytes());
        prop_assert_eq!(status, 200, "{}", body);
        let changed = |text: &str| -> String {
            let at = place.index(text.len());
            let other = |c| if c == 'z' { 'y' } else { 'z' };
            text.chars().enumerate().map(|(place, c)| if place == at { other(c) } else { c }).collect()
        };
        for tampered in [
            { let mut draft = draft.clone(); draft.set("x-amz-meta-a", changed); draft },
            { let mut draft = draft.clone(); draft.path = format!("/b/{key}z"); draft },
            { let mut draft = draft.clone(); draft.body = changed("data").into_bytes(); draft },
        ] {
            let (status, body) = ask(&tampered.bytes());
            prop_assert!((400..500).contains(&status), "{status} {body}");
        }
    }

    #[test]
    fn chunks_are_read_or_refused(text in joined(CHUNKS, 16), length in 0_u64..64) {
        let mut draft = Draft::new("PUT", "/b/k").body(&text);
        draft.sealed = Sealed::Mode("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let draft = draft.header("x-amz-decoded-content-length", &length.to_string()).signed();
        let (status, body) = ask(&draft.bytes());
        prop_assert!(status == 200 || (400..500).contains(&status), "{status} {body}");
    }

    /// However data is cut in chunks, the service gets the data.
    #[test]
    fn chunks_hold_their_data(pieces in vec("[a-z\r\n;]{1,40}", 0..8)) {
        let framed: String = pieces.iter().map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).collect();
        let framed = framed + "0\r\n\r\n";
        let data = pieces.concat();
        let mut draft = Draft::new("PUT", "/b/k").body(&framed);
        draft.sealed = Sealed::Mode("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let draft = draft.header("x-amz-decoded-content-length", &data.len().to_string()).signed();
        let (status, body) = ask(&draft.bytes());
        prop_assert_eq!((status, body), (200, format!("PutObject /b/k {data}")));
    }

    #[test]
    fn xml_is_read_or_refused(body in joined(XML, 24), operation in 0_usize..3) {
        let (method, path) = [("POST", "/b?delete"), ("PUT", "/b/k?tagging"), ("PUT", "/new")][operation];
        let (status, body) = ask(&Draft::new(method, path).header("content-md5", "AAAA").body(&body).signed().bytes());
        prop_assert!(status == 200 || (400..=501).contains(&status) && status != 500, "{status} {body}");
    }

    #[test]
    fn json_is_read_or_refused(body in joined(JSON, 24), deep in 0_usize..2000, operation in 0_usize..4) {
        let operation = ["Encrypt", "ReEncrypt", "CreateGrant", "TagResource"][operation];
        for body in [body, format!("{{\"KeyId\":{}", "[".repeat(deep))] {
            let (status, body) = ask(&kms(operation, &body).signed().bytes());
            prop_assert!(status == 200 || (400..500).contains(&status), "{status} {body}");
        }
    }

    #[test]
    fn forms_are_read_or_refused(body in joined(FORM, 24), of_iam in any::<bool>()) {
        let mut draft = Draft::form(&body);
        draft.service = if of_iam { "iam" } else { "sts" };
        let (status, body) = ask(&draft.signed().bytes());
        prop_assert!(status == 200 || (400..=501).contains(&status) && status != 500, "{status} {body}");
    }
}
