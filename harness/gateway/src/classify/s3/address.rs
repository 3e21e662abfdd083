//! Which bucket and key a request is for.

use http::{HeaderMap, request::Parts};
use percent_encoding::percent_decode_str;

/// Which bucket and key a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct S3Address {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// The version of the key, where one is named.
    pub(crate) version: Option<String>,
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
        Self {
            bucket: decoded(bucket),
            key: decoded(key),
            version: version(parts.uri.query().unwrap_or_default()),
            region: region(&parts.headers),
            path,
        }
    }

    /// What `x-amz-copy-source` names: `BUCKET/KEY`, encoded, with a leading slash or without, and a version behind it.
    pub(crate) fn of_source(text: &str) -> Option<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let (bucket, key) = path.strip_prefix('/').unwrap_or(path).split_once('/')?;
        let (bucket, key) = (decoded(bucket)?, decoded(key)?);
        Some(Self {
            bucket: Some(bucket),
            key: Some(key),
            version: version(query),
            path: String::new(),
            region: None,
        })
    }

    /// The ARN of the object, else of the bucket; none where not even that is named.
    pub(crate) fn arn(&self, partition: &str) -> Option<String> {
        let bucket = self.bucket.as_ref()?;
        Some(match &self.key {
            Some(key) => format!("arn:{partition}:s3:::{bucket}/{key}"),
            None => format!("arn:{partition}:s3:::{bucket}"),
        })
    }
}

fn decoded(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| percent_decode_str(text).decode_utf8_lossy().into_owned())
}

fn version(query: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(name, _)| name == "versionId").map(|(_, version)| version.into_owned())
}

/// `BUCKET.s3.REGION.amazonaws.com`, `BUCKET.s3.dualstack.REGION.amazonaws.com`, `BUCKET.s3.localhost` and the like; none for addresses and plain hosts.
fn virtual_bucket(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get("host")?.to_str().ok()?;
    let (bucket, rest) = host
        .split_once(".s3.")
        .or_else(|| host.split_once(".s3-"))
        .or_else(|| Some((local_bucket(host)?, "localhost")))?;
    (!bucket.is_empty() && !rest.is_empty()).then_some(bucket)
}

/// `BUCKET.localhost:PORT`, which SDKs make of the endpoint `http://localhost:PORT`; `s3.localhost` is S3's own.
fn local_bucket(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.strip_suffix(".localhost").filter(|bucket| *bucket != "s3")
}

/// The region in `s3.REGION.amazonaws.com` and `s3.dualstack.REGION.amazonaws.com`, with a bucket in front of it or without.
fn region(headers: &HeaderMap) -> Option<String> {
    let host = headers.get("host")?.to_str().ok()?;
    let (front, _) = host.split_once(".amazonaws.com")?;
    let region = front.strip_prefix("s3.").or_else(|| front.rsplit_once(".s3.").map(|(_, region)| region))?;
    Some(region.strip_prefix("dualstack.").unwrap_or(region).to_owned())
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
        check_region("s3.dualstack.eu-west-1.amazonaws.com", Some("eu-west-1"));
        check_region("b.s3.dualstack.eu-west-1.amazonaws.com", Some("eu-west-1"));
    }

    fn check_bucket(host: &str, expected: &str) {
        let request = http::Request::builder().uri("/k").header("host", host);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(S3Address::of(&parts).path, expected, "{host}");
    }

    #[test]
    fn buckets_of_hosts() {
        check_bucket("b.s3.dualstack.eu-west-1.amazonaws.com", "/b/k");
        check_bucket("b.s3.localhost:4566", "/b/k");
        check_bucket("b.localhost:4566", "/b/k");
        check_bucket("b.c.localhost", "/b.c/k");
        check_bucket("s3.localhost:4566", "/k");
        check_bucket("localhost:4566", "/k");
        check_bucket("127.0.0.1:4566", "/k");
    }
}
