//! SSE-KMS: S3 asks KMS as the caller, and the caller must be allowed (documented: "Using SSE-KMS").

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::{objects::NamedObject, stages::Road, trip::Trip};
use crate::{
    AwsError, BucketFacts, ObjectKey, ServiceName, UploadFacts,
    classify::{Need, S3Address, key_need},
    texts,
};

const ALGORITHM: &str = "x-amz-server-side-encryption";
const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";

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
        let Some(Wanted { key, bucket_key }) = wanted(headers, bucket)? else { return Ok(None) };
        let name = key.unwrap_or_else(|| "alias/aws/s3".to_owned());
        let need = self.key_for_s3(trip, "kms:GenerateDataKey", &name, bucket_key, address, bucket).await?;
        set(headers, ALGORITHM, "aws:kms");
        set(headers, KEY, &need.resource);
        set(headers, BUCKET_KEY, if bucket_key { "true" } else { "false" });
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
        let Some(ObjectKey { arn, bucket_key }) = key else { return Ok(None) };
        self.key_for_s3(trip, "kms:Decrypt", &arn, bucket_key, address, bucket).await.map(Some)
    }

    async fn key_for_s3(
        &self,
        trip: &Trip,
        action: &str,
        name: &str,
        bucket_key: bool,
        address: &S3Address,
        bucket: &BucketFacts,
    ) -> Result<Need, AwsError> {
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
        let sealed = if bucket_key { &bucket_arn } else { &object_arn };
        let need = key_need(action, Arc::new(facts), &trip.caller.account);
        let mut need = need.with_encryption_context([("aws:s3:arn", sealed.as_str())].into_iter());
        need.context.set("kms:ViaService", format!("{}.{region}.amazonaws.com", ServiceName::S3));
        need.context.set("aws:ViaAWSService", "true");
        Ok(need)
    }
}

/// The encryption with KMS that a write is to have.
struct Wanted {
    /// None for S3's managed key.
    key: Option<String>,
    bucket_key: bool,
}

/// What the headers ask for, else the bucket's default.
fn wanted(headers: &HeaderMap, bucket: &BucketFacts) -> Result<Option<Wanted>, AwsError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let default = bucket.encryption.as_ref();
    let enabled = |text: String| text.eq_ignore_ascii_case("true");
    let bucket_key = text(BUCKET_KEY).map_or(default.is_some_and(|default| default.bucket_key), enabled);
    match (text(ALGORITHM).as_deref(), text(KEY)) {
        (Some("aws:kms"), key) => Ok(Some(Wanted { key, bucket_key })),
        (_, Some(_)) => Err(key_without_algorithm()),
        (Some(_), None) => Ok(None),
        (None, None) => Ok(default.map(|default| Wanted { key: default.key.clone(), bucket_key })),
    }
}

/// Known.
fn key_without_algorithm() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidArgument",
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    )
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
