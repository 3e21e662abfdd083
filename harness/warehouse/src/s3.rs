//! S3, through the AWS SDK.

use std::collections::HashMap;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    AppName, BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    SharedHttpClient,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::{RequestId, RequestIdExt};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use bytes::Bytes;
use thiserror::Error;

use crate::cluster::ClusterState;

/// What the cluster's client calls itself, so that the cluster's requests are told from its clients' with the same keys.
pub const CLIENT_NAME: &str = "redshift.amazonaws.com";

/// Which encryption a request that writes an object names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// None: the bucket's default holds.
    Unnamed,
    /// `AES256`.
    S3,
    /// `aws:kms` with a key.
    Kms(String),
}

impl Encryption {
    pub(crate) fn algorithm(&self) -> Option<ServerSideEncryption> {
        match self {
            Encryption::Unnamed => None,
            Encryption::S3 => Some(ServerSideEncryption::Aes256),
            Encryption::Kms(_) => Some(ServerSideEncryption::AwsKms),
        }
    }

    pub(crate) fn key(&self) -> Option<String> {
        if let Encryption::Kms(key) = self { Some(key.clone()) } else { None }
    }
}

/// Where an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl Location {
    /// Reads `s3://bucket/key`; nothing in the key is normalised.
    pub(crate) fn parse(url: &str) -> Option<Location> {
        let (bucket, key) = url.strip_prefix("s3://")?.split_once('/')?;
        (!bucket.is_empty()).then(|| Location { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// The location's URL.
    pub(crate) fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum S3Error {
    /// S3 answered with an error.
    #[error("{} ({}): {}", .0.code, .0.status, .0.message)]
    Service(Box<ServiceError>),
    /// S3 did not answer, or the answer broke off.
    #[error("{0}")]
    Connection(String),
    /// An object that is read whole is longer than is sensible.
    #[error("longer than {0} bytes")]
    TooLong(usize),
}

/// What S3 answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) message: String,
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) request_id: String,
    pub(crate) host_id: String,
}

impl S3Error {
    /// Whether S3 says that the object does not exist.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, S3Error::Service(error) if matches!(error.code.as_str(), "NoSuchKey" | "NotFound"))
    }

    /// Reads what the SDK kept of the answer.
    pub(crate) fn from_sdk<E>(error: SdkError<E, HttpResponse>) -> S3Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let Some(response) = error.raw_response() else {
            return S3Error::Connection(chain(&error));
        };
        let meta = error.meta();
        let status = response.status().as_u16();
        let (code, message) = without_body(status);
        S3Error::Service(Box::new(ServiceError {
            message: meta.message().unwrap_or(message).to_owned(),
            status,
            code: meta.code().unwrap_or(code).to_owned(),
            request_id: meta.request_id().unwrap_or_default().to_owned(),
            host_id: meta.extended_request_id().unwrap_or_default().to_owned(),
        }))
    }

    /// An answer that broke off in the middle of an object.
    pub(crate) fn broken(error: &(dyn std::error::Error + 'static)) -> S3Error {
        S3Error::Connection(chain(error))
    }
}

/// Code and message of an answer without a body, as those to HEAD are.
fn without_body(status: u16) -> (&'static str, &'static str) {
    match status {
        301 => (
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint.",
        ),
        403 => ("AccessDenied", "Access Denied"),
        404 => ("NotFound", "Not Found"),
        503 => ("SlowDown", "Please reduce your request rate."),
        _ => ("Unknown", "Unknown"),
    }
}

/// An error with its causes, on one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The HTTP client of the SDK: plain HTTP, since the cloud is on the loopback.
pub(crate) fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}

/// Few attempts, so that a refusal is reported soon.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(2)
}

/// A client with `credentials` for buckets in `region`.
pub(crate) fn client(cluster: &ClusterState, region: Option<&str>, credentials: Credentials) -> Client {
    let settings = &cluster.settings;
    let region = region.unwrap_or(&settings.region).to_owned();
    let mut config = aws_sdk_s3::Config::builder();
    config.set_app_name(AppName::new(CLIENT_NAME).ok());
    let config = config
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&settings.aws_endpoint)
        .force_path_style(true)
        .region(Region::new(region))
        .credentials_provider(credentials)
        .http_client(cluster.http.clone())
        .retry_config(retries())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .build();
    Client::from_conf(config)
}

/// The keys under `prefix`, in order.
pub(crate) async fn list(client: &Client, bucket: &str, prefix: &str) -> Result<Vec<Location>, S3Error> {
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let request = client.list_objects_v2().bucket(bucket).prefix(prefix).set_continuation_token(token);
        let page = request.send().await.map_err(S3Error::from_sdk)?;
        let keys = page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
        found.extend(keys.map(|key| Location { bucket: bucket.to_owned(), key }));
        token = page.next_continuation_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// A small object's bytes, at most `limit`.
pub(crate) async fn read(client: &Client, at: &Location, limit: usize) -> Result<Vec<u8>, S3Error> {
    let mut body = get(client, at).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| S3Error::broken(&error))?);
        if bytes.len() > limit {
            return Err(S3Error::TooLong(limit));
        }
    }
    Ok(bytes)
}

/// An object's bytes, as they come.
pub(crate) async fn get(client: &Client, at: &Location) -> Result<ByteStream, S3Error> {
    let object = client.get_object().bucket(&at.bucket).key(&at.key).send().await;
    Ok(object.map_err(S3Error::from_sdk)?.body)
}

/// An object's user metadata, names without `x-amz-meta-`.
pub(crate) type Metadata = HashMap<String, String>;

/// An object's bytes, as they come, and its user metadata.
pub(crate) async fn get_with_metadata(
    client: &Client,
    at: &Location,
) -> Result<(ByteStream, Metadata), S3Error> {
    let object = client.get_object().bucket(&at.bucket).key(&at.key).send().await;
    let object = object.map_err(S3Error::from_sdk)?;
    Ok((object.body, object.metadata.unwrap_or_default()))
}

/// The end of an object, and where it starts.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) bytes: Bytes,
    pub(crate) start: u64,
    /// Of the whole object.
    pub(crate) length: u64,
}

/// The last `length` bytes of an object, all of a shorter one.
pub(crate) async fn get_tail(client: &Client, at: &Location, length: u64) -> Result<Tail, S3Error> {
    let request = client.get_object().bucket(&at.bucket).key(&at.key).range(format!("bytes=-{length}"));
    let object = match request.send().await.map_err(S3Error::from_sdk) {
        Ok(object) => object,
        // An empty object has no last bytes.
        Err(S3Error::Service(error)) if error.code == "InvalidRange" => {
            return Ok(Tail { bytes: Bytes::new(), start: 0, length: 0 });
        }
        Err(error) => return Err(error),
    };
    let whole = object.content_range.as_deref().and_then(|range| range.rsplit_once('/')?.1.parse().ok());
    let bytes = object.body.collect().await.map_err(|error| S3Error::broken(&error))?.into_bytes();
    let length = whole.unwrap_or(bytes.len() as u64);
    Ok(Tail { start: length.saturating_sub(bytes.len() as u64), bytes, length })
}

/// `length` bytes of an object from `start`.
pub(crate) async fn get_range(
    client: &Client,
    at: &Location,
    start: u64,
    length: u64,
) -> Result<Bytes, S3Error> {
    let range = format!("bytes={start}-{}", (start + length).saturating_sub(1));
    let object = client.get_object().bucket(&at.bucket).key(&at.key).range(range).send().await;
    let body = object.map_err(S3Error::from_sdk)?.body.collect().await;
    Ok(body.map_err(|error| S3Error::broken(&error))?.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        for (url, expected) in [
            ("s3://b/k", Some(("b", "k"))),
            ("s3://b/", Some(("b", ""))),
            ("s3://b//k/", Some(("b", "/k/"))),
            ("s3://b", None),
            ("s3:///k", None),
            ("http://b/k", None),
        ] {
            let parsed = Location::parse(url);
            let shown = parsed.as_ref().map(|at| (at.bucket.as_str(), at.key.as_str()));
            assert_eq!(shown, expected, "{url}");
        }
    }
}
