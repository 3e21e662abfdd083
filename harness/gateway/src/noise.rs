//! Every parser of what strangers send takes any bytes: it reads them or refuses, and what it reads holds.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};

use crate::{
    BodyError,
    classify::{S3Address, TagsAsked, classify_rest},
    delete_objects::{asked, request_for},
    disturb::Noise,
    sigv4::{Authorization, ChunkedBody, Presigned, Trailers},
    web_identity::Token,
};

const ROUNDS: usize = 4000;

/// Shows many disturbed copies of each seed; `take` tells whether it read one, and some must be and some not.
fn check(seeds: &[&str], mut take: impl FnMut(&[u8]) -> bool) {
    let mut noise = Noise::new();
    let copies = (0..ROUNDS).map(|round| noise.disturbed(seeds[round % seeds.len()].as_bytes()));
    let read = copies.filter(|copy| take(copy)).count();
    assert!((1..ROUNDS).contains(&read), "{read} of {ROUNDS} were read");
}

#[test]
fn deletions() {
    let seeds = [
        "<Delete><Object><Key>a &amp; b</Key></Object><Quiet>true</Quiet></Delete>",
        "<Delete><Object><Key>k</Key><VersionId>v</VersionId></Object></Delete>",
    ];
    check(&seeds, |bytes| match asked(bytes) {
        Ok(read) => {
            let again = asked(&request_for(&read.objects, read.quiet)).unwrap();
            // A lone carriage return is one of the few things that XML changes on its way.
            let plain = read.objects.iter().all(|named| !named.key.contains('\r'));
            assert!(!plain || again == read, "{}", String::from_utf8_lossy(bytes));
            true
        }
        Err(error) => {
            assert!(["MalformedXML", "NotImplemented"].contains(&error.code.as_str()));
            false
        }
    });
}

#[test]
fn deep_and_wide_xml_is_bounded() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(asked(deep.as_bytes()).unwrap_err().code, "MalformedXML");
    let twice = "<Delete><Object><Key>a</Key></Object></Delete>".repeat(2);
    assert_eq!(asked(twice.as_bytes()).unwrap_err().code, "MalformedXML");
}

#[test]
fn tags() {
    let seed = "<Tagging><TagSet><Tag><Key>a</Key><Value>&lt;</Value></Tag></TagSet></Tagging>";
    check(&[seed], |bytes| match TagsAsked::in_body(bytes) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.status, StatusCode::BAD_REQUEST);
            false
        }
    });
}

#[test]
fn authorizations() {
    let seed = "AWS4-HMAC-SHA256 Credential=AKIA/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, \
                Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    check(&[seed], |bytes| {
        let read = std::str::from_utf8(bytes).ok().and_then(Authorization::parse);
        read.is_some_and(|read| {
            assert!(!read.signed_headers.is_empty() && !read.credential.access_key_id.is_empty());
            true
        })
    });
}

#[test]
fn addresses_and_presigned_urls() {
    let seeds = [
        "/b/a%20b//c?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20130524%2Fr%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00",
        "/b/k?tagging&versionId=1",
        "/b?list-type=2&prefix=%C3%A9",
    ];
    check(&seeds, |bytes| {
        let Ok(request) = Request::builder().uri(bytes).header("host", "b.s3.localhost").body(()) else {
            return false;
        };
        let (parts, ()) = request.into_parts();
        let _ = Presigned::parse(&parts);
        let address = S3Address::of(&parts);
        assert!(address.path.starts_with("/b"), "{}", address.path);
        classify_rest(&parts, &address, "aws").is_ok()
    });
}

#[test]
fn tokens() {
    check(&["eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UifQ.c2ln"], |bytes| {
        std::str::from_utf8(bytes).is_ok_and(|text| Token::parse(text).is_ok())
    });
}

/// Decodes a body that arrives in pieces of a size.
async fn decoded(framed: &[u8], size: usize) -> Result<Bytes, String> {
    let pieces: Vec<_> = framed.chunks(size).map(Bytes::copy_from_slice).collect();
    let pieces = pieces.into_iter().map(|piece| Ok::<_, BodyError>(Frame::data(piece)));
    let inner = StreamBody::new(futures_util::stream::iter(pieces)).boxed_unsync();
    let body = ChunkedBody::new(inner, Trailers::default(), 5, None).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string())
}

#[tokio::test]
async fn chunks() {
    let seed = b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    let mut noise = Noise::new();
    let mut read = 0;
    for _ in 0..ROUNDS {
        let framed = noise.disturbed(seed);
        let (whole, bytewise) = (decoded(&framed, framed.len().max(1)).await, decoded(&framed, 1).await);
        assert_eq!(whole.is_ok(), bytewise.is_ok(), "{}", String::from_utf8_lossy(&framed));
        if let (Ok(whole), Ok(bytewise)) = (whole, bytewise) {
            assert_eq!((whole.len(), &whole), (5, &bytewise));
            read += 1;
        }
    }
    assert!((1..ROUNDS).contains(&read), "{read} of {ROUNDS} were read");
}
