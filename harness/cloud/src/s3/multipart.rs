//! Multipart uploads.

use std::{collections::BTreeMap, time::SystemTime};

use linchpin_gateway::ObjectKey;
use md5::{Digest, Md5};
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{
        CompletedMultipartUpload, CompletedPart, ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput,
        ListPartsInput, ListPartsOutput, MultipartUpload, Part,
    },
};

use super::{
    blob::{Blob, concatenate},
    conditions::Conditions,
    errors::refuse,
    store::{Bucket, BucketKey, Object, ObjectHeaders, Store, Upload},
};

/// Documented: every part but the last has at least this many bytes.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

pub(super) fn create(
    store: &Store,
    bucket: &BucketKey,
    key: &str,
    headers: ObjectHeaders,
    encryption: Option<ObjectKey>,
) -> S3Result<String> {
    let id = format!("{:032x}", rand::random::<u128>());
    store.with_mut(bucket, |bucket| {
        let (key, begun) = (key.to_owned(), SystemTime::now());
        let upload = Upload { key, begun, headers, encryption, parts: BTreeMap::new() };
        bucket.uploads.insert(id.clone(), upload);
        Ok(id)
    })
}

fn upload<'a>(bucket: &'a mut Bucket, key: &str, id: &str) -> S3Result<&'a mut Upload> {
    bucket
        .uploads
        .get_mut(id)
        .filter(|upload| upload.key == key)
        .ok_or_else(|| refuse(S3ErrorCode::NoSuchUpload))
}

pub(super) fn put_part(
    store: &Store,
    bucket: &BucketKey,
    key: &str,
    id: &str,
    number: i32,
    blob: Blob,
) -> S3Result<Option<ObjectKey>> {
    store.with_mut(bucket, |bucket| {
        let upload = upload(bucket, key, id)?;
        upload.parts.insert(number, blob);
        Ok(upload.encryption.clone())
    })
}

pub(super) fn abort(store: &Store, bucket: &BucketKey, key: &str, id: &str) -> S3Result<()> {
    store.with_mut(bucket, |bucket| {
        upload(bucket, key, id)?;
        bucket.uploads.remove(id);
        Ok(())
    })
}

/// Which upload a call is for.
pub(super) struct Named<'a> {
    pub(super) bucket: &'a BucketKey,
    pub(super) key: &'a str,
    pub(super) id: &'a str,
}

/// Joins the named parts to one object; its ETag is the hash of their hashes (documented).
pub(super) async fn complete(
    store: &Store,
    Named { bucket, key, id }: &Named<'_>,
    parts: Option<&CompletedMultipartUpload>,
    conditions: &Conditions,
) -> S3Result<Object> {
    let named = parts.and_then(|named| named.parts.as_deref()).unwrap_or_default();
    let (parts, headers, encryption) = store.with_mut(bucket, |bucket| {
        let upload = upload(bucket, key, id)?;
        Ok((pick(&upload.parts, named)?, upload.headers.clone(), upload.encryption.clone()))
    })?;
    let blob = concatenate(store.folder(), &parts).await?;
    let hashes: Vec<u8> = parts.iter().flat_map(|part| part.md5).collect();
    let etag = format!("{}-{}", hex::encode(Md5::digest(&hashes)), parts.len());
    let object = Object { blob, etag, modified: SystemTime::now(), headers, key: encryption };
    store.with_mut(bucket, |bucket| {
        conditions.write(bucket.objects.get(*key))?;
        bucket.uploads.remove(*id);
        bucket.objects.insert((*key).to_owned(), object.clone());
        Ok(object)
    })
}

/// The parts that were uploaded, in pages.
pub(super) fn list_parts(
    store: &Store,
    bucket: &BucketKey,
    input: &ListPartsInput,
) -> S3Result<ListPartsOutput> {
    let size = page_size(input.max_parts);
    let after = input.part_number_marker.unwrap_or(0);
    let mut parts: Vec<Part> = store.with_mut(bucket, |bucket| {
        let parts = &upload(bucket, &input.key, &input.upload_id)?.parts;
        Ok(parts.range(after.saturating_add(1)..).map(|(number, blob)| part(*number, blob)).collect())
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
        ..Default::default()
    })
}

fn part(number: i32, blob: &Blob) -> Part {
    Part {
        part_number: Some(number),
        e_tag: Some(ETag::Strong(blob.etag())),
        size: i64::try_from(blob.size).ok(),
        ..Default::default()
    }
}

/// Documented: 1000 at most.
fn page_size(asked: Option<i32>) -> usize {
    asked.map_or(1000, |asked| usize::try_from(asked).unwrap_or(0).min(1000))
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
        ..Default::default()
    };
    uploads.into_iter().map(entry).collect()
}

fn pick(parts: &BTreeMap<i32, Blob>, named: &[CompletedPart]) -> S3Result<Vec<Blob>> {
    if named.is_empty() {
        return Err(refuse(S3ErrorCode::InvalidPart));
    }
    let numbers: Vec<i32> = named.iter().map(|part| part.part_number.unwrap_or_default()).collect();
    if !numbers.is_sorted_by(|first, second| first < second) {
        return Err(refuse(S3ErrorCode::InvalidPartOrder));
    }
    let picked: Vec<Blob> = named.iter().map(|part| pick_one(parts, part)).collect::<S3Result<_>>()?;
    let all_but_last = picked.split_last().map(|(_, rest)| rest).unwrap_or_default();
    if all_but_last.iter().any(|part| part.size < SMALLEST_PART) {
        return Err(refuse(S3ErrorCode::EntityTooSmall));
    }
    Ok(picked)
}

fn pick_one(parts: &BTreeMap<i32, Blob>, named: &CompletedPart) -> S3Result<Blob> {
    let part = parts.get(&named.part_number.unwrap_or_default());
    part.filter(|part| named.e_tag.as_ref().is_none_or(|etag| etag.value() == part.etag()))
        .cloned()
        .ok_or_else(|| refuse(S3ErrorCode::InvalidPart))
}
