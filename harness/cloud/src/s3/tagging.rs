//! Tags of objects (documented: "Categorizing your objects using tags").

use std::collections::BTreeMap;

use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{
        DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
        PutObjectTaggingInput, PutObjectTaggingOutput, Tag, Tagging,
    },
};

use super::{
    errors::invalid_argument,
    store::{BucketKey, Store},
};

/// Values by their keys.
pub(super) type Tags = BTreeMap<String, String>;

/// Documented: the most tags of an object, and the most characters of a key and of a value.
const MOST_TAGS: usize = 10;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// The tags in `x-amz-tagging`: a query string.
pub(super) fn in_header(text: Option<&str>) -> S3Result<Tags> {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned().collect();
    let count = pairs.len();
    let tags = checked(pairs)?;
    if tags.len() == count { Ok(tags) } else { Err(malformed_header()) }
}

/// Known.
fn malformed_header() -> S3Error {
    invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name \
         duplicates.",
    )
}

fn in_body(tagging: Tagging) -> S3Result<Tags> {
    let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
    let pairs: Vec<(String, String)> = tagging.tag_set.into_iter().map(pair).collect();
    let count = pairs.len();
    let tags = checked(pairs)?;
    if tags.len() == count {
        return Ok(tags);
    }
    Err(invalid("Cannot provide multiple Tags with the same key"))
}

fn checked(pairs: Vec<(String, String)>) -> S3Result<Tags> {
    if pairs.len() > MOST_TAGS {
        let message = "Object tags cannot be greater than 10";
        let mut error = S3Error::with_message(S3ErrorCode::Custom("BadRequest".into()), message);
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        return Err(error);
    }
    for (key, value) in &pairs {
        if key.is_empty() || key.chars().count() > LONGEST_KEY || !key.chars().all(is_plain) {
            return Err(invalid("The TagKey you have provided is invalid"));
        }
        if key.starts_with("aws:") {
            return Err(invalid("System tags cannot be added/updated by requester"));
        }
        if value.chars().count() > LONGEST_VALUE || !value.chars().all(is_plain) {
            return Err(invalid("The TagValue you have provided is invalid"));
        }
    }
    Ok(pairs.into_iter().collect())
}

/// Documented: letters, digits, spaces, and `+ - = . _ : / @`.
fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || character == ' ' || "+-=._:/@".contains(character)
}

/// Known.
fn invalid(message: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidTag, message)
}

pub(super) fn get(
    store: &Store,
    bucket: &BucketKey,
    input: &GetObjectTaggingInput,
) -> S3Result<GetObjectTaggingOutput> {
    store.with(bucket, |bucket| {
        let (id, object) = bucket.objects.read(&input.key, input.version_id.as_deref())?;
        let tag =
            |(key, value): (&String, &String)| Tag { key: Some(key.clone()), value: Some(value.clone()) };
        Ok(GetObjectTaggingOutput {
            tag_set: object.attributes.tags.iter().map(tag).collect(),
            version_id: bucket.objects.told(id),
        })
    })
}

pub(super) fn put(
    store: &Store,
    bucket: &BucketKey,
    input: PutObjectTaggingInput,
) -> S3Result<PutObjectTaggingOutput> {
    let tags = in_body(input.tagging)?;
    let version_id = replace(store, bucket, &input.key, input.version_id.as_deref(), tags)?;
    Ok(PutObjectTaggingOutput { version_id })
}

pub(super) fn delete(
    store: &Store,
    bucket: &BucketKey,
    input: &DeleteObjectTaggingInput,
) -> S3Result<DeleteObjectTaggingOutput> {
    let version_id = replace(store, bucket, &input.key, input.version_id.as_deref(), Tags::new())?;
    Ok(DeleteObjectTaggingOutput { version_id })
}

fn replace(
    store: &Store,
    bucket: &BucketKey,
    key: &str,
    version: Option<&str>,
    tags: Tags,
) -> S3Result<Option<String>> {
    store.with_mut(bucket, |bucket| {
        let id = bucket.objects.change(key, version, |object| object.attributes.tags = tags)?;
        Ok(bucket.objects.told(&id))
    })
}
