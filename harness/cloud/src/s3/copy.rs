//! `CopyObject`.

use std::time::SystemTime;

use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{
        CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective,
        TaggingDirective,
    },
};

use super::{
    blob::disk,
    checksums::{Algorithm, tell},
    classes,
    conditions::{Conditions, of_source},
    encryption::sealed,
    errors::{invalid_argument, invalid_request, refuse},
    objects::attributes,
    store::{Attributes, BucketKey, Object, Store},
};

/// The object that a copy reads.
pub(super) struct Source {
    bucket: BucketKey,
    key: String,
    pub(super) object: Object,
    /// As answers tell it.
    pub(super) version_id: Option<String>,
}

pub(super) fn source(store: &Store, to: &BucketKey, named: &CopySource) -> S3Result<Source> {
    let CopySource::Bucket { bucket, key, version_id } = named else {
        return Err(refuse(S3ErrorCode::NotImplemented));
    };
    let bucket = BucketKey { partition: to.partition.clone(), name: bucket.to_string() };
    store.with(&bucket, |there| {
        let found = there.objects.read(key, version_id.as_deref());
        let (id, object) = found.map_err(|error| match error.code() {
            S3ErrorCode::MethodNotAllowed => copies_a_marker(),
            _ => error,
        })?;
        classes::check_readable(object)?;
        Ok(Source {
            object: object.clone(),
            version_id: there.objects.told(id),
            key: key.to_string(),
            bucket: bucket.clone(),
        })
    })
}

/// Whether headers or tags of a copy are the source's or new ones.
fn replaces(directive: Option<&str>, what: &str) -> S3Result<bool> {
    match directive {
        None | Some(MetadataDirective::COPY) => Ok(false),
        Some(MetadataDirective::REPLACE) => Ok(true),
        Some(_) => Err(invalid_argument(format!("Unknown {what} directive."))),
    }
}

/// The bytes are shared, not copied: a blob lives as long as somebody holds it.
pub(super) async fn copy(
    store: &Store,
    to: &BucketKey,
    input: CopyObjectInput,
    on_target: Conditions,
) -> S3Result<CopyObjectOutput> {
    let headers = replaces(input.metadata_directive.as_ref().map(MetadataDirective::as_str), "metadata")?;
    let tags = replaces(input.tagging_directive.as_ref().map(TaggingDirective::as_str), "tagging")?;
    let changes = headers || input.server_side_encryption.is_some() || input.storage_class.is_some();
    let algorithm = input.checksum_algorithm.as_ref().map(Algorithm::named).transpose()?;
    let from = source(store, to, &input.copy_source)?;
    of_source!(input).copy(&from.object)?;
    let target = input.key.clone();
    if from.bucket == *to && from.key == target && !changes && is_current(store, &from)? {
        return Err(copies_onto_itself());
    }
    let mut new: Attributes = attributes!(input);
    if !headers {
        new.headers = from.object.attributes.headers.clone();
    }
    if !tags {
        new.tags = from.object.attributes.tags.clone();
    }
    let algorithm = algorithm.unwrap_or(from.object.sum.algorithm);
    let told = sealed(new.key.as_ref());
    let object = Object::whole(from.object.in_one_piece(algorithm).await.map_err(disk)?, new);
    let (etag, sum, modified) = (object.etag.clone(), object.sum.clone(), object.modified);
    let version_id = store.with_mut(to, |bucket| {
        on_target.write(bucket.objects.current(&target))?;
        let id = bucket.objects.put(target, object);
        Ok(bucket.objects.told(&id))
    })?;
    Ok(CopyObjectOutput {
        copy_object_result: Some(result(etag, modified, &sum.told())),
        copy_source_version_id: from.version_id,
        version_id,
        server_side_encryption: told.algorithm,
        ssekms_key_id: told.key_id,
        bucket_key_enabled: told.bucket_key,
        ssekms_encryption_context: told.context,
        ..Default::default()
    })
}

fn result(etag: String, modified: SystemTime, sum: &s3s::dto::Checksum) -> CopyObjectResult {
    let result = CopyObjectResult {
        e_tag: Some(ETag::Strong(etag)),
        last_modified: Some(modified.into()),
        checksum_type: sum.checksum_type.clone(),
        ..Default::default()
    };
    tell!(result, sum.clone())
}

/// Documented: copying an older version onto its key is how it is brought back.
fn is_current(store: &Store, from: &Source) -> S3Result<bool> {
    store.with(&from.bucket, |bucket| {
        let (id, _) = bucket.objects.read(&from.key, None)?;
        Ok(bucket.objects.told(id) == from.version_id)
    })
}

/// Documented is the status, known are the words.
fn copies_a_marker() -> S3Error {
    invalid_request(
        "The source of a copy request may not specifically refer to a delete marker by version id.",
    )
}

/// Documented.
fn copies_onto_itself() -> S3Error {
    invalid_request(
        "This copy request is illegal because it is trying to copy an object to itself without changing the \
         object's metadata, storage class, website redirect location or encryption attributes.",
    )
}
