//! Clients of S3: the harness's own, and the plain one of the `put` step.

use std::time::SystemTime;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_s3::{
    Client,
    config::{Builder, Config, Region, retry::RetryConfig},
};
use aws_smithy_async::time::StaticTimeSource;

use super::world::World;

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
