//! Multipart uploads.

use std::{collections::BTreeMap, io, time::SystemTime};

use linchpin_gateway::ObjectKey;
use md5::{Digest, Md5};
use s3s::{
    S3ErrorCode, S3Result,
    dto::{
        ChecksumAlgorithm, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart,
        CopyPartResult, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, UploadPartCopyInput,
        UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
    },
};

use super::{
    blob::{Beside, Blob, Digests, Hashed, disk, receive},
    checksums::{Algorithm, Kind, Plan, Sum, bad_checksum, given, kind_of, sums, tell},
    conditions::{Conditions, of_source},
    copy,
    encryption::sealed,
    errors::{invalid_argument, invalid_request, refuse},
    objects::{attributes, body, digests},
    store::{self, Attributes, Bucket, BucketKey, Object, Store, Upload},
};

/// Documented: every part but the last has at least this many bytes.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

pub(super) fn create(
    store: &Store,
    bucket: &BucketKey,
    initiator: String,
    input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    let plan = Plan::of(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
    let (id, key) = (format!("{:032x}", rand::random::<u128>()), input.key.clone());
    let encryption = input.server_side_encryption.as_ref().map(|asked| asked.as_str().to_owned());
    let attributes: Attributes = attributes!(input);
    let told = sealed(attributes.key.as_ref());
    let begun = SystemTime::now();
    store.with_mut(bucket, |bucket| {
        let (key, parts) = (key.clone(), BTreeMap::new());
        let upload = Upload { key, begun, initiator, encryption, attributes, plan, parts };
        bucket.uploads.insert(id.clone(), upload);
        Ok(())
    })?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(key),
        upload_id: Some(id),
        checksum_algorithm: plan.map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
        checksum_type: plan.map(|plan| plan.kind.told()),
        server_side_encryption: told.algorithm,
        ssekms_key_id: told.key_id,
        bucket_key_enabled: told.bucket_key,
        ssekms_encryption_context: told.context,
        ..Default::default()
    })
}

/// Which upload a call is for.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) bucket: &'a BucketKey,
    pub(super) key: &'a str,
    pub(super) id: &'a str,
}

impl Named<'_> {
    pub(super) fn within<'b>(&self, bucket: &'b mut Bucket) -> S3Result<&'b mut Upload> {
        let upload = bucket.uploads.get_mut(self.id).filter(|upload| upload.key == self.key);
        upload.ok_or_else(|| refuse(S3ErrorCode::NoSuchUpload))
    }

    fn plan(&self, store: &Store) -> S3Result<Option<Plan>> {
        store.with_mut(self.bucket, |bucket| Ok(self.within(bucket)?.plan))
    }

    fn put(&self, store: &Store, number: i32, part: Hashed) -> S3Result<Option<ObjectKey>> {
        store.with_mut(self.bucket, |bucket| {
            let upload = self.within(bucket)?;
            upload.parts.insert(number, part);
            Ok(upload.attributes.key.clone())
        })
    }
}

pub(super) async fn put_part(
    store: &Store,
    bucket: &BucketKey,
    input: UploadPartInput,
    beside: Beside,
) -> S3Result<UploadPartOutput> {
    let number = part_number(input.part_number)?;
    let named = Named { bucket, key: &input.key, id: &input.upload_id };
    let plan = named.plan(store)?;
    let digests: Digests = digests!(input, beside);
    check_planned(plan, digests.algorithm()?)?;
    let fallback = plan.map_or(Algorithm::DEFAULT, |plan| plan.algorithm);
    let part = receive(store.folder(), body(input.body), &digests, fallback).await?;
    let (etag, sum) = (part.etag.clone(), part.sum.told());
    let told = sealed(named.put(store, number, part)?.as_ref());
    let output = UploadPartOutput {
        e_tag: Some(ETag::Strong(etag)),
        server_side_encryption: told.algorithm,
        ssekms_key_id: told.key_id,
        bucket_key_enabled: told.bucket_key,
        ..Default::default()
    };
    Ok(tell!(output, sum))
}

/// Documented.
fn part_number(number: i32) -> S3Result<i32> {
    if (1..=10_000).contains(&number) {
        return Ok(number);
    }
    Err(invalid_argument("Part number must be an integer between 1 and 10000, inclusive"))
}

/// Known: the parts of an upload use its algorithm, and those of a composite checksum must.
fn check_planned(plan: Option<Plan>, given: Option<Algorithm>) -> S3Result<()> {
    let Some(plan) = plan else { return Ok(()) };
    let fits = match given {
        Some(given) => given == plan.algorithm,
        None => plan.kind == Kind::FullObject,
    };
    if fits {
        return Ok(());
    }
    let name = |algorithm: Algorithm| algorithm.name().to_ascii_lowercase();
    let actual = given.map_or_else(|| "null".to_owned(), name);
    Err(invalid_request(format!(
        "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {actual}",
        name(plan.algorithm)
    )))
}

/// `UploadPartCopy`: a part out of an object that is there.
pub(super) async fn copy_part(
    store: &Store,
    bucket: &BucketKey,
    input: UploadPartCopyInput,
) -> S3Result<UploadPartCopyOutput> {
    let number = part_number(input.part_number)?;
    let named = Named { bucket, key: &input.key, id: &input.upload_id };
    let plan = named.plan(store)?;
    let source = copy::source(store, bucket, &input.copy_source)?;
    of_source!(input).copy(&source.object)?;
    let size = source.object.blob.size;
    let (start, length) = match &input.copy_source_range {
        Some(text) => copied_range(text, size)?,
        None => (0, size),
    };
    let algorithm = plan.map_or(Algorithm::DEFAULT, |plan| plan.algorithm);
    let part = source.object.blob.cut(start, length).hashed(algorithm).await.map_err(disk)?;
    let (etag, sum) = (part.etag.clone(), part.sum.told());
    let told = sealed(named.put(store, number, part)?.as_ref());
    let result = CopyPartResult {
        e_tag: Some(ETag::Strong(etag)),
        last_modified: Some(SystemTime::now().into()),
        ..Default::default()
    };
    Ok(UploadPartCopyOutput {
        copy_part_result: Some(tell!(result, sum)),
        copy_source_version_id: source.version_id,
        server_side_encryption: told.algorithm,
        ssekms_key_id: told.key_id,
        bucket_key_enabled: told.bucket_key,
        ..Default::default()
    })
}

/// First byte and length. Known: both ends must be there, and lie within the source.
fn copied_range(text: &str, size: u64) -> S3Result<(u64, u64)> {
    let ends = text.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let ends = ends.and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)));
    let (first, last) = ends.filter(|(first, last)| first <= last).ok_or_else(|| {
        invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
             zero-based offsets of the first and last bytes to copy",
        )
    })?;
    if last >= size {
        return Err(invalid_argument(format!(
            "Range specified is not valid for source object of size: {size}"
        )));
    }
    Ok((first, last - first + 1))
}

pub(super) fn abort(store: &Store, named: Named<'_>) -> S3Result<()> {
    store.with_mut(named.bucket, |bucket| {
        named.within(bucket)?;
        bucket.uploads.remove(named.id);
        Ok(())
    })
}

/// Joins the named parts to one object; its ETag is the hash of their hashes (documented).
pub(super) async fn complete(
    store: &Store,
    key: &BucketKey,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let upload = Named { bucket: key, key: &input.key, id: &input.upload_id };
    let listed = input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref());
    let (plan, parts, attributes) = store.with_mut(key, |bucket| {
        let upload = upload.within(bucket)?;
        let parts = pick(upload.plan, &upload.parts, listed.unwrap_or_default())?;
        Ok((upload.plan, parts, upload.attributes.clone()))
    })?;
    let object = joined(plan, &parts, attributes).await.map_err(disk)?;
    check_whole(&input, &object)?;
    let conditions =
        Conditions { matches: input.if_match, matches_not: input.if_none_match, ..Conditions::default() };
    let (told, etag, sum) = (sealed(object.attributes.key.as_ref()), object.etag.clone(), object.sum.told());
    let version_id = store.with_mut(key, |bucket| {
        conditions.write(bucket.objects.current(&input.key))?;
        bucket.uploads.remove(&input.upload_id);
        let id = bucket.objects.put(input.key.clone(), object);
        Ok(bucket.objects.told(&id))
    })?;
    let output = CompleteMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(etag)),
        checksum_type: sum.checksum_type.clone(),
        version_id,
        server_side_encryption: told.algorithm,
        ssekms_key_id: told.key_id,
        bucket_key_enabled: told.bucket_key,
        ..Default::default()
    };
    Ok(tell!(output, sum))
}

async fn joined(plan: Option<Plan>, parts: &[(i32, Hashed)], attributes: Attributes) -> io::Result<Object> {
    let hashes = parts.iter().flat_map(|(_, part)| hex::decode(&part.etag).unwrap_or_default());
    let etag = format!("{}-{}", hex::encode(Md5::digest(hashes.collect::<Vec<u8>>())), parts.len());
    let told = |(number, part): &(i32, Hashed)| store::Part {
        number: *number,
        size: part.blob.size,
        sum: part.sum.clone(),
    };
    let told: Vec<store::Part> = parts.iter().map(told).collect();
    let blob = Blob::joined(parts.iter().map(|(_, part)| &part.blob));
    let sum = whole_sum(plan, &told, &blob).await?;
    Ok(Object { parts: told, ..Object::whole(Hashed { blob, etag, sum }, attributes) })
}

/// The checksum of an object, from its parts' where the algorithm lets them be joined; else it is read.
async fn whole_sum(plan: Option<Plan>, parts: &[store::Part], blob: &Blob) -> io::Result<Sum> {
    let algorithm = plan.map_or(Algorithm::DEFAULT, |plan| plan.algorithm);
    if plan.is_some_and(|plan| plan.kind == Kind::Composite) {
        let sums: Vec<Sum> = parts.iter().map(|part| part.sum.clone()).collect();
        return Ok(Sum::composite(algorithm, &sums));
    }
    match Sum::joined(algorithm, parts.iter().map(|part| (&part.sum, part.size))) {
        Some(sum) => Ok(sum),
        None => Ok(blob.clone().hashed(algorithm).await?.sum),
    }
}

/// What a client says of the whole object must be so (documented).
fn check_whole(input: &CompleteMultipartUploadInput, object: &Object) -> S3Result<()> {
    if let Some(kind) = input.checksum_type.as_ref().map(kind_of).transpose()?
        && kind != object.sum.kind
    {
        return Err(invalid_request(
            "The upload was created using another checksum type than the complete request names.",
        ));
    }
    if input.mpu_object_size.is_some_and(|size| u64::try_from(size).ok() != Some(object.blob.size)) {
        return Err(invalid_request(
            "The provided 'x-amz-mp-object-size' header value does not match what was computed.",
        ));
    }
    match given(&sums!(input))? {
        Some((algorithm, value)) if algorithm == object.sum.algorithm && value != object.sum.value => {
            Err(bad_checksum(algorithm))
        }
        Some((algorithm, _)) if algorithm != object.sum.algorithm => check_planned(
            Some(Plan { algorithm: object.sum.algorithm, kind: object.sum.kind }),
            Some(algorithm),
        ),
        _ => Ok(()),
    }
}

fn pick(
    plan: Option<Plan>,
    parts: &BTreeMap<i32, Hashed>,
    named: &[CompletedPart],
) -> S3Result<Vec<(i32, Hashed)>> {
    if named.is_empty() {
        // Known: a list without parts is not one of the schema's.
        return Err(refuse(S3ErrorCode::MalformedXML));
    }
    let numbers: Vec<i32> = named.iter().map(|part| part.part_number.unwrap_or_default()).collect();
    if !numbers.is_sorted_by(|first, second| first < second) {
        return Err(refuse(S3ErrorCode::InvalidPartOrder));
    }
    let picked = named.iter().map(|part| pick_one(plan, parts, part)).collect::<S3Result<Vec<_>>>()?;
    let all_but_last = picked.split_last().map(|(_, rest)| rest).unwrap_or_default();
    if all_but_last.iter().any(|(_, part)| part.blob.size < SMALLEST_PART) {
        return Err(refuse(S3ErrorCode::EntityTooSmall));
    }
    Ok(picked)
}

/// A part with the ETag and the checksum that it is said to have.
fn pick_one(
    plan: Option<Plan>,
    parts: &BTreeMap<i32, Hashed>,
    named: &CompletedPart,
) -> S3Result<(i32, Hashed)> {
    let number = named.part_number.unwrap_or_default();
    let sum = given(&sums!(named))?;
    if let (None, Some(Plan { algorithm, kind: Kind::Composite })) = (&sum, plan) {
        return Err(invalid_request(format!(
            "The upload was created using a {} checksum. The complete request must include the checksum for each \
             part. It was missing for part {number} in the request.",
            algorithm.name().to_ascii_lowercase()
        )));
    }
    let part = parts.get(&number);
    part.filter(|part| named.e_tag.as_ref().is_none_or(|etag| etag.value() == part.etag))
        .filter(|part| {
            sum.is_none_or(|(algorithm, value)| (algorithm, &value) == (part.sum.algorithm, &part.sum.value))
        })
        .map(|part| (number, part.clone()))
        .ok_or_else(|| refuse(S3ErrorCode::InvalidPart))
}
