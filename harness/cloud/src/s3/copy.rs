//! `CopyObject`.

use std::time::SystemTime;

use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective},
};

use super::{
    encryption::{key_of, sealed},
    errors::refuse,
    store::{BucketKey, Object, ObjectHeaders, Store},
};

/// The bytes are shared, not copied: a blob lives as long as somebody holds it.
pub(super) fn copy(store: &Store, to: &BucketKey, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    let CopySource::Bucket { bucket, key: source_key, version_id: None } = &input.copy_source else {
        return Err(refuse(S3ErrorCode::NotImplemented));
    };
    let from = BucketKey { partition: to.partition.clone(), name: bucket.to_string() };
    let replaces = match input.metadata_directive.as_ref().map(MetadataDirective::as_str) {
        None | Some(MetadataDirective::COPY) => false,
        Some(MetadataDirective::REPLACE) => true,
        Some(_) => {
            return Err(S3Error::with_message(S3ErrorCode::InvalidArgument, "Unknown metadata directive."));
        }
    };
    let onto_itself = from == *to && **source_key == *input.key;
    if onto_itself && !replaces && input.server_side_encryption.is_none() {
        return Err(copies_onto_itself());
    }
    let source = store.with(&from, |bucket| {
        bucket.objects.get(&**source_key).cloned().ok_or_else(|| refuse(S3ErrorCode::NoSuchKey))
    })?;
    let key = key_of(input.server_side_encryption.as_ref(), input.ssekms_key_id, input.bucket_key_enabled);
    let told = sealed(key.as_ref());
    let given = ObjectHeaders {
        content_type: input.content_type,
        content_encoding: input.content_encoding,
        content_disposition: input.content_disposition,
        content_language: input.content_language,
        cache_control: input.cache_control,
        expires: input.expires,
        metadata: input.metadata,
    };
    let (etag, modified) = (source.blob.etag(), SystemTime::now());
    let headers = if replaces { given } else { source.headers };
    let object = Object { blob: source.blob, etag: etag.clone(), modified, headers, key };
    store.with_mut(to, |bucket| {
        bucket.objects.insert(input.key, object);
        Ok(())
    })?;
    Ok(CopyObjectOutput {
        copy_object_result: Some(CopyObjectResult {
            e_tag: Some(ETag::Strong(etag)),
            last_modified: Some(modified.into()),
            ..Default::default()
        }),
        server_side_encryption: told.algorithm,
        ssekms_key_id: told.key_id,
        bucket_key_enabled: told.bucket_key,
        ..Default::default()
    })
}

/// Documented.
fn copies_onto_itself() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::InvalidRequest,
        "This copy request is illegal because it is trying to copy an object to itself without changing the \
         object's metadata, storage class, website redirect location or encryption attributes.",
    )
}
