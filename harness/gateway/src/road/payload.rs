//! Bodies: the signature and the framing come off, so that services see a request as it would be without them.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, Uri, request::Parts};
use http_body_util::{BodyExt, Limited};

use super::{
    checksums::check_trailers,
    ownership::{EXPECTED, SOURCE_EXPECTED},
    range::without_ignored_range,
};
use crate::{
    AwsError, Body, BodyError,
    classify::S3Address,
    render::full,
    sigv4::{ChunkChain, ChunkedBody, PayloadHash, Trailers, VerifiedBody, take_signature},
    texts,
};

/// The body of a `DeleteObjects` as the client sent it: that is what its digests are of. The service gets another one,
/// with those keys alone that may be deleted.
#[derive(Clone, Debug)]
pub struct AsSent(pub Bytes);

/// The largest form, JSON or XML body that is read whole (documented for policies and deletes: well below).
const LARGEST_BUFFERED_BODY: usize = 2 * 1024 * 1024;

/// Headers that are settled on the road.
const ROADS_OWN: [&str; 6] = [
    "authorization",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "x-amz-trailer",
    EXPECTED,
    SOURCE_EXPECTED,
];

/// What a request says of its body, and the chain that its chunks are held to where signatures are verified.
pub(super) struct Seal {
    pub(super) hash: PayloadHash,
    pub(super) chain: Option<ChunkChain>,
}

/// Moves what a presigned URL carries to where services look for it.
pub(super) fn unwrap_query(parts: &mut Parts) -> Result<(), AwsError> {
    let query = take_signature(parts.uri.query().unwrap_or_default(), &mut parts.headers);
    parts.uri = uri(parts.uri.path(), &query)?;
    Ok(())
}

/// The request in path style, without what the road alone needs.
pub(super) fn unwrap_payload(
    mut parts: Parts,
    body: Body,
    seal: Option<Seal>,
    address: &S3Address,
) -> Result<(Parts, Body), AwsError> {
    parts.uri = uri(&address.path, parts.uri.query().unwrap_or_default())?;
    let announced = parts.headers.get("x-amz-trailer").cloned();
    check_trailers(announced.as_ref().map(|names| names.to_str().unwrap_or_default()))?;
    without_ignored_range(&mut parts.headers);
    join_metadata(&mut parts.headers);
    for name in ROADS_OWN {
        parts.headers.remove(name);
    }
    let Some(Seal { hash, chain }) = seal else { return Ok((parts, body)) };
    match hash {
        PayloadHash::Unsigned => Ok((parts, body)),
        PayloadHash::Sha256(_) if chain.is_none() => Ok((parts, body)),
        PayloadHash::Sha256(expected) => Ok((parts, VerifiedBody::new(body, expected).boxed_unsync())),
        PayloadHash::UnsignedChunksWithTrailer => unframe(parts, body, announced, None),
        PayloadHash::SignedChunks | PayloadHash::SignedChunksWithTrailer => {
            unframe(parts, body, announced, chain)
        }
    }
}

/// Documented ("Working with object metadata"): what comes several times is one value, with commas.
fn join_metadata(headers: &mut HeaderMap) {
    let names = headers.keys().filter(|name| name.as_str().starts_with("x-amz-meta-")).cloned();
    for name in names.collect::<Vec<_>>() {
        let values: Vec<&[u8]> = headers.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(joined) = HeaderValue::from_bytes(&values.join(&b","[..])) {
            headers.insert(name, joined);
        }
    }
}

fn uri(path: &str, query: &str) -> Result<Uri, AwsError> {
    let text = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    text.parse().map_err(|_| texts::unparsable_uri())
}

fn unframe(
    mut parts: Parts,
    body: Body,
    announced: Option<HeaderValue>,
    chain: Option<ChunkChain>,
) -> Result<(Parts, Body), AwsError> {
    let trailers = Trailers::announced(announced);
    parts.extensions.insert(trailers.clone());
    let decoded = parts.headers.remove("x-amz-decoded-content-length");
    let decoded = decoded.ok_or_else(texts::missing_content_length)?;
    let length = decoded.to_str().ok().and_then(|text| text.parse().ok());
    let length = length.ok_or_else(texts::missing_content_length)?;
    parts.headers.insert("content-length", decoded);
    remove_chunked_encoding(&mut parts.headers);
    Ok((parts, ChunkedBody::new(body, trailers, length, chain).boxed_unsync()))
}

/// `aws-chunked` is framing, not an encoding of the object: S3 does not store it (documented).
fn remove_chunked_encoding(headers: &mut HeaderMap) {
    let kept = headers.remove("content-encoding");
    let kept = kept.as_ref().and_then(|value| value.to_str().ok()).map(|value| {
        let codings = value.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked");
        codings.collect::<Vec<_>>().join(",")
    });
    let kept = kept.filter(|value| !value.is_empty()).and_then(|value| HeaderValue::from_str(&value).ok());
    if let Some(kept) = kept {
        headers.insert("content-encoding", kept);
    }
}

/// A form, document or JSON body, which has a bounded length.
///
/// # Errors
/// What is wrong with the body: it breaks off, is longer, or is not the one that was signed.
pub async fn read_whole(body: Body) -> Result<Bytes, AwsError> {
    Limited::new(body, LARGEST_BUFFERED_BODY).collect().await.map(|collected| collected.to_bytes()).map_err(
        |error| match error.downcast_ref::<BodyError>() {
            Some(broken) => broken.to_aws(),
            None => texts::incomplete_body(&error.to_string()),
        },
    )
}

pub(super) fn xml_response(body: Bytes) -> Response<Body> {
    let mut response = Response::new(full(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/xml"));
    response
}
