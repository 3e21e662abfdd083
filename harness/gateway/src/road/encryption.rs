//! SSE-KMS: S3 asks KMS as the caller, and the caller must be allowed (documented: "Using SSE-KMS").

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, StatusCode};
use linchpin_policy::Principal;

use super::{objects::NamedObject, stages::Road, trip::Trip};
use crate::{
    AwsError, BucketFacts, ObjectKey, ServiceName, UploadFacts,
    classify::{Need, S3Address, key_need},
    texts,
};

const ALGORITHM: &str = "x-amz-server-side-encryption";
const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";
const CONTEXT: &str = "x-amz-server-side-encryption-context";

/// Calls that make an object, and so need a data key.
pub(super) const WRITES: [&str; 3] = ["PutObject", "CreateMultipartUpload", "CopyObject"];

impl Road {
    /// The right to make a data key for a new object. The headers then hold the key's ARN for the service.
    pub(super) async fn sealing_need(
        &self,
        trip: &Trip,
        address: &S3Address,
        bucket: &BucketFacts,
        headers: &mut HeaderMap,
    ) -> Result<Option<Need>, AwsError> {
        let Some(wanted) = wanted(headers, bucket)? else { return Ok(None) };
        let need = self.key_for_s3(trip, "kms:GenerateDataKey", &wanted, address, bucket).await?;
        set(headers, ALGORITHM, "aws:kms");
        set(headers, KEY, &need.resource);
        set(headers, BUCKET_KEY, if wanted.bucket_key { "true" } else { "false" });
        Ok(Some(need))
    }

    /// The right to open the data key of an object that is there.
    pub(super) async fn opening_need(
        &self,
        trip: &Trip,
        object: &NamedObject<'_>,
        bucket: &BucketFacts,
    ) -> Result<Option<Need>, AwsError> {
        self.decrypt_need(trip, object.facts.key.clone(), object.address, bucket).await
    }

    /// The right to open the data key of a multipart upload. Documented: `kms:Decrypt` besides `GenerateDataKey`,
    /// which was asked for when the upload began.
    pub(super) async fn part_need(
        &self,
        trip: &Trip,
        upload: Option<&UploadFacts>,
        address: &S3Address,
        bucket: &BucketFacts,
    ) -> Result<Option<Need>, AwsError> {
        let key = upload.and_then(|upload| upload.key.clone());
        self.decrypt_need(trip, key, address, bucket).await
    }

    async fn decrypt_need(
        &self,
        trip: &Trip,
        key: Option<ObjectKey>,
        address: &S3Address,
        bucket: &BucketFacts,
    ) -> Result<Option<Need>, AwsError> {
        let Some(key) = key else { return Ok(None) };
        self.key_for_s3(trip, "kms:Decrypt", &key, address, bucket).await.map(Some)
    }

    async fn key_for_s3(
        &self,
        trip: &Trip,
        action: &str,
        key: &ObjectKey,
        address: &S3Address,
        bucket: &BucketFacts,
    ) -> Result<Need, AwsError> {
        if trip.caller.principal == Principal::Anonymous {
            return Err(texts::key_for_anonymous());
        }
        let ObjectKey { arn: name, bucket_key, context } = key;
        let region = &bucket.region;
        if name.starts_with("arn:") && name.split(':').nth(3) != Some(region) {
            return Err(texts::s3_foreign_region(region));
        }
        let facts = self.key(trip, action, name).await.map_err(|error| match error.code.as_str() {
            "NotFoundException" => texts::s3_unknown_key(&error),
            _ if error.status.is_server_error() => error,
            _ => AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", error.message),
        })?;
        if let Some(error) = texts::key_unusable(facts.state, &facts.arn) {
            return Err(error);
        }
        let (name, key) = (address.bucket.as_deref(), address.key.as_deref());
        let bucket_arn = format!("arn:{}:s3:::{}", trip.partition, name.unwrap_or_default());
        let object_arn = format!("{bucket_arn}/{}", key.unwrap_or_default());
        let mut pairs = context.as_deref().map(pairs).transpose()?.unwrap_or_default();
        // Documented: S3 adds its own pair where the context has none of this name.
        pairs.entry("aws:s3:arn".to_owned()).or_insert(if *bucket_key { bucket_arn } else { object_arn });
        let need = key_need(action, Arc::new(facts), &trip.caller.account);
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut need = need.with_encryption_context(pairs);
        need.context.set("kms:ViaService", format!("{}.{region}.amazonaws.com", ServiceName::S3));
        need.context.set("aws:ViaAWSService", "true");
        Ok(need)
    }
}

/// The encryption with KMS that a write is to have: what the headers ask for, else the bucket's default. Its key is named
/// as the caller did.
fn wanted(headers: &HeaderMap, bucket: &BucketFacts) -> Result<Option<ObjectKey>, AwsError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let default = bucket.encryption.as_ref();
    let enabled = |text: String| text.eq_ignore_ascii_case("true");
    let bucket_key = text(BUCKET_KEY).map_or(default.is_some_and(|default| default.bucket_key), enabled);
    let context = text(CONTEXT);
    let by_key = |key: Option<String>, context| {
        let arn = key.unwrap_or_else(|| "alias/aws/s3".to_owned());
        Some(ObjectKey { arn, bucket_key, context })
    };
    match (text(ALGORITHM).as_deref(), text(KEY)) {
        (Some("aws:kms"), key) => Ok(by_key(key, context)),
        (_, key) if key.is_some() || context.is_some() => Err(texts::key_without_algorithm()),
        (Some(_), _) => Ok(None),
        (None, _) => Ok(default.and_then(|default| by_key(default.key.clone(), None))),
    }
}

/// The pairs in a header: base64 of a JSON object of texts (documented).
fn pairs(header: &str) -> Result<BTreeMap<String, String>, AwsError> {
    let json = BASE64_STANDARD.decode(header).map_err(|_| texts::invalid_encryption_context())?;
    serde_json::from_slice(&json).map_err(|_| texts::invalid_encryption_context())
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
