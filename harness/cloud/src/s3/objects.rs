//! Objects: put, read, deleted.

use s3s::{
    S3Error, S3Result,
    dto::{
        self, Checksum, ChecksumMode, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
        DeleteObjectsOutput, DeletedObject, ETag, ETagCondition, GetObjectInput, GetObjectOutput,
        HeadObjectInput, HeadObjectOutput, ObjectIdentifier, PutObjectInput, PutObjectOutput, Range,
        StreamingBlob,
    },
};

use super::{
    blob::{Beside, Digests, receive},
    checksums::{Algorithm, tell},
    classes,
    conditions::Conditions,
    encryption::sealed,
    errors::{invalid_range, invalid_request, no_such_part},
    store::{Bucket, BucketKey, Object, Store},
    versions::Deleted,
};

/// The digests in an input; the inputs of puts and of parts are two types with the same fields.
macro_rules! digests {
    ($input:ident, $beside:ident) => {
        crate::s3::blob::Digests {
            md5: $input.content_md5.clone(),
            checksum: crate::s3::checksums::sums!($input),
            beside: $beside,
        }
    };
}

/// What an input says of its object besides the bytes; three inputs have the same fields.
macro_rules! attributes {
    ($input:ident) => {
        crate::s3::store::Attributes {
            headers: crate::s3::store::ObjectHeaders {
                // Known: what S3 takes an object for that says nothing.
                content_type: $input.content_type.or_else(|| Some("binary/octet-stream".to_owned())),
                content_encoding: $input.content_encoding,
                content_disposition: $input.content_disposition,
                content_language: $input.content_language,
                cache_control: $input.cache_control,
                expires: $input.expires,
                metadata: $input.metadata,
            },
            key: crate::s3::encryption::key_of(
                $input.server_side_encryption.as_ref(),
                $input.ssekms_key_id,
                $input.bucket_key_enabled,
                $input.ssekms_encryption_context,
            ),
            storage_class: crate::s3::classes::asked($input.storage_class)?,
            tags: crate::s3::tagging::in_header($input.tagging.as_deref())?,
        }
    };
}
pub(super) use {attributes, digests};

pub(super) async fn put(
    store: &Store,
    bucket: &BucketKey,
    input: PutObjectInput,
    beside: Beside,
) -> S3Result<PutObjectOutput> {
    let digests: Digests = digests!(input, beside);
    let attributes = attributes!(input);
    let conditions =
        Conditions { matches: input.if_match, matches_not: input.if_none_match, ..Conditions::default() };
    let hashed = receive(store.folder(), body(input.body), &digests, Algorithm::DEFAULT).await?;
    let object = Object::whole(hashed, attributes);
    let told = sealed(object.attributes.key.as_ref());
    let (etag, sum) = (object.etag.clone(), object.sum.told());
    let version_id = store.with_mut(bucket, |bucket| {
        conditions.write(bucket.objects.current(&input.key))?;
        let id = bucket.objects.put(input.key, object);
        Ok(bucket.objects.told(&id))
    })?;
    let output = PutObjectOutput {
        e_tag: Some(ETag::Strong(etag)),
        server_side_encryption: told.algorithm,
        ssekms_key_id: told.key_id,
        bucket_key_enabled: told.bucket_key,
        ssekms_encryption_context: told.context,
        checksum_type: sum.checksum_type.clone(),
        version_id,
        ..Default::default()
    };
    Ok(tell!(output, sum))
}

/// A put without a body makes an empty object.
pub(super) fn body(body: Option<StreamingBlob>) -> StreamingBlob {
    body.unwrap_or_else(|| {
        StreamingBlob::wrap(futures_util::stream::empty::<Result<bytes::Bytes, std::io::Error>>())
    })
}

/// Which bytes of an object are meant.
struct Extent {
    start: u64,
    length: u64,
    /// None for all of them.
    range: Option<String>,
    /// How many parts there are, where one of them was asked for.
    parts: Option<i32>,
}

impl Extent {
    fn of(object: &Object, range: Option<Range>, part: Option<i32>) -> S3Result<Self> {
        let size = object.blob.size;
        match (range, part) {
            (Some(_), Some(_)) => {
                Err(invalid_request("Cannot specify both Range header and partNumber query parameter"))
            }
            (Some(range), None) => {
                let range = range.check(size).map_err(|_| invalid_range(size))?;
                Ok(Self::within(range.start, range.end - range.start, size))
            }
            (None, Some(number)) => Self::of_part(object, number),
            (None, None) => Ok(Self { start: 0, length: size, range: None, parts: None }),
        }
    }

    /// Documented: an object that came in one piece is its own first part.
    fn of_part(object: &Object, number: i32) -> S3Result<Self> {
        let size = object.blob.size;
        if object.parts.is_empty() && number == 1 {
            return Ok(Self::within(0, size, size));
        }
        let place = object.parts.iter().position(|part| part.number == number).ok_or_else(no_such_part)?;
        let (before, rest) = object.parts.split_at(place);
        let start = before.iter().map(|part| part.size).sum();
        let length = rest.first().map_or(0, |part| part.size);
        Ok(Self { parts: i32::try_from(object.parts.len()).ok(), ..Self::within(start, length, size) })
    }

    fn within(start: u64, length: u64, size: u64) -> Self {
        let range = (length > 0).then(|| format!("bytes {start}-{}/{size}", start + length - 1));
        Self { start, length, range, parts: None }
    }
}

/// Documented: told where it is asked for, and only with the whole object.
fn sum_for(object: &Object, mode: Option<&ChecksumMode>, extent: &Extent) -> Checksum {
    let asked = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    if asked && extent.range.is_none() { object.sum.told() } else { Checksum::default() }
}

/// What both reads tell of an object; inputs and outputs are two types each, with the same fields.
macro_rules! told {
    ($output:ident, $input:ident, $found:ident, $extent:ident) => {{
        let Found { object, version_id } = $found;
        let (told, class) = (sealed(object.attributes.key.as_ref()), classes::told(&object));
        let sum = sum_for(&object, $input.checksum_mode.as_ref(), &$extent);
        let headers = object.attributes.headers;
        let output = $output {
            content_length: i64::try_from($extent.length).ok(),
            content_range: $extent.range.clone(),
            parts_count: $extent.parts,
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.modified.into()),
            content_type: $input.response_content_type.or(headers.content_type),
            content_encoding: $input.response_content_encoding.or(headers.content_encoding),
            content_disposition: $input.response_content_disposition.or(headers.content_disposition),
            content_language: $input.response_content_language.or(headers.content_language),
            cache_control: $input.response_cache_control.or(headers.cache_control),
            expires: $input.response_expires.or(headers.expires),
            metadata: headers.metadata,
            storage_class: class,
            server_side_encryption: told.algorithm,
            ssekms_key_id: told.key_id,
            bucket_key_enabled: told.bucket_key,
            checksum_type: sum.checksum_type.clone(),
            version_id,
            ..Default::default()
        };
        tell!(output, sum)
    }};
}

/// An object that is read, and its version's id as it is told.
struct Found {
    object: Object,
    version_id: Option<String>,
}

fn find(store: &Store, bucket: &BucketKey, key: &str, version: Option<&str>) -> S3Result<Found> {
    store.with(bucket, |bucket| {
        let (id, object) = bucket.objects.read(key, version)?;
        Ok(Found { object: object.clone(), version_id: bucket.objects.told(id) })
    })
}

pub(super) async fn get(
    store: &Store,
    bucket: &BucketKey,
    input: GetObjectInput,
) -> S3Result<GetObjectOutput> {
    let found = find(store, bucket, &input.key, input.version_id.as_deref())?;
    let conditions = Conditions {
        matches: input.if_match,
        matches_not: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    conditions.read(&found.object)?;
    classes::check_readable(&found.object)?;
    let extent = Extent::of(&found.object, input.range, input.part_number)?;
    let stream = found.object.blob.cut(extent.start, extent.length).read();
    let tags = found.object.attributes.tags.len();
    let output = told!(GetObjectOutput, input, found, extent);
    Ok(GetObjectOutput {
        body: Some(StreamingBlob::wrap(stream)),
        tag_count: i32::try_from(tags).ok().filter(|count| *count > 0),
        ..output
    })
}

pub(super) fn head(store: &Store, bucket: &BucketKey, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
    let found = find(store, bucket, &input.key, input.version_id.as_deref())?;
    let conditions = Conditions {
        matches: input.if_match,
        matches_not: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    conditions.read(&found.object)?;
    let extent = Extent::of(&found.object, input.range, input.part_number)?;
    Ok(told!(HeadObjectOutput, input, found, extent))
}

pub(super) fn delete(
    store: &Store,
    bucket: &BucketKey,
    input: DeleteObjectInput,
) -> S3Result<DeleteObjectOutput> {
    let conditions = Conditions { matches: input.if_match, ..Conditions::default() };
    store.with_mut(bucket, |bucket| {
        conditions.write(bucket.objects.current(&input.key))?;
        let Deleted { marker, was_marker } =
            bucket.objects.delete(&input.key, input.version_id.as_deref())?;
        Ok(DeleteObjectOutput {
            delete_marker: (marker.is_some() || was_marker).then_some(true),
            version_id: marker.or(input.version_id),
            ..Default::default()
        })
    })
}

pub(super) fn delete_all(
    store: &Store,
    bucket: &BucketKey,
    input: DeleteObjectsInput,
) -> S3Result<DeleteObjectsOutput> {
    let quiet = input.delete.quiet == Some(true);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    store.with_mut(bucket, |bucket| {
        for named in input.delete.objects {
            let (key, version) = (named.key.clone(), named.version_id.clone());
            match delete_one(bucket, named) {
                Ok(object) => deleted.push(object),
                Err(error) => errors.push(refusal(key, version, &error)),
            }
        }
        Ok(())
    })?;
    Ok(DeleteObjectsOutput {
        deleted: Some(deleted).filter(|_| !quiet),
        errors: Some(errors),
        ..Default::default()
    })
}

fn refusal(key: String, version_id: Option<String>, error: &S3Error) -> dto::Error {
    dto::Error {
        key: Some(key),
        version_id,
        code: Some(error.code().as_str().to_owned()),
        message: error.message().map(str::to_owned),
    }
}

fn delete_one(bucket: &mut Bucket, named: ObjectIdentifier) -> S3Result<DeletedObject> {
    let matches = named.e_tag.map(ETagCondition::ETag);
    Conditions { matches, ..Conditions::default() }.write(bucket.objects.current(&named.key))?;
    let Deleted { marker, was_marker } = bucket.objects.delete(&named.key, named.version_id.as_deref())?;
    Ok(DeletedObject {
        key: Some(named.key),
        delete_marker: (marker.is_some() || was_marker).then_some(true),
        delete_marker_version_id: marker.or_else(|| named.version_id.clone().filter(|_| was_marker)),
        version_id: named.version_id,
    })
}
