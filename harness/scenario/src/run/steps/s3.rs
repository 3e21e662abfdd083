//! Clients of S3: the harness's own, and the plain one of the `put` step.

use std::time::SystemTime;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_s3::{
    Client,
    config::{Builder, Config, Region, retry::RetryConfig},
    types::{CompletedMultipartUpload, CompletedPart},
};
use aws_smithy_async::time::StaticTimeSource;

use super::flow::service_words;
use crate::run::world::World;

impl World {
    /// A client with these keys, at this region's endpoint.
    pub(crate) fn s3(&self, credentials: &Credentials, region: &str) -> Client {
        Client::from_conf(self.s3_config(credentials, region).build())
    }

    /// A client of the agent's machine for one call. It does not try again: an SDK that does learns the clock's skew
    /// from the refusal, and signs by the service's time from then on.
    pub(crate) fn agents_s3(&self, credentials: &Credentials, region: &str) -> Client {
        let clock = StaticTimeSource::new(SystemTime::now() + self.agent_clock);
        let config = self.s3_config(credentials, region).time_source(clock);
        Client::from_conf(config.retry_config(RetryConfig::disabled()).build())
    }

    fn s3_config(&self, credentials: &Credentials, region: &str) -> Builder {
        Config::builder()
            .behavior_version_latest()
            .endpoint_url(self.stack.endpoint())
            .force_path_style(true)
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
    }
}

/// Where an object is put.
pub(crate) struct Target {
    pub(crate) s3: Client,
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl Target {
    /// Puts it whole.
    pub(crate) async fn put(&self, body: Vec<u8>) -> Result<(), String> {
        let call = self.s3.put_object().bucket(&self.bucket).key(&self.key).body(body.into());
        call.send().await.map(drop).map_err(|error| service_words(&error))
    }

    /// Puts it as a multipart upload of one part.
    pub(crate) async fn put_part(&self, number: i32, body: Vec<u8>) -> Result<(), String> {
        let begun = self.s3.create_multipart_upload().bucket(&self.bucket).key(&self.key).send().await;
        let id = begun.map_err(|error| service_words(&error))?.upload_id.unwrap_or_default();
        let call = self.s3.upload_part().bucket(&self.bucket).key(&self.key).upload_id(&id);
        let put = call.part_number(number).body(body.into()).send().await;
        let tag = put.map_err(|error| service_words(&error))?.e_tag;
        let part = CompletedPart::builder().part_number(number).set_e_tag(tag).build();
        let parts = CompletedMultipartUpload::builder().parts(part).build();
        let call = self.s3.complete_multipart_upload().bucket(&self.bucket).key(&self.key).upload_id(id);
        call.multipart_upload(parts).send().await.map(drop).map_err(|error| service_words(&error))
    }
}
