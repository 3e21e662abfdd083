//! The gateway's seam to S3.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use http::{HeaderName, Response, StatusCode, header::CONTENT_RANGE};
use http_body_util::BodyExt;
use linchpin_gateway::{
    AwsError, Body, BodyError, BucketFacts, Call, ObjectFacts, ObjectName, Payload, Service, UploadFacts,
};
use quick_xml::{Reader, events::Event};
use s3s::service::{S3Service, S3ServiceBuilder};

use super::{errors::message_of, operations::Operations, requests, store::Store};
use crate::BucketLookup;

/// The embedded S3.
pub struct S3 {
    store: Arc<Store>,
    protocol: S3Service,
}

/// Who calls, handed through `s3s` beside the request.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) account: String,
    /// Its ARN.
    pub(super) caller: String,
    pub(super) partition: String,
    pub(super) region: String,
}

impl S3 {
    /// An S3 without buckets, whose objects' bytes lie in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        let store = Arc::new(Store::new(folder));
        let protocol = S3ServiceBuilder::new(Operations::new(Arc::clone(&store))).build();
        Self { store, protocol }
    }
}

impl BucketLookup for S3 {
    fn bucket(&self, partition: &str, name: &str) -> Option<BucketFacts> {
        self.store.facts(partition, name)
    }

    fn object(&self, name: &ObjectName<'_>) -> Option<ObjectFacts> {
        self.store.object(name)
    }

    fn rename_principal(&self, from: &str, to: &str) {
        self.store.rename_principal(from, to);
    }

    fn upload(&self, partition: &str, bucket: &str, upload: &str) -> Option<UploadFacts> {
        self.store.upload(partition, bucket, upload)
    }
}

#[async_trait]
impl Service for S3 {
    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let Payload::Rest(parts, body) = call.payload else {
            return Err(AwsError::new(
                StatusCode::BAD_REQUEST,
                "InvalidRequest",
                "S3 takes no query-protocol forms.",
            ));
        };
        let body = requests::checked(&call.operation, &parts, body).await?;
        let mut request = http::Request::from_parts(*parts, s3s::Body::http_body_unsync(body));
        request.extensions_mut().insert(Origin {
            account: call.account,
            caller: call.principal.arn(),
            partition: call.partition,
            region: call.region,
        });
        let answer = self.protocol.call(request).await;
        let mut answer = answer.map_err(|error| internal(&s3s::StdError::from(error).to_string()))?;
        if answer.status().is_client_error() || answer.status().is_server_error() {
            return Err(read_error(answer).await);
        }
        // `s3s` knows it of GET alone.
        if answer.headers().contains_key(CONTENT_RANGE) {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Ok(answer.map(|body| body.map_err(|error| BodyError::Service(error.to_string())).boxed_unsync()))
    }
}

/// Headers that tell more of a refusal.
const ABOUT_VERSIONS: [&str; 2] = ["x-amz-delete-marker", "x-amz-version-id"];

fn internal(detail: &str) -> AwsError {
    AwsError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalError",
        format!("We encountered an internal error. Please try again. ({detail})"),
    )
}

/// The code and text in an error that `s3s` wrote; the gateway writes the whole body anew.
async fn read_error(answer: Response<s3s::Body>) -> AwsError {
    let status = answer.status();
    let about_versions = |name: &HeaderName| ABOUT_VERSIONS.contains(&name.as_str());
    let headers = answer.headers().iter().filter(|(name, _)| about_versions(name));
    let headers = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
    let size = answer.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    let size = size.and_then(|range| range.strip_prefix("bytes */")).map(str::to_owned);
    let Ok(body) = answer.into_body().collect().await else { return internal("an error's body broke") };
    let body = body.to_bytes();
    let text = String::from_utf8_lossy(&body);
    let code = element(&text, "Code").unwrap_or_else(|| "InternalError".to_owned());
    let message = element(&text, "Message").filter(|message| !message.is_empty());
    let message = message.unwrap_or_else(|| message_of(&code).to_owned());
    let error = AwsError { headers, ..AwsError::new(status, code, message) };
    match size {
        Some(size) => error.with("ActualObjectSize", size),
        None => error,
    }
}

fn element(xml: &str, name: &str) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) if tag.local_name().as_ref() == name.as_bytes() => {
                let text = reader.read_text(tag.name()).ok()?;
                return quick_xml::escape::unescape(&text.decode().ok()?)
                    .ok()
                    .map(std::borrow::Cow::into_owned);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
