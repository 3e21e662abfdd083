//! The harness's own client of KMS.

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_kms::{
    Client,
    config::{Config, Region},
};

use super::world::World;

/// KMS in the cluster's account and region, as its root.
pub(crate) fn client(world: &World) -> Client {
    let config = Config::builder()
        .behavior_version_latest()
        .endpoint_url(world.stack.endpoint())
        .region(Region::new(world.cluster.region().to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(world.owners.own.credentials.clone()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}
