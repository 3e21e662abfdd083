//! The agent's own requests to S3.

use crate::connection::Connection;
use crate::encryption::Encryption;
use crate::error::{Cause, S3Error, Step, StepError, at, with_sources};
use crate::plan::{self, PlanError};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::{BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use aws_smithy_async::time::TimeSource;
use linchpin_formats::EnvelopeError;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// What S3 answers when a bucket has no policy.
const NO_POLICY: &str = "NoSuchBucketPolicy";

/// The staging bucket, as the agent's signer sees it.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) client: Client,
    pub(crate) name: String,
    pub(crate) encryption: Encryption,
}

impl Bucket {
    /// Nothing is sent yet.
    pub(crate) fn new(connection: &Connection, signer: &Credentials) -> Result<Self, PlanError> {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(signer.clone())
            .endpoint_url(plan::endpoint(connection)?)
            .force_path_style(true)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new(connection.s3_region.clone()))
            // Informatica's connector is built on an SDK that sends no checksums of its own accord.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .time_source(AgentClock { ahead: connection.clock_ahead })
            .build();
        let encryption = Encryption::of(&connection.encryption)?;
        Ok(Self { client: Client::from_conf(config), name: connection.bucket.clone(), encryption })
    }

    /// Reads the bucket's policy, as the connector does before it works; having none is fine.
    pub(crate) async fn check_policy(&self) -> Result<(), Cause> {
        match self.client.get_bucket_policy().bucket(&self.name).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(NO_POLICY) => Ok(()),
            Err(error) => Err(service_cause("GetBucketPolicy", &error)),
        }
    }

    /// What an UNLOAD wrote in a part; its manifest alone is never encrypted by the client (inferred).
    pub(crate) async fn get_part(&self, key: &str) -> Result<Vec<u8>, Cause> {
        let (metadata, body) = self.object(key).await?;
        let damaged =
            |error: EnvelopeError| Cause::Object { key: key.to_owned(), message: error.to_string() };
        self.encryption.open(&metadata, body).map_err(damaged)
    }

    /// An object as it stands in the bucket.
    pub(crate) async fn get(&self, key: &str) -> Result<Vec<u8>, Cause> {
        self.object(key).await.map(|(_, body)| body)
    }

    async fn object(&self, key: &str) -> Result<(HashMap<String, String>, Vec<u8>), Cause> {
        let request = self.client.get_object().bucket(&self.name).key(key);
        let object = request.send().await.map_err(|error| service_cause("GetObject", &error))?;
        let body = object.body.collect().await;
        let broken = |error| Cause::S3Unreachable { operation: "GetObject", message: with_sources(&error) };
        Ok((object.metadata.unwrap_or_default(), body.map_err(broken)?.to_vec()))
    }

    /// Deletes the objects, each of them whatever becomes of the others; returns what failed.
    pub(crate) async fn delete_all(&self, keys: &[String]) -> Vec<StepError> {
        let mut left = Vec::new();
        for key in keys {
            left.extend(self.delete(key).await.err().map(at(Step::CleanUp)));
        }
        left
    }

    async fn delete(&self, key: &str) -> Result<(), Cause> {
        let request = self.client.delete_object().bucket(&self.name).key(key);
        request.send().await.map(drop).map_err(|error| service_cause("DeleteObject", &error))
    }
}

/// The clock of the agent's machine, which its requests are signed by.
#[derive(Debug)]
pub(crate) struct AgentClock {
    pub(crate) ahead: Duration,
}

impl TimeSource for AgentClock {
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead
    }
}

/// A service's refusal in its own words, or why it was not reached.
pub(crate) fn service_cause<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Cause
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Some(response) = error.raw_response() else {
        return Cause::S3Unreachable { operation, message: with_sources(error) };
    };
    let status = response.status().as_u16();
    let text = |found: Option<&str>| found.map_or_else(|| format!("HTTP status {status}"), str::to_owned);
    Cause::S3(S3Error {
        operation,
        code: text(error.meta().code()),
        message: text(error.meta().message()),
        status,
        request_id: error.meta().request_id().unwrap_or_default().to_owned(),
    })
}
