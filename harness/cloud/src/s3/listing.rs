//! `ListObjectsV2`: prefix, delimiter, pages. Pure.

use std::collections::BTreeMap;

use s3s::dto::{
    CommonPrefix, ETag, ListObjectsV2Input, ListObjectsV2Output, Object as ObjectEntry, ObjectStorageClass,
};

use super::store::Object;

/// Documented: never more than this in one page.
const LARGEST_PAGE: usize = 1000;

/// One entry of a page: a key, or what keys share up to the delimiter.
enum Entry<'a> {
    Key(&'a str, &'a Object),
    Prefix(String),
}

impl Entry<'_> {
    /// Continuation goes on behind this text.
    fn marker(&self) -> String {
        match self {
            Self::Key(key, _) => (*key).to_owned(),
            Self::Prefix(prefix) => prefix.clone(),
        }
    }
}

pub(super) fn list(objects: &BTreeMap<String, Object>, input: &ListObjectsV2Input) -> ListObjectsV2Output {
    let size = input.max_keys.map_or(LARGEST_PAGE, |max| usize::try_from(max).unwrap_or(0).min(LARGEST_PAGE));
    let after = input.continuation_token.as_ref().or(input.start_after.as_ref());
    let mut entries = entries(objects, input, after.map(String::as_str).unwrap_or_default());
    let truncated = entries.len() > size;
    entries.truncate(size);
    let next = entries.last().filter(|_| truncated).map(Entry::marker);
    page(input, &entries, size, next)
}

fn entries<'a>(
    objects: &'a BTreeMap<String, Object>,
    input: &ListObjectsV2Input,
    after: &str,
) -> Vec<Entry<'a>> {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for (key, object) in objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix)) {
        let rest = key.strip_prefix(prefix).unwrap_or_default();
        let shared = delimiter.and_then(|delimiter| {
            let (head, _) = rest.split_once(delimiter)?;
            Some(format!("{prefix}{head}{delimiter}"))
        });
        match shared {
            Some(shared) => {
                let repeated = matches!(entries.last(), Some(Entry::Prefix(last)) if *last == shared);
                if !repeated && shared.as_str() > after {
                    entries.push(Entry::Prefix(shared));
                }
            }
            None if key.as_str() > after => entries.push(Entry::Key(key, object)),
            None => {}
        }
    }
    entries
}

fn page(
    input: &ListObjectsV2Input,
    entries: &[Entry<'_>],
    size: usize,
    next: Option<String>,
) -> ListObjectsV2Output {
    let contents = entries.iter().filter_map(|entry| match entry {
        Entry::Key(key, object) => Some(object_entry(key, object)),
        Entry::Prefix(_) => None,
    });
    let prefixes = entries.iter().filter_map(|entry| match entry {
        Entry::Prefix(prefix) => Some(CommonPrefix { prefix: Some(prefix.clone()) }),
        Entry::Key(..) => None,
    });
    ListObjectsV2Output {
        name: Some(input.bucket.clone()),
        prefix: Some(input.prefix.clone().unwrap_or_default()),
        delimiter: input.delimiter.clone(),
        start_after: input.start_after.clone(),
        continuation_token: input.continuation_token.clone(),
        max_keys: i32::try_from(size).ok(),
        key_count: i32::try_from(entries.len()).ok(),
        is_truncated: Some(next.is_some()),
        next_continuation_token: next,
        contents: Some(contents.collect()),
        common_prefixes: Some(prefixes.collect()),
        encoding_type: input.encoding_type.clone(),
        ..Default::default()
    }
}

fn object_entry(key: &str, object: &Object) -> ObjectEntry {
    ObjectEntry {
        key: Some(key.to_owned()),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.modified.into()),
        size: i64::try_from(object.blob.size).ok(),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    }
}
