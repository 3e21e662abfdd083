//! The objects of a COPY: those under a prefix, or those of a manifest.

use aws_sdk_s3::Client;
use serde::Deserialize;
use thiserror::Error;

use super::parse::{Addressing, CopyStatement, Format};
use crate::s3::{self, Location, S3Error};

/// The largest manifest that is read: a million entries of a hundred bytes.
const MAX_MANIFEST: usize = 100 * 1024 * 1024;

/// An object to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) at: Location,
    pub(crate) presence: Presence,
}

/// What it means when an object does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// The statement fails.
    Mandatory,
    /// The object is skipped.
    Optional,
}

/// Why there is nothing to load.
#[derive(Debug, Error)]
pub(crate) enum SourceError {
    #[error("cannot list `{bucket}/{prefix}`: {error}")]
    Listing { bucket: String, prefix: String, error: S3Error },
    #[error("nothing under `{0}`")]
    EmptyPrefix(String),
    #[error("cannot read the manifest `{url}`: {error}")]
    Manifest { url: String, error: S3Error },
    #[error("the manifest is no valid JSON of its form")]
    InvalidManifest,
    #[error("the manifest names `{0}`, which is no object")]
    InvalidUrl(String),
    /// Columnar files need it (documented).
    #[error("the manifest names `{0}` without its content_length")]
    NoLength(String),
    #[error("no file of the manifest exists")]
    NoFiles,
    /// Columnar files that are compressed as a whole, as their names tell.
    #[error("`{0}` is compressed as a whole")]
    Compressed(String),
}

/// Endings of names by which Redshift takes a columnar file for one that is compressed as a whole (documented).
const COMPRESSED: [&str; 3] = [".gz", ".snappy", ".bz2"];

/// Finds out which objects to load.
pub(crate) async fn objects(copy: &CopyStatement, client: &Client) -> Result<Vec<Object>, SourceError> {
    let is_columnar = matches!(copy.format, Format::Columnar(..));
    let objects = match copy.addressing {
        Addressing::Prefix => under_prefix(&copy.source, client).await?,
        Addressing::Manifest => {
            let bytes = read_manifest(&copy.source, client).await?;
            parse_manifest(&bytes, is_columnar.then_some(LengthsNeeded))?
        }
    };
    let is_compressed = |object: &&Object| COMPRESSED.iter().any(|ending| object.at.key.ends_with(ending));
    match objects.iter().find(is_compressed).filter(|_| is_columnar) {
        Some(object) => Err(SourceError::Compressed(object.at.url())),
        None => Ok(objects),
    }
}

async fn under_prefix(source: &Location, client: &Client) -> Result<Vec<Object>, SourceError> {
    let (bucket, prefix) = (&source.bucket, &source.key);
    let listed = s3::list(client, bucket, prefix).await.map_err(|error| SourceError::Listing {
        bucket: bucket.clone(),
        prefix: prefix.clone(),
        error,
    })?;
    if listed.is_empty() {
        return Err(SourceError::EmptyPrefix(prefix.clone()));
    }
    Ok(listed.into_iter().map(|at| Object { at, presence: Presence::Mandatory }).collect())
}

async fn read_manifest(source: &Location, client: &Client) -> Result<Vec<u8>, SourceError> {
    let read = s3::read(client, source, MAX_MANIFEST).await;
    read.map_err(|error| SourceError::Manifest { url: source.url(), error })
}

/// The manifest's form (documented); unknown keys, as UNLOAD writes them, are tolerated.
#[derive(Deserialize)]
struct Manifest {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    url: String,
    #[serde(default)]
    mandatory: bool,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    content_length: Option<u64>,
}

/// Entries must say how long their files are.
struct LengthsNeeded;

fn parse_manifest(bytes: &[u8], lengths: Option<LengthsNeeded>) -> Result<Vec<Object>, SourceError> {
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(|_| SourceError::InvalidManifest)?;
    if manifest.entries.is_empty() {
        return Err(SourceError::NoFiles);
    }
    let lacks_length = |entry: &&Entry| entry.meta.as_ref().and_then(|meta| meta.content_length).is_none();
    if let Some(entry) = manifest.entries.iter().find(lacks_length).filter(|_| lengths.is_some()) {
        return Err(SourceError::NoLength(entry.url.clone()));
    }
    let object = |entry: Entry| {
        let at = Location::parse(&entry.url).filter(|at| !at.key.is_empty());
        let presence = if entry.mandatory { Presence::Mandatory } else { Presence::Optional };
        at.map(|at| Object { at, presence }).ok_or(SourceError::InvalidUrl(entry.url))
    };
    manifest.entries.into_iter().map(object).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests() {
        let text = r#"{"entries":[{"url":"s3://a/1","mandatory":true,"meta":{"content_length":3}},
            {"url":"s3://b/2"}],"schema":{},"author":{"name":"x"}}"#;
        let objects = parse_manifest(text.as_bytes(), None).unwrap();
        let shown: Vec<_> = objects.iter().map(|object| (object.at.url(), object.presence)).collect();
        let expected =
            [("s3://a/1".to_owned(), Presence::Mandatory), ("s3://b/2".to_owned(), Presence::Optional)];
        assert_eq!(shown, expected);
    }

    #[test]
    fn refused_manifests() {
        for (text, expected) in [
            ("", "the manifest is no valid JSON of its form"),
            ("1|a|b", "the manifest is no valid JSON of its form"),
            ("{\"entries\":[{\"mandatory\":true}]}", "the manifest is no valid JSON of its form"),
            ("{\"entries\":[]}", "no file of the manifest exists"),
            ("{\"entries\":[{\"url\":\"s3://b/\"}]}", "the manifest names `s3://b/`, which is no object"),
        ] {
            assert_eq!(parse_manifest(text.as_bytes(), None).unwrap_err().to_string(), expected, "{text}");
        }
    }
}
