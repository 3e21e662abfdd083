//! Clients of KMS, and the step that calls it.

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_kms::{
    Client,
    config::{Config, Region},
    primitives::Blob,
    types::DataKeySpec,
};

use super::flow::service_words;
use crate::model::KmsCall;
use crate::run::world::World;

impl World {
    /// KMS in a region, called with these keys.
    pub(crate) fn kms(&self, credentials: &Credentials, region: &str) -> Client {
        let config = Config::builder()
            .behavior_version_latest()
            .endpoint_url(self.stack.endpoint())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Client::from_conf(config)
    }

    /// Makes one call in the cluster's region.
    pub(crate) async fn kms_call(&self, call: KmsCall, key: &str, by: &str) -> Result<(), String> {
        let key = self.filled(&format!("${{key:{key}}}"))?;
        let keys = self.keys.get(by).ok_or_else(|| format!("nobody is named `{by}`"))?;
        let kms = self.kms(keys, self.cluster.region());
        match call {
            KmsCall::DescribeKey => answer(kms.describe_key().key_id(key).send().await),
            KmsCall::Encrypt => answer(kms.encrypt().key_id(key).plaintext(Blob::new("text")).send().await),
            KmsCall::GenerateDataKey => {
                answer(kms.generate_data_key().key_id(key).key_spec(DataKeySpec::Aes256).send().await)
            }
            KmsCall::Decrypt => {
                let sealed = self.sealed(&key).await?;
                answer(kms.decrypt().ciphertext_blob(sealed).send().await)
            }
            KmsCall::ReEncrypt => {
                let sealed = self.sealed(&key).await?;
                answer(kms.re_encrypt().ciphertext_blob(sealed).destination_key_id(key).send().await)
            }
        }
    }

    /// Something that the account's root encrypted.
    async fn sealed(&self, key: &str) -> Result<Blob, String> {
        let kms = self.kms(&self.owners.own.credentials, self.cluster.region());
        let sealed = kms.encrypt().key_id(key).plaintext(Blob::new("text")).send().await;
        sealed
            .map_err(|error| service_words(&error))?
            .ciphertext_blob
            .ok_or_else(|| "no ciphertext".to_owned())
    }
}

fn answer<T, E>(answer: Result<T, E>) -> Result<(), String>
where
    E: aws_sdk_kms::error::ProvideErrorMetadata + std::fmt::Debug,
{
    answer.map(drop).map_err(|error| service_words(&error))
}
