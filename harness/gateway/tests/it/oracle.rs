//! What `aws-sigv4` signs is taken.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::{
    request::{Draft, Sealed, exchange},
    stand::{self, SECRET},
};

async fn check(rows: impl IntoIterator<Item = (Draft, &str)>) {
    let gateway = stand::start().await;
    let mut wrong = Vec::new();
    for (draft, expected) in rows {
        let (status, body) = exchange(&gateway, &draft.bytes()).await;
        if status != 200 || !body.starts_with(expected) {
            wrong.push(format!("{} {}: {status} {body}", draft.method, draft.path));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn headers_and_their_canonical_form() {
    let put = |path: &str| Draft::new("PUT", path).body("data");
    let mut unsigned = put("/b/k");
    unsigned.sealed = Sealed::Unsigned;
    check([
        (Draft::new("GET", "/b/k").signed(), "GetObject /b/k"),
        (put("/b/k").signed(), "PutObject /b/k data"),
        (unsigned.signed(), "PutObject /b/k data"),
        (put("/b/a//b/").signed(), "PutObject /b/a//b/"),
        (put("/b/a%20b%2Bc%27d").signed(), "PutObject /b/a%20b%2Bc%27d"),
        (put("/b/%C3%A9%E2%82%AC").signed(), "PutObject /b/%C3%A9%E2%82%AC"),
        (put("/b/a/../b").signed(), "PutObject /b/a/../b"),
        (Draft::new("GET", "/b?list-type=2&prefix=").signed(), "ListObjectsV2 /b?list-type=2&prefix="),
        (Draft::new("GET", "/b?list-type=2&prefix=a%2Bb%20c").signed(), "ListObjectsV2"),
        (Draft::new("GET", "/b?list-type=2&prefix=a+b").signed(), "ListObjectsV2"),
        (Draft::new("GET", "/b?prefix=%C3%A9&list-type=2").signed(), "ListObjectsV2"),
        (Draft::new("GET", "/b?location").signed(), "GetBucketLocation"),
        (put("/b/k").header("x-amz-meta-a", "  one   two ").signed(), "PutObject"),
        (put("/b/k").header("x-amz-meta-empty", "").signed(), "PutObject"),
        (put("/b/k").header("x-amz-meta-r", "1").header("x-amz-meta-r", "2").signed(), "PutObject"),
        (Draft::new("GET", "/b/k").session("ASIA").signed(), "GetObject"),
        (Draft::form("Action=GetCallerIdentity&Version=2011-06-15").signed(), "GetCallerIdentity"),
        (
            Draft::form("Action=GetCallerIdentity&Version=2011-06-15").session("ASIA").signed(),
            "GetCallerIdentity",
        ),
        (
            Draft::form("Action=GetCallerIdentity&Version=2011-06-15")
                .host("sts.eu-west-1.amazonaws.com")
                .signed(),
            "GetCallerIdentity",
        ),
    ])
    .await;
}

#[tokio::test]
async fn presigned_urls() {
    let mut old = Draft::new("GET", "/b/k").presigned(7200);
    old.shift = -3600;
    let mut identity = Draft::new("GET", "/?Action=GetCallerIdentity&Version=2011-06-15").presigned(60);
    identity.service = "sts";
    identity.sealed = Sealed::Hash;
    check([
        (Draft::new("GET", "/b/k").presigned(60).signed(), "GetObject /b/k "),
        (Draft::new("PUT", "/b/k").presigned(604_800).body("data").signed(), "PutObject /b/k data"),
        (Draft::new("GET", "/b/a%20b").session("ASIA").presigned(60).signed(), "GetObject /b/a%20b "),
        (
            Draft::new("GET", "/b?list-type=2&prefix=a%2Fb").presigned(60).signed(),
            "ListObjectsV2 /b?list-type=2&prefix=a%2Fb ",
        ),
        (Draft::new("GET", "/b/k?x-amz-checksum-mode=ENABLED").presigned(60).signed(), "GetObject /b/k "),
        (old.signed(), "GetObject"),
        (identity.signed(), "GetCallerIdentity"),
    ])
    .await;
}

#[tokio::test]
async fn the_anonymous_get_what_the_bucket_policy_gives_to_all() {
    check([
        (Draft::new("GET", "/b/public/k"), "GetObject /b/public/k"),
        (Draft::new("GET", "/public/k").host("b.s3.eu-west-1.amazonaws.com"), "GetObject /b/public/k"),
        (
            Draft::new("GET", "/public/k").host("b.s3.dualstack.eu-west-1.amazonaws.com"),
            "GetObject /b/public/k",
        ),
        (Draft::new("GET", "/public/k").host("b.localhost:4566"), "GetObject /b/public/k"),
    ])
    .await;
}

#[tokio::test]
async fn chunked_bodies() {
    check([
        (unsigned_chunks("4\r\ndata\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n"), "PutObject /b/k data"),
        (signed_chunks(&[&"d".repeat(8192), "ata"], None), "PutObject /b/k dd"),
        (signed_chunks(&[], None), "PutObject /b/k "),
        (signed_chunks(&["data"], Some("x-amz-checksum-crc32:AA==")), "PutObject /b/k data"),
    ])
    .await;
}

impl Draft {
    pub fn host(mut self, host: &str) -> Self {
        self.set("host", |_| host.to_owned());
        self
    }
}

pub fn unsigned_chunks(framed: &str) -> Draft {
    let mut draft = Draft::new("PUT", "/b/k").header("x-amz-decoded-content-length", "4").body(framed);
    draft.sealed = Sealed::Mode("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    draft.signed()
}

/// Signs chunks by the documentation's formula, on its own: `aws-sigv4` does it for event streams alone.
pub fn signed_chunks(chunks: &[&str], trailer: Option<&str>) -> Draft {
    let length = chunks.concat().len().to_string();
    let mut draft = Draft::new("PUT", "/b/k").header("x-amz-decoded-content-length", &length);
    draft.sealed = Sealed::Mode(match trailer {
        Some(_) => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        None => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    });
    let mut draft = draft.signed();
    let chain = Chain::of(&draft);
    let mut previous = chain.seed.clone();
    let mut framed = String::new();
    for chunk in chunks.iter().chain([&""]) {
        let hashes = format!("{previous}\n{}\n{}", sha256(""), sha256(chunk));
        previous = chain.sign("PAYLOAD", &hashes);
        framed += &format!("{:x};chunk-signature={previous}\r\n", chunk.len());
        if !chunk.is_empty() {
            framed += &format!("{chunk}\r\n");
        }
    }
    if let Some(trailer) = trailer {
        let signature = chain.sign("TRAILER", &format!("{previous}\n{}", sha256(&format!("{trailer}\n"))));
        framed += &format!("{trailer}\r\nx-amz-trailer-signature:{signature}\r\n");
    }
    draft.body = format!("{framed}\r\n").into_bytes();
    draft
}

struct Chain {
    date: String,
    seed: String,
}

impl Chain {
    fn of(draft: &Draft) -> Self {
        let header = |name: &str| draft.headers.iter().find(|(header, _)| header == name).unwrap().1.clone();
        let seed = header("authorization").rsplit("Signature=").next().unwrap().to_owned();
        Self { date: header("x-amz-date"), seed }
    }

    fn sign(&self, what: &str, hashes: &str) -> String {
        let day = self.date.split_once('T').unwrap().0;
        let scope = format!("{day}/eu-west-1/s3/aws4_request");
        let key = [day, "eu-west-1", "s3", "aws4_request"]
            .iter()
            .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part));
        hex::encode(hmac(&key, &format!("AWS4-HMAC-SHA256-{what}\n{}\n{scope}\n{hashes}", self.date)))
    }
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// `aws-sigv4` always sends `x-amz-date`, so this one is signed by hand.
#[tokio::test]
async fn a_date_stands_in_for_the_date_of_amazon() {
    let time = time::OffsetDateTime::now_utc();
    let date = time.format(&time::format_description::well_known::Rfc2822).unwrap();
    let stamp = time.format(time::macros::format_description!("[year][month][day]T[hour][minute][second]Z"));
    let stamp = stamp.unwrap();
    let (day, _) = stamp.split_once('T').unwrap();
    let scope = format!("{day}/eu-west-1/s3/aws4_request");
    let canonical = format!(
        "GET\n/b/k\n\ndate:{date}\nhost:127.0.0.1\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\n\
         date;host;x-amz-content-sha256\nUNSIGNED-PAYLOAD"
    );
    let hash = hex::encode(Sha256::digest(canonical.as_bytes()));
    let hmac = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part));
    let signature = hex::encode(hmac(&key, &format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hash}")));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIA/{scope}, SignedHeaders=date;host;x-amz-content-sha256, \
         Signature={signature}"
    );
    let draft = Draft::new("GET", "/b/k")
        .header("date", &date)
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .header("authorization", &authorization);
    check([(draft, "GetObject /b/k")]).await;
}
