//! `GetObjectAttributes`.

use s3s::{
    S3Result,
    dto::{
        ETag, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectAttributesParts,
        ObjectAttributes, ObjectPart, StorageClass,
    },
};

use super::{
    checksums::{Kind, tell},
    errors::invalid_argument,
    store::{BucketKey, Object, Part, Store},
};

const KNOWN: [&str; 5] = [
    ObjectAttributes::CHECKSUM,
    ObjectAttributes::ETAG,
    ObjectAttributes::OBJECT_PARTS,
    ObjectAttributes::OBJECT_SIZE,
    ObjectAttributes::STORAGE_CLASS,
];

/// Documented: the most parts of one answer.
const MOST_PARTS: usize = 1000;

pub(super) fn get(
    store: &Store,
    bucket: &BucketKey,
    input: &GetObjectAttributesInput,
) -> S3Result<GetObjectAttributesOutput> {
    let names = asked(input)?;
    let wants = |name: &str| names.contains(&name);
    store.with(bucket, |bucket| {
        let (id, object) = bucket.objects.read(&input.key, input.version_id.as_deref())?;
        let size = i64::try_from(object.blob.size).ok();
        Ok(GetObjectAttributesOutput {
            last_modified: Some(object.modified.into()),
            version_id: bucket.objects.told(id),
            e_tag: wants(ObjectAttributes::ETAG).then(|| ETag::Strong(object.etag.clone())),
            checksum: wants(ObjectAttributes::CHECKSUM).then(|| object.sum.told()),
            object_parts: wants(ObjectAttributes::OBJECT_PARTS).then(|| parts(object, input)).flatten(),
            object_size: size.filter(|_| wants(ObjectAttributes::OBJECT_SIZE)),
            storage_class: wants(ObjectAttributes::STORAGE_CLASS).then(|| class(object)),
            ..Default::default()
        })
    })
}

/// One header with commas, or several.
fn asked(input: &GetObjectAttributesInput) -> S3Result<Vec<&str>> {
    let names = input.object_attributes.iter().flat_map(|names| names.as_str().split(',')).map(str::trim);
    let names: Vec<&str> = names.collect();
    match names.iter().find(|name| !KNOWN.contains(name)) {
        Some(_) => Err(invalid_argument("Invalid attribute name specified.")),
        None => Ok(names),
    }
}

fn class(object: &Object) -> StorageClass {
    object.attributes.storage_class.clone()
}

/// Documented: the parts themselves are told only where their checksums make the object's.
fn parts(object: &Object, input: &GetObjectAttributesInput) -> Option<GetObjectAttributesParts> {
    if object.parts.is_empty() {
        return None;
    }
    let total = i32::try_from(object.parts.len()).ok();
    if object.sum.kind == Kind::FullObject {
        return Some(GetObjectAttributesParts { total_parts_count: total, ..Default::default() });
    }
    let size = input.max_parts.map_or(MOST_PARTS, |max| usize::try_from(max).unwrap_or(0).min(MOST_PARTS));
    let after = input.part_number_marker.unwrap_or(0);
    let mut rest: Vec<&Part> = object.parts.iter().filter(|part| part.number > after).collect();
    let truncated = rest.len() > size;
    rest.truncate(size);
    Some(GetObjectAttributesParts {
        total_parts_count: total,
        part_number_marker: Some(after),
        next_part_number_marker: rest.last().map(|part| part.number),
        max_parts: i32::try_from(size).ok(),
        is_truncated: Some(truncated),
        parts: Some(rest.into_iter().map(entry).collect()),
    })
}

fn entry(part: &Part) -> ObjectPart {
    let entry = ObjectPart {
        part_number: Some(part.number),
        size: i64::try_from(part.size).ok(),
        ..Default::default()
    };
    tell!(entry, part.sum.told())
}
