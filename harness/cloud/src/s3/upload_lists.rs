//! What is known of multipart uploads before they are complete: lists of them and of their parts.

use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{
        ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput,
        MultipartUpload, Part, StorageClass,
    },
};

use super::{
    blob::Hashed,
    checksums::tell,
    listing::page_size,
    multipart::Named,
    owners::{initiator, owner},
    store::{Bucket, BucketKey, Store, Upload},
};

/// The parts that were uploaded, in pages.
pub(super) fn list_parts(
    store: &Store,
    key: &BucketKey,
    input: &ListPartsInput,
) -> S3Result<ListPartsOutput> {
    let size = page_size(input.max_parts);
    let after = input.part_number_marker.unwrap_or(0);
    let (mut parts, about) = store.with_mut(key, |bucket| {
        let account = bucket.account.clone();
        let named = Named { bucket: key, key: &input.key, id: &input.upload_id };
        let upload = named.within(bucket)?;
        let parts = upload.parts.range(after.saturating_add(1)..);
        let parts: Vec<Part> = parts.map(|(number, hashed)| part(*number, hashed)).collect();
        let about = ListPartsOutput {
            owner: Some(owner(&account)),
            initiator: Some(initiator(&upload.initiator, &account)),
            storage_class: Some(StorageClass::from(upload.attributes.storage_class.as_str().to_owned())),
            ..Default::default()
        };
        Ok((parts, about))
    })?;
    let truncated = parts.len() > size;
    parts.truncate(size);
    Ok(ListPartsOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        upload_id: Some(input.upload_id.clone()),
        max_parts: i32::try_from(size).ok(),
        part_number_marker: Some(after),
        next_part_number_marker: parts.last().filter(|_| truncated).and_then(|part| part.part_number),
        is_truncated: Some(truncated),
        parts: Some(parts),
        ..about
    })
}

fn part(number: i32, hashed: &Hashed) -> Part {
    let part = Part {
        part_number: Some(number),
        e_tag: Some(ETag::Strong(hashed.etag.clone())),
        size: i64::try_from(hashed.blob.size).ok(),
        ..Default::default()
    };
    tell!(part, hashed.sum.told())
}

/// The uploads that are neither complete nor aborted, by key and id, in pages.
pub(super) fn list_uploads(
    store: &Store,
    bucket: &BucketKey,
    input: &ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    if input.delimiter.is_some() || input.encoding_type.is_some() {
        let message = "linchpin does not offer `delimiter` and `encoding-type` of ListMultipartUploads";
        return Err(S3Error::with_message(S3ErrorCode::NotImplemented, message));
    }
    let prefix = input.prefix.clone().unwrap_or_default();
    let after = (input.key_marker.clone().unwrap_or_default(), input.upload_id_marker.clone());
    let mut uploads = store.with(bucket, |bucket| Ok(uploads_after(bucket, &prefix, &after)))?;
    let size = page_size(input.max_uploads);
    let truncated = uploads.len() > size;
    uploads.truncate(size);
    let last = uploads.last().filter(|_| truncated);
    Ok(ListMultipartUploadsOutput {
        bucket: Some(input.bucket.clone()),
        prefix: input.prefix.clone(),
        key_marker: input.key_marker.clone(),
        upload_id_marker: input.upload_id_marker.clone(),
        next_key_marker: last.and_then(|upload| upload.key.clone()),
        next_upload_id_marker: last.and_then(|upload| upload.upload_id.clone()),
        max_uploads: i32::try_from(size).ok(),
        is_truncated: Some(truncated),
        uploads: Some(uploads),
        ..Default::default()
    })
}

/// Documented: without an id, the uploads of the marker's key are left out as a whole.
fn uploads_after(
    bucket: &Bucket,
    prefix: &str,
    (key, id): &(String, Option<String>),
) -> Vec<MultipartUpload> {
    let mut uploads: Vec<(&String, &Upload)> = bucket
        .uploads
        .iter()
        .filter(|(_, upload)| upload.key.starts_with(prefix))
        .filter(|(own, upload)| {
            upload.key > *key || (upload.key == *key && id.as_ref().is_some_and(|id| *own > id))
        })
        .collect();
    uploads.sort_by_key(|(id, upload)| (&upload.key, *id));
    let entry = |(id, upload): (&String, &Upload)| MultipartUpload {
        key: Some(upload.key.clone()),
        upload_id: Some(id.clone()),
        initiated: Some(upload.begun.into()),
        owner: Some(owner(&bucket.account)),
        initiator: Some(initiator(&upload.initiator, &bucket.account)),
        storage_class: Some(StorageClass::from(upload.attributes.storage_class.as_str().to_owned())),
        ..Default::default()
    };
    uploads.into_iter().map(entry).collect()
}
