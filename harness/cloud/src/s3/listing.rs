//! Lists of objects: prefix, delimiter, pages. Pure.

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    ChecksumAlgorithm, CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, Object as ObjectEntry, ObjectStorageClass,
};

use super::{store::Object, versions::Objects};

/// Documented: never more than this in one page.
const LARGEST_PAGE: usize = 1000;

/// How many entries the page has that a client asks for.
pub(super) fn page_size(asked: Option<i32>) -> usize {
    asked.map_or(LARGEST_PAGE, |asked| usize::try_from(asked).unwrap_or(0).min(LARGEST_PAGE))
}

/// Known: what `encoding-type=url` leaves as it is.
const ENCODED: AsciiSet =
    NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'*');

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

/// Which part of a bucket is asked for.
struct Wanted<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    after: &'a str,
    size: usize,
}

impl<'a> Wanted<'a> {
    fn new(
        prefix: Option<&'a String>,
        delimiter: Option<&'a String>,
        after: &'a str,
        max: Option<i32>,
    ) -> Self {
        Self {
            prefix: prefix.map(String::as_str).unwrap_or_default(),
            delimiter: delimiter.map(String::as_str).filter(|delimiter| !delimiter.is_empty()),
            after,
            size: page_size(max),
        }
    }

    /// The entries of a page, and where the next one begins.
    fn page(&self, objects: &'a Objects) -> (Vec<Entry<'a>>, Option<String>) {
        let mut entries = self.entries(objects);
        let truncated = entries.len() > self.size;
        entries.truncate(self.size);
        let next = entries.last().filter(|_| truncated).map(Entry::marker);
        (entries, next)
    }

    fn entries(&self, objects: &'a Objects) -> Vec<Entry<'a>> {
        let Self { prefix, delimiter, after, .. } = *self;
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for (key, object) in objects.live(prefix).take_while(|(key, _)| key.starts_with(prefix)) {
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
                None if key > after => entries.push(Entry::Key(key, object)),
                None => {}
            }
        }
        entries
    }
}

/// Keys as the answer writes them: encoded where `encoding-type` asks for it, since XML cannot hold every character.
#[derive(Clone, Copy)]
pub(super) struct Writing {
    encoded: bool,
}

impl Writing {
    pub(super) fn new(encoding: Option<&EncodingType>) -> Self {
        Self { encoded: encoding.is_some_and(|encoding| encoding.as_str() == EncodingType::URL) }
    }

    pub(super) fn text(self, text: &str) -> String {
        if self.encoded { utf8_percent_encode(text, &ENCODED).to_string() } else { text.to_owned() }
    }

    fn optional(self, text: Option<&String>) -> Option<String> {
        text.map(|text| self.text(text))
    }

    fn contents(self, entries: &[Entry<'_>]) -> Vec<ObjectEntry> {
        let keys = entries.iter().filter_map(|entry| match entry {
            Entry::Key(key, object) => Some(object_entry(self.text(key), object)),
            Entry::Prefix(_) => None,
        });
        keys.collect()
    }

    fn prefixes(self, entries: &[Entry<'_>]) -> Vec<CommonPrefix> {
        let prefixes = entries.iter().filter_map(|entry| match entry {
            Entry::Prefix(prefix) => Some(CommonPrefix { prefix: Some(self.text(prefix)) }),
            Entry::Key(..) => None,
        });
        prefixes.collect()
    }
}

/// Where a list goes on, in the form that clients get it in: they are not to read it (documented).
pub(super) struct Token;

impl Token {
    /// In front of the text, so that not just any base64 is one.
    const MARK: &str = "after:";

    /// What a list that goes on behind this text is asked for with.
    pub(super) fn of(after: &str) -> String {
        BASE64_STANDARD.encode(format!("{}{after}", Self::MARK))
    }

    /// The text that the list goes on behind; none for what is no token.
    pub(super) fn read(token: &str) -> Option<String> {
        let text = String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?;
        text.strip_prefix(Self::MARK).map(str::to_owned)
    }
}

pub(super) fn list_v2(objects: &Objects, input: &ListObjectsV2Input) -> ListObjectsV2Output {
    let token = input.continuation_token.as_deref().and_then(Token::read);
    let after = token.as_ref().or(input.start_after.as_ref()).map(String::as_str).unwrap_or_default();
    let wanted = Wanted::new(input.prefix.as_ref(), input.delimiter.as_ref(), after, input.max_keys);
    let (entries, next) = wanted.page(objects);
    let writing = Writing::new(input.encoding_type.as_ref());
    ListObjectsV2Output {
        name: Some(input.bucket.clone()),
        prefix: Some(writing.text(wanted.prefix)),
        delimiter: writing.optional(input.delimiter.as_ref()),
        start_after: writing.optional(input.start_after.as_ref()),
        continuation_token: input.continuation_token.clone(),
        max_keys: i32::try_from(wanted.size).ok(),
        key_count: i32::try_from(entries.len()).ok(),
        is_truncated: Some(next.is_some()),
        next_continuation_token: next.as_deref().map(Token::of),
        contents: Some(writing.contents(&entries)),
        common_prefixes: Some(writing.prefixes(&entries)),
        encoding_type: input.encoding_type.clone(),
        ..Default::default()
    }
}

/// Documented: the next marker is told only where there is a delimiter; else it is the last key.
pub(super) fn list_v1(objects: &Objects, input: &ListObjectsInput) -> ListObjectsOutput {
    let after = input.marker.as_deref().unwrap_or_default();
    let wanted = Wanted::new(input.prefix.as_ref(), input.delimiter.as_ref(), after, input.max_keys);
    let (entries, next) = wanted.page(objects);
    let writing = Writing::new(input.encoding_type.as_ref());
    ListObjectsOutput {
        name: Some(input.bucket.clone()),
        prefix: Some(writing.text(wanted.prefix)),
        delimiter: writing.optional(input.delimiter.as_ref()),
        marker: Some(writing.text(after)),
        max_keys: i32::try_from(wanted.size).ok(),
        is_truncated: Some(next.is_some()),
        next_marker: next.filter(|_| wanted.delimiter.is_some()).map(|next| writing.text(&next)),
        contents: Some(writing.contents(&entries)),
        common_prefixes: Some(writing.prefixes(&entries)),
        encoding_type: input.encoding_type.clone(),
        ..Default::default()
    }
}

fn object_entry(key: String, object: &Object) -> ObjectEntry {
    ObjectEntry {
        key: Some(key),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.modified.into()),
        size: i64::try_from(object.blob.size).ok(),
        storage_class: Some(ObjectStorageClass::from(object.attributes.storage_class.as_str().to_owned())),
        checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(object.sum.algorithm.name())]),
        checksum_type: Some(object.sum.kind.told()),
        ..Default::default()
    }
}
