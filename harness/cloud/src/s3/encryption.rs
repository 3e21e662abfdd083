//! Default encryption of buckets, and what answers tell of an object's encryption.

use linchpin_gateway::{BucketEncryption, ObjectKey};
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{
        GetBucketEncryptionOutput, ServerSideEncryption, ServerSideEncryptionByDefault,
        ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    },
};

use super::store::{BucketKey, Store};

/// The fields that every answer about an object has.
pub(super) struct Sealed {
    pub(super) algorithm: Option<ServerSideEncryption>,
    pub(super) key_id: Option<String>,
    pub(super) bucket_key: Option<bool>,
    /// Told by what writes alone (documented).
    pub(super) context: Option<String>,
}

/// Documented: since January 2023 S3 encrypts every object with SSE-S3 unless told otherwise.
pub(super) fn sealed(key: Option<&ObjectKey>) -> Sealed {
    let algorithm = if key.is_some() { ServerSideEncryption::AWS_KMS } else { ServerSideEncryption::AES256 };
    Sealed {
        algorithm: Some(ServerSideEncryption::from_static(algorithm)),
        key_id: key.map(|key| key.arn.clone()),
        bucket_key: key.map(|key| key.bucket_key).filter(|on| *on),
        context: key.and_then(|key| key.context.clone()),
    }
}

/// The key of a new object: the road resolved it and put it into the headers.
pub(super) fn key_of(
    algorithm: Option<&ServerSideEncryption>,
    key_id: Option<String>,
    bucket_key: Option<bool>,
    context: Option<String>,
) -> Option<ObjectKey> {
    let by_kms = algorithm.is_some_and(|algorithm| algorithm.as_str() == ServerSideEncryption::AWS_KMS);
    let arn = key_id.filter(|_| by_kms)?;
    Some(ObjectKey { arn, bucket_key: bucket_key == Some(true), context })
}

pub(super) fn get(store: &Store, key: &BucketKey) -> S3Result<GetBucketEncryptionOutput> {
    let encryption = store.with(key, |bucket| Ok(bucket.encryption.clone()))?;
    let algorithm =
        if encryption.is_some() { ServerSideEncryption::AWS_KMS } else { ServerSideEncryption::AES256 };
    let rule = ServerSideEncryptionRule {
        bucket_key_enabled: Some(encryption.as_ref().is_some_and(|encryption| encryption.bucket_key)),
        apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
            kms_master_key_id: encryption.and_then(|encryption| encryption.key),
            sse_algorithm: ServerSideEncryption::from_static(algorithm),
        }),
    };
    let configuration = ServerSideEncryptionConfiguration { rules: vec![rule] };
    Ok(GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) })
}

/// Known: exactly one rule, of a known algorithm; a key only with KMS.
pub(super) fn put(
    store: &Store,
    key: &BucketKey,
    configuration: ServerSideEncryptionConfiguration,
) -> S3Result<()> {
    let malformed = || {
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        S3Error::with_message(S3ErrorCode::MalformedXML, message)
    };
    let Ok([rule]) = <[ServerSideEncryptionRule; 1]>::try_from(configuration.rules) else {
        return Err(malformed());
    };
    let default = rule.apply_server_side_encryption_by_default.ok_or_else(malformed)?;
    let bucket_key = rule.bucket_key_enabled == Some(true);
    let encryption = match (default.sse_algorithm.as_str(), default.kms_master_key_id) {
        (ServerSideEncryption::AES256, None) => None,
        (ServerSideEncryption::AES256, Some(_)) => {
            let message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms";
            return Err(S3Error::with_message(S3ErrorCode::InvalidArgument, message));
        }
        (ServerSideEncryption::AWS_KMS, key) => Some(BucketEncryption { key, bucket_key }),
        _ => return Err(malformed()),
    };
    store.with_mut(key, |bucket| {
        bucket.encryption = encryption;
        Ok(())
    })
}

pub(super) fn delete(store: &Store, key: &BucketKey) -> S3Result<()> {
    store.with_mut(key, |bucket| {
        bucket.encryption = None;
        Ok(())
    })
}
