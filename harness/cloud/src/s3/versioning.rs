//! The versioning of buckets, and the list of versions.

use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{
        BucketVersioningStatus, CommonPrefix, DeleteMarkerEntry, ETag, GetBucketVersioningOutput,
        ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion, ObjectVersionStorageClass,
        VersioningConfiguration,
    },
};

use super::{
    errors::invalid_argument,
    listing::{Writing, page_size},
    store::{BucketKey, Object, Store},
    versions::{Content, Objects, Version, Versioning},
};

pub(super) fn get(store: &Store, key: &BucketKey) -> S3Result<GetBucketVersioningOutput> {
    let status = store.with(key, |bucket| Ok(bucket.objects.versioning))?;
    let status = match status {
        Versioning::Never => None,
        Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
    };
    Ok(GetBucketVersioningOutput {
        status: status.map(BucketVersioningStatus::from_static),
        ..Default::default()
    })
}

pub(super) fn put(store: &Store, key: &BucketKey, configuration: &VersioningConfiguration) -> S3Result<()> {
    if configuration.mfa_delete.is_some() {
        let message = "linchpin does not offer `MfaDelete` of PutBucketVersioning";
        return Err(S3Error::with_message(S3ErrorCode::NotImplemented, message));
    }
    let versioning = match configuration.status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        Some(_) => return Err(malformed()),
        None => {
            let message = "The Versioning element must be specified";
            return Err(S3Error::with_message(S3ErrorCode::IllegalVersioningConfigurationException, message));
        }
    };
    store.with_mut(key, |bucket| {
        bucket.objects.versioning = versioning;
        Ok(())
    })
}

fn malformed() -> S3Error {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    S3Error::with_message(S3ErrorCode::MalformedXML, message)
}

/// One entry of the list: a version, or what keys share up to the delimiter.
enum Entry<'a> {
    Version { key: &'a str, version: &'a Version, is_latest: bool },
    Prefix(String),
}

/// Where a page begins: behind a key, or behind one of its versions.
struct Marker<'a> {
    key: &'a str,
    version: Option<&'a str>,
}

pub(super) fn list(
    store: &Store,
    key: &BucketKey,
    input: &ListObjectVersionsInput,
) -> S3Result<ListObjectVersionsOutput> {
    let marker = Marker {
        key: input.key_marker.as_deref().unwrap_or_default(),
        version: input.version_id_marker.as_deref().filter(|id| !id.is_empty()),
    };
    if marker.version.is_some() && marker.key.is_empty() {
        return Err(invalid_argument("A version-id marker cannot be specified without a key marker."));
    }
    let (size, writing) = (page_size(input.max_keys), Writing::new(input.encoding_type.as_ref()));
    store.with(key, |bucket| {
        let mut entries = entries(&bucket.objects, input, &marker);
        let truncated = entries.len() > size;
        entries.truncate(size);
        let (next_key, next_version) = entries.last().filter(|_| truncated).map(next).unwrap_or_default();
        Ok(ListObjectVersionsOutput {
            name: Some(input.bucket.clone()),
            prefix: Some(writing.text(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.as_deref().map(|text| writing.text(text)),
            key_marker: Some(writing.text(marker.key)),
            version_id_marker: input.version_id_marker.clone(),
            next_key_marker: next_key.map(|key| writing.text(&key)),
            next_version_id_marker: next_version,
            max_keys: i32::try_from(size).ok(),
            is_truncated: Some(truncated),
            versions: Some(entries.iter().filter_map(|entry| told_version(entry, writing)).collect()),
            delete_markers: Some(entries.iter().filter_map(|entry| told_marker(entry, writing)).collect()),
            common_prefixes: Some(entries.iter().filter_map(|entry| told_prefix(entry, writing)).collect()),
            encoding_type: input.encoding_type.clone(),
            ..Default::default()
        })
    })
}

/// Documented: by key, and within a key from the newest to the oldest.
fn entries<'a>(objects: &'a Objects, input: &ListObjectVersionsInput, marker: &Marker<'_>) -> Vec<Entry<'a>> {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for (key, versions) in objects.all(prefix).take_while(|(key, _)| key.starts_with(prefix)) {
        let rest = key.strip_prefix(prefix).unwrap_or_default();
        let shared = delimiter.and_then(|delimiter| Some((delimiter, rest.split_once(delimiter)?.0)));
        match shared.map(|(delimiter, head)| format!("{prefix}{head}{delimiter}")) {
            Some(shared) => {
                let repeated = matches!(entries.last(), Some(Entry::Prefix(last)) if *last == shared);
                if !repeated && shared.as_str() > marker.key {
                    entries.push(Entry::Prefix(shared));
                }
            }
            None => entries.extend(after(key, versions, marker)),
        }
    }
    entries
}

fn after<'a>(
    key: &'a str,
    versions: &'a [Version],
    marker: &Marker<'_>,
) -> impl Iterator<Item = Entry<'a>> + use<'a> {
    let newest_first = versions.iter().rev();
    let skipped = match marker.version {
        _ if key > marker.key => 0,
        Some(id) if key == marker.key => {
            let place = newest_first.clone().position(|version| version.id.to_string() == id);
            place.map_or(versions.len(), |place| place + 1)
        }
        _ => versions.len(),
    };
    newest_first.enumerate().skip(skipped).map(move |(place, version)| Entry::Version {
        key,
        version,
        is_latest: place == 0,
    })
}

fn next(entry: &Entry<'_>) -> (Option<String>, Option<String>) {
    match entry {
        Entry::Version { key, version, .. } => (Some((*key).to_owned()), Some(version.id.to_string())),
        Entry::Prefix(prefix) => (Some(prefix.clone()), None),
    }
}

fn told_version(entry: &Entry<'_>, writing: Writing) -> Option<ObjectVersion> {
    let Entry::Version { key, version, is_latest } = entry else { return None };
    let Object { etag, modified, blob, attributes, .. } = version.object()?;
    Some(ObjectVersion {
        key: Some(writing.text(key)),
        version_id: Some(version.id.to_string()),
        is_latest: Some(*is_latest),
        e_tag: Some(ETag::Strong(etag.clone())),
        last_modified: Some((*modified).into()),
        size: i64::try_from(blob.size).ok(),
        storage_class: Some(ObjectVersionStorageClass::from(attributes.storage_class.as_str().to_owned())),
        ..Default::default()
    })
}

fn told_marker(entry: &Entry<'_>, writing: Writing) -> Option<DeleteMarkerEntry> {
    let Entry::Version { key, version, is_latest } = entry else { return None };
    let Content::DeleteMarker(modified) = &version.content else { return None };
    Some(DeleteMarkerEntry {
        key: Some(writing.text(key)),
        version_id: Some(version.id.to_string()),
        is_latest: Some(*is_latest),
        last_modified: Some((*modified).into()),
        ..Default::default()
    })
}

fn told_prefix(entry: &Entry<'_>, writing: Writing) -> Option<CommonPrefix> {
    let Entry::Prefix(prefix) = entry else { return None };
    Some(CommonPrefix { prefix: Some(writing.text(prefix)) })
}
