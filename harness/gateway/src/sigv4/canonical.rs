//! The canonical form of a request, which the signature covers.

use http::{HeaderMap, request::Parts};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const RESERVED_BUT_SLASH: &AsciiSet = &RESERVED.remove(b'/');

/// Encodes the way SigV4 asks for, the slash included.
fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, RESERVED).to_string()
}

/// The canonical request: method, path, query, headers, signed header names, payload hash.
pub(crate) fn canonical_request(
    parts: &Parts,
    service: &str,
    signed_headers: &[String],
    payload_hash: &str,
) -> String {
    let headers: String = signed_headers
        .iter()
        .map(|name| format!("{name}:{}\n", header_value(&parts.headers, name)))
        .collect();
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload_hash}",
        parts.method,
        path(parts.uri.path(), service),
        query(parts.uri.query().unwrap_or_default()),
        signed_headers.join(";"),
    )
}

/// S3 signs the path encoded once; every other service signs it encoded twice.
fn path(raw: &str, service: &str) -> String {
    let decoded: Vec<u8> = percent_decode_str(raw).collect();
    let once = percent_encode(&decoded, RESERVED_BUT_SLASH).to_string();
    if service == "s3" { once } else { percent_encode(once.as_bytes(), RESERVED_BUT_SLASH).to_string() }
}

fn query(raw: &str) -> String {
    let mut pairs: Vec<(String, String)> = raw
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("X-Amz-Signature="))
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (recode(name), recode(value))
        })
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// As services read a query, `+` is a space.
fn recode(text: &str) -> String {
    encode(&percent_decode_str(&text.replace('+', " ")).collect::<Vec<u8>>())
}

/// Values trimmed, inner runs of spaces made one, repeated headers joined by a comma.
fn header_value(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    values.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, service: &str, expected_path: &str, expected_query: &str) {
        let (parts, ()) = http::Request::builder().uri(uri).body(()).unwrap().into_parts();
        let canonical = canonical_request(&parts, service, &[], "hash");
        let mut lines = canonical.lines();
        assert_eq!(lines.nth(1), Some(expected_path), "{uri}");
        assert_eq!(lines.next(), Some(expected_query), "{uri}");
    }

    #[test]
    fn headers() {
        let request = http::Request::builder().header("x-amz-meta-a", "  one   two ");
        let request = request.header("x-amz-meta-a", "three").header("x-amz-meta-b", "");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let names = ["x-amz-meta-a", "x-amz-meta-b", "x-missing"].map(str::to_owned);
        let canonical = canonical_request(&parts, "s3", &names, "hash");
        assert_eq!(
            canonical,
            "GET\n/\n\nx-amz-meta-a:one two,three\nx-amz-meta-b:\nx-missing:\n\nx-amz-meta-a;x-amz-meta-b;x-missing\nhash"
        );
    }

    #[test]
    fn paths_and_queries() {
        check("/b/a%20b", "s3", "/b/a%20b", "");
        check("/b/a%20b", "iam", "/b/a%2520b", "");
        check("/b//k", "s3", "/b//k", "");
        check("/b/k+1", "s3", "/b/k%2B1", "");
        check("/b/%C3%A9", "s3", "/b/%C3%A9", "");
        check("/b/a%2Fb~", "s3", "/b/a/b~", "");
        check("/b?policy", "s3", "/b", "policy=");
        check("/b?prefix=a+b", "s3", "/b", "prefix=a%20b");
        check("/b?prefix=a%2Bb&prefix=", "s3", "/b", "prefix=&prefix=a%2Bb");
        check("/b?&&a=1&X-Amz-Signature=5", "s3", "/b", "a=1");
        check("/b?prefix=a%2Fb&list-type=2", "s3", "/b", "list-type=2&prefix=a%2Fb");
    }
}
