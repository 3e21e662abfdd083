//! Multipart uploads.

use std::{collections::BTreeMap, time::SystemTime};

use linchpin_gateway::ObjectKey;
use md5::{Digest, Md5};
use s3s::{
    S3ErrorCode, S3Result,
    dto::{CompletedMultipartUpload, CompletedPart},
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
        let upload = Upload { key: key.to_owned(), headers, encryption, parts: BTreeMap::new() };
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
