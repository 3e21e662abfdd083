//! The seam to the services behind the road.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Response, request::Parts};
use http_body_util::combinators::UnsyncBoxBody;
use linchpin_policy::Principal;

use crate::{error::AwsError, texts};

/// A request or response body, streamed.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection failed.
    #[error("the connection failed in mid-body: {0}")]
    Connection(#[from] hyper::Error),
    /// The client sent nothing for too long.
    #[error("the next piece of the body did not come in time")]
    Stalled,
    /// The body's hash is not the one that was signed.
    #[error("the body does not match the signed `x-amz-content-sha256`")]
    Sha256Mismatch,
    /// A chunk, or the trailers, are not as signed.
    #[error("a chunk of the body does not match its signature")]
    ChunkSignature,
    /// A signed chunk that is not the last is too small.
    #[error("a signed chunk before the last has less than 8192 bytes")]
    ChunkSize,
    /// The framing in chunks is broken.
    #[error("the chunked body is broken: {0}")]
    Chunk(&'static str),
    /// The store behind the body failed.
    #[error("reading the object failed: {0}")]
    Store(#[from] std::io::Error),
    /// A fault broke it off.
    #[error("the body was broken off by a fault")]
    Truncated,
    /// The service's own writer of the body failed.
    #[error("writing the response failed: {0}")]
    Service(String),
}

impl BodyError {
    /// What the client is told.
    pub fn to_aws(&self) -> AwsError {
        match self {
            Self::Sha256Mismatch => texts::payload_mismatch(),
            Self::ChunkSignature => texts::signature_does_not_match(Protocol::S3),
            Self::ChunkSize => texts::chunk_too_small(),
            Self::Stalled => texts::request_timeout(),
            Self::Connection(_) | Self::Chunk(_) | Self::Store(_) | Self::Truncated | Self::Service(_) => {
                texts::incomplete_body(&self.to_string())
            }
        }
    }
}

/// The services the road leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServiceName {
    /// Amazon S3.
    S3,
    /// AWS Identity and Access Management.
    Iam,
    /// AWS Security Token Service.
    Sts,
    /// The control plane of Amazon Redshift.
    Redshift,
    /// AWS Key Management Service.
    Kms,
}

/// How a service's calls and errors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// REST with XML: S3.
    S3,
    /// Forms in, XML out: IAM, STS, Redshift.
    Query,
    /// JSON 1.1: KMS.
    Json,
}

impl ServiceName {
    /// The service of a credential scope's name; none for one that is not offered.
    pub fn from_scope(scope: &str) -> Option<Self> {
        match scope {
            "s3" => Some(Self::S3),
            "iam" => Some(Self::Iam),
            "sts" => Some(Self::Sts),
            "redshift" => Some(Self::Redshift),
            "kms" => Some(Self::Kms),
            _ => None,
        }
    }

    /// The prefix of the service's IAM actions, which is also its name in a credential scope.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Redshift => "redshift",
            Self::Kms => "kms",
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::S3 => Protocol::S3,
            Self::Iam | Self::Sts | Self::Redshift => Protocol::Query,
            Self::Kms => Protocol::Json,
        }
    }
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.prefix())
    }
}

/// A call that was authenticated and authorized.
pub struct Call {
    /// Who signed it.
    pub principal: Principal,
    /// The account it acts in: the principal's own.
    pub account: String,
    /// `aws`, `aws-us-gov` or `aws-cn`, from the region.
    pub partition: String,
    /// Of the caller's session, where it has one.
    pub source_identity: Option<String>,
    /// The tags that the caller's session hands on to those that it begins.
    pub transitive_tags: BTreeMap<String, String>,
    /// The region in the credential scope.
    pub region: String,
    /// The operation, in AWS's spelling: `PutObject`, `CreateRole`.
    pub operation: String,
    /// AWS's id for the call; error bodies and events carry the same one.
    pub request_id: String,
    /// What was asked.
    pub payload: Payload,
}

/// The shapes of AWS calls that we speak.
pub enum Payload {
    /// The object of a JSON 1.1 call.
    Json(serde_json::Map<String, serde_json::Value>),
    /// A query-protocol form, decoded, in order.
    Form(Form),
    /// A REST request (S3) in path style: signature checked and removed, chunk framing decoded.
    Rest(Box<Parts>, Body),
}

/// The parameters of a query-protocol call.
#[derive(Clone, Debug, Default)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The keys and values of a list of tags, such as `Tags.member.`.
    pub fn tags(&self, list: &str) -> Vec<(&str, &str)> {
        let keys = self.0.iter().filter_map(|(name, key)| {
            let number = name.strip_prefix(list)?.strip_suffix(".Key")?;
            Some((key.as_str(), self.get(&format!("{list}{number}.Value")).unwrap_or_default()))
        });
        keys.collect()
    }
}

/// One AWS service, embedded or upstream.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Whether an operation is carried out at all. One that is not is refused by name before anybody's rights are
    /// looked at: nobody should go and grant what will not help.
    fn offers(&self, _operation: &str) -> bool {
        true
    }

    /// Carries a call out.
    ///
    /// # Errors
    /// The service's own refusal; the gateway gives it the shape of the service's protocol.
    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError>;
}
