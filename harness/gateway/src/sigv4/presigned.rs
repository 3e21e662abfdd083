//! A signature in the query: presigned URLs.

use http::{HeaderMap, HeaderName, HeaderValue, request::Parts};

use super::{Authorization, CredentialScope, authorization::signed_headers};

/// The query parameters that carry the signature; the rest is what the request asks for.
const PARAMETERS: [&str; 8] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
];

/// What the query says of its signature.
pub(crate) struct Presigned {
    pub(crate) authorization: Authorization,
    pub(crate) amz_date: String,
    /// As written; STS takes URLs without one.
    pub(crate) expires: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) payload_hash: Option<String>,
}

impl Presigned {
    /// Whether the query says that it is signed.
    pub(crate) fn is_claimed(parts: &Parts) -> bool {
        value(parts, "X-Amz-Algorithm").is_some() || value(parts, "X-Amz-Signature").is_some()
    }

    /// Reads the query; none where a parameter is missing or is of another version.
    pub(crate) fn parse(parts: &Parts) -> Option<Self> {
        let value = |name| value(parts, name);
        if value("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return None;
        }
        Some(Self {
            authorization: Authorization {
                credential: CredentialScope::parse(&value("X-Amz-Credential")?)?,
                signed_headers: signed_headers(&value("X-Amz-SignedHeaders")?),
                signature: value("X-Amz-Signature")?,
            },
            amz_date: value("X-Amz-Date")?,
            expires: value("X-Amz-Expires"),
            token: value("X-Amz-Security-Token"),
            payload_hash: value("X-Amz-Content-Sha256"),
        })
    }
}

fn value(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query()?;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The query without its signature. Other `x-amz-` parameters are headers that the signer moved there (documented).
pub(crate) fn take_signature(query: &str, headers: &mut HeaderMap) -> String {
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else { continue };
        if PARAMETERS.contains(&&*name) {
            continue;
        }
        let header = name.to_ascii_lowercase();
        match (header.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            (Ok(header), Ok(value)) if header.as_str().starts_with("x-amz-") => {
                headers.insert(header, value);
            }
            _ => kept.push(pair),
        }
    }
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_leaves_the_query() {
        let mut headers = HeaderMap::new();
        let query = "list-type=2&X-Amz-Date=1&x-amz-acl=private&prefix=a%20b&X-Amz-Signature=2&policy";
        assert_eq!(take_signature(query, &mut headers), "list-type=2&prefix=a%20b&policy");
        assert_eq!(headers.get("x-amz-acl").unwrap(), "private");
        assert_eq!(headers.len(), 1);
    }

    #[test]
    fn an_incomplete_query_is_none() {
        let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/20130524/us-east-1/s3/aws4_request\
                     &X-Amz-Date=20130524T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=5";
        let parse = |query: &str| {
            let uri = format!("/b?{query}");
            let (parts, ()) = http::Request::builder().uri(uri).body(()).unwrap().into_parts();
            (Presigned::is_claimed(&parts), Presigned::parse(&parts).is_some())
        };
        assert_eq!(parse(query), (true, true));
        for name in ["X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"] {
            assert_eq!(parse(&query.replace(name, "x")), (true, false), "{name}");
        }
        assert_eq!(parse("prefix=a"), (false, false));
    }
}
