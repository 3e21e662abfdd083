//! The HTTP client of an emulator. Calls are filed under an account by naming it as the access key, which LocalStack
//! reads (documented), and in a header, which moto reads (documented). Nobody verifies the signature over there.

use std::{error::Error, io::Write};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header::AUTHORIZATION, request::Builder};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use linchpin_gateway::{AwsError, Body, BodyError, LookupError, ServiceName};
use serde_json::{Map, Value};
use thiserror::Error;
use time::{OffsetDateTime, macros::format_description};

use super::tree::Node;

/// The largest answer that is read whole: the details of an account with thousands of policies are smaller.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A URL that is none of an emulator's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is no URL of an emulator: give one such as `http://127.0.0.1:4566`, without a path")]
pub struct EndpointError(String);

/// Why a call brought nothing.
#[derive(Clone, Debug, Error)]
pub(super) enum UpstreamError {
    /// The emulator did not answer, or with something that is no answer.
    #[error("`{url}` {detail}")]
    NoAnswer { url: String, detail: String },
    /// The body that was to be sent broke: the client's doing.
    #[error("{}", .0.message)]
    Body(AwsError),
    /// The emulator said no.
    #[error("{}: {}", .0.code, .0.message)]
    Refused(AwsError),
}

impl From<UpstreamError> for AwsError {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Refused(error) | UpstreamError::Body(error) => error,
            UpstreamError::NoAnswer { .. } => LookupError::Upstream(error.to_string()).into(),
        }
    }
}

impl From<UpstreamError> for LookupError {
    fn from(error: UpstreamError) -> Self {
        Self::Upstream(error.to_string())
    }
}

/// Who calls which service, where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address<'a> {
    pub(super) service: ServiceName,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
}

/// An emulator.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: String,
    http: Client<HttpConnector, Body>,
}

impl Endpoint {
    /// The emulator behind an `http://HOST:PORT`.
    ///
    /// # Errors
    /// [`EndpointError`] where the URL is another kind of one.
    pub fn new(url: &str) -> Result<Self, EndpointError> {
        let wrong = || EndpointError(url.to_owned());
        let trimmed = url.trim_end_matches('/');
        let parsed: Uri = trimmed.parse().map_err(|_| wrong())?;
        let plain = parsed.scheme_str() == Some("http") && parsed.path() == "/" && parsed.query().is_none();
        if !plain || parsed.host().is_none() {
            return Err(wrong());
        }
        let mut connector = HttpConnector::new();
        // Calls are small and wait for their answers.
        connector.set_nodelay(true);
        let http = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { url: trimmed.to_owned(), http })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Finds out whether each service answers: one call each, one after another. Measured (LocalStack 4.5): a service
    /// loads at its first call, and where several come at once, some of them are told that it has no handler.
    ///
    /// # Errors
    /// One line that names the URL.
    pub async fn check(&self) -> Result<(), LookupError> {
        let at = |service| Address { service, account: "000000000000", region: "us-east-1" };
        let listing = Request::get(format!("{}/", self.url));
        self.send(self.request(at(ServiceName::S3), listing, full(Bytes::new()))?).await?;
        answered(self.ask(at(ServiceName::Iam), "ListUsers", &[]).await)?;
        answered(self.ask(at(ServiceName::Sts), "GetCallerIdentity", &[]).await)?;
        answered(self.json(at(ServiceName::Kms), "ListKeys", &Map::new()).await)
    }

    /// Calls an operation of a query-protocol service.
    pub(super) async fn form(
        &self,
        address: Address<'_>,
        parameters: &[(String, String)],
    ) -> Result<Bytes, UpstreamError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let builder = Request::post(format!("{}/", self.url))
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        self.whole(self.request(address, builder, full(body.into()))?).await
    }

    /// Calls an operation of IAM or STS for the harness itself.
    pub(super) async fn ask(
        &self,
        address: Address<'_>,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Node, UpstreamError> {
        let version = if address.service == ServiceName::Iam { "2010-05-08" } else { "2011-06-15" };
        let common = [("Action", operation), ("Version", version)];
        let pairs = common.iter().chain(parameters).map(|(name, value)| ((*name).into(), (*value).into()));
        let answer = self.form(address, &pairs.collect::<Vec<_>>()).await?;
        self.tree(&answer)
    }

    /// Calls an operation of KMS.
    pub(super) async fn json(
        &self,
        address: Address<'_>,
        operation: &str,
        members: &Map<String, Value>,
    ) -> Result<Value, UpstreamError> {
        let body = serde_json::to_vec(members).unwrap_or_default();
        let builder = Request::post(format!("{}/", self.url))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("TrentService.{operation}"));
        let answer = self.whole(self.request(address, builder, full(body.into()))?).await?;
        if answer.is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        serde_json::from_slice(&answer).map_err(|error| self.no_answer(&error))
    }

    /// A request that is filed under an account.
    pub(super) fn request(
        &self,
        address: Address<'_>,
        builder: Builder,
        body: Body,
    ) -> Result<Request<Body>, UpstreamError> {
        let Address { service, account, region } = address;
        let format = format_description!("[year][month][day]");
        let date = OffsetDateTime::now_utc().format(format).unwrap_or_default();
        let unsigned = "0".repeat(64);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={account}/{date}/{region}/{service}/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={unsigned}"
        );
        builder
            .header(AUTHORIZATION, authorization)
            .header("x-amz-date", format!("{date}T000000Z"))
            .header("x-moto-account-id", account)
            .body(body)
            .map_err(|error| self.no_answer(&error))
    }

    /// Sends a request; a refusal is an answer.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, UpstreamError> {
        self.http.request(request).await.map_err(|error| match body_error(&error) {
            Some(broken) => UpstreamError::Body(broken),
            None => self.no_answer(&error),
        })
    }

    /// Sends a request and reads its answer; a refusal is an error.
    async fn whole(&self, request: Request<Body>) -> Result<Bytes, UpstreamError> {
        let answer = self.send(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await;
        let body = body.map_err(|error| self.no_answer(&*error))?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(UpstreamError::Refused(refusal(status, &body))) }
    }

    /// An answer's XML.
    pub(super) fn tree(&self, answer: &[u8]) -> Result<Node, UpstreamError> {
        Node::parse(answer).map_err(|error| self.no_answer(&error))
    }

    fn no_answer(&self, error: &(dyn Error + 'static)) -> UpstreamError {
        let mut detail = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            // Writing to memory does not fail.
            let _ = write!(detail, "{}{error}", if detail.is_empty() { "" } else { ": " });
            next = error.source();
        }
        let detail = format!("does not answer ({})", String::from_utf8_lossy(&detail));
        UpstreamError::NoAnswer { url: self.url.clone(), detail }
    }
}

/// A body in memory.
pub(super) fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// A refusal is an answer too.
fn answered<Answer>(result: Result<Answer, UpstreamError>) -> Result<(), LookupError> {
    match result {
        Ok(_) | Err(UpstreamError::Refused(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What the client's own body broke with, if that is why a request could not be sent.
fn body_error(error: &(dyn Error + 'static)) -> Option<AwsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(broken) = error.downcast_ref::<BodyError>() {
            return Some(broken.to_aws());
        }
        next = error.source();
    }
    None
}

/// The code and text of a refusal, in any of the three protocols.
pub(super) fn refusal(status: StatusCode, body: &[u8]) -> AwsError {
    let (code, message) = json_refusal(body).or_else(|| xml_refusal(body)).unwrap_or_else(|| {
        let text = String::from_utf8_lossy(body).chars().take(200).collect();
        ("InternalError".to_owned(), text)
    });
    AwsError::new(status, code, message)
}

fn json_refusal(body: &[u8]) -> Option<(String, String)> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let text = |names: [&str; 2]| names.iter().find_map(|name| value.get(name)?.as_str().map(str::to_owned));
    let code = text(["__type", "code"])?;
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    Some((code, text(["message", "Message"]).unwrap_or_default()))
}

fn xml_refusal(body: &[u8]) -> Option<(String, String)> {
    let tree = Node::parse(body).ok()?;
    let error = tree.find("Error").unwrap_or(&tree);
    Some((error.text_of("Code")?.to_owned(), error.text_of("Message").unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emulators_url_has_no_path() {
        for (url, expected) in [
            ("http://127.0.0.1:4566", Some("http://127.0.0.1:4566")),
            ("http://localhost:5000/", Some("http://localhost:5000")),
            ("https://localhost:5000", None),
            ("http://localhost/moto", None),
            ("localhost:5000", None),
            ("", None),
        ] {
            let endpoint = Endpoint::new(url).ok();
            assert_eq!(endpoint.as_ref().map(Endpoint::url), expected, "{url}");
        }
    }

    #[test]
    fn refusals_of_each_protocol_are_read() {
        let rows: [(&[u8], &str, &str); 4] = [
            (b"<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>", "NoSuchBucket", "m"),
            (
                b"<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>u</Message></Error></ErrorResponse>",
                "NoSuchEntity",
                "u",
            ),
            (br#"{"__type":"x#NotFoundException","message":"k"}"#, "NotFoundException", "k"),
            (b"oops", "InternalError", "oops"),
        ];
        for (body, code, message) in rows {
            let error = refusal(StatusCode::BAD_REQUEST, body);
            assert_eq!((error.code.as_str(), error.message.as_str()), (code, message));
        }
    }
}
