//! The objects of a bucket with their versions (documented: "Retaining multiple versions of objects"). Pure.

use std::{collections::BTreeMap, fmt, time::SystemTime};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use s3s::{S3ErrorCode, S3Result};

use super::{
    errors::{at_delete_marker, invalid_argument, refuse},
    store::Object,
};

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Versioning {
    /// It never did.
    #[default]
    Never,
    Enabled,
    /// Those that it has are kept; new ones replace the null version.
    Suspended,
}

/// The id of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum VersionId {
    /// Of what was put while versions were not kept.
    Null,
    Made(String),
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Made(id) => f.write_str(id),
        }
    }
}

impl VersionId {
    /// Like S3's own: 32 characters that mean nothing.
    fn make() -> Self {
        Self::Made(BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()))
    }

    pub(super) fn parse(text: &str) -> S3Result<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        match text {
            "null" => Ok(Self::Null),
            id if id.len() == 32 && id.bytes().all(plain) => Ok(Self::Made(id.to_owned())),
            _ => Err(invalid_argument("Invalid version id specified")),
        }
    }
}

/// One version of a key.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) id: VersionId,
    pub(super) content: Content,
}

/// What a version is.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Object(Box<Object>),
    DeleteMarker(SystemTime),
}

impl Version {
    pub(super) fn object(&self) -> Option<&Object> {
        match &self.content {
            Content::Object(object) => Some(object),
            Content::DeleteMarker(_) => None,
        }
    }
}

/// What a deletion left or took away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Deleted {
    /// The marker that was put; none where a version was named, or versions are not kept.
    pub(super) marker: Option<String>,
    /// Whether what was taken away was itself a delete marker.
    pub(super) was_marker: bool,
}

/// Every version of every key, the newest last. A key has at least one.
#[derive(Debug, Default)]
pub(super) struct Objects {
    keys: BTreeMap<String, Vec<Version>>,
    pub(super) versioning: Versioning,
}

impl Objects {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The object that a key stands for.
    pub(super) fn current(&self, key: &str) -> Option<&Object> {
        self.keys.get(key)?.last()?.object()
    }

    /// What a call reads.
    pub(super) fn read(&self, key: &str, version: Option<&str>) -> S3Result<(&VersionId, &Object)> {
        let found = self.find(key, version)?;
        match (&found.content, version) {
            (Content::Object(object), _) => Ok((&found.id, object)),
            (Content::DeleteMarker(_), None) => {
                Err(at_delete_marker(S3ErrorCode::NoSuchKey, &found.id.to_string()))
            }
            (Content::DeleteMarker(_), Some(id)) => Err(at_delete_marker(S3ErrorCode::MethodNotAllowed, id)),
        }
    }

    fn find(&self, key: &str, version: Option<&str>) -> S3Result<&Version> {
        let Some(id) = version else {
            let newest = self.keys.get(key).and_then(|versions| versions.last());
            return newest.ok_or_else(|| refuse(S3ErrorCode::NoSuchKey));
        };
        let id = VersionId::parse(id)?;
        let versions = self.keys.get(key).into_iter().flatten();
        let found = versions.into_iter().find(|version| version.id == id);
        found.ok_or_else(|| refuse(S3ErrorCode::NoSuchVersion))
    }

    /// Changes an object that is there.
    pub(super) fn change(
        &mut self,
        key: &str,
        version: Option<&str>,
        change: impl FnOnce(&mut Object),
    ) -> S3Result<VersionId> {
        let id = self.read(key, version)?.0.clone();
        let versions = self.keys.get_mut(key).into_iter().flatten();
        if let Some(Version { content: Content::Object(object), .. }) =
            versions.into_iter().find(|version| version.id == id)
        {
            change(object);
        }
        Ok(id)
    }

    /// Puts a new version of a key.
    pub(super) fn put(&mut self, key: String, object: Object) -> VersionId {
        self.push(key, Content::Object(Box::new(object)))
    }

    fn push(&mut self, key: String, content: Content) -> VersionId {
        let versions = self.keys.entry(key).or_default();
        let id = match self.versioning {
            Versioning::Enabled => VersionId::make(),
            Versioning::Never | Versioning::Suspended => {
                versions.retain(|version| version.id != VersionId::Null);
                VersionId::Null
            }
        };
        versions.push(Version { id: id.clone(), content });
        id
    }

    /// Documented: where versions are kept, a marker is put and nothing is lost; a version that is named is lost.
    pub(super) fn delete(&mut self, key: &str, version: Option<&str>) -> S3Result<Deleted> {
        match (version, self.versioning) {
            (Some(id), _) => self.remove(key, &VersionId::parse(id)?),
            (None, Versioning::Never) => {
                self.keys.remove(key);
                Ok(Deleted::default())
            }
            (None, Versioning::Enabled | Versioning::Suspended) => {
                let id = self.push(key.to_owned(), Content::DeleteMarker(SystemTime::now()));
                Ok(Deleted { marker: Some(id.to_string()), was_marker: false })
            }
        }
    }

    fn remove(&mut self, key: &str, id: &VersionId) -> S3Result<Deleted> {
        let Some(versions) = self.keys.get_mut(key) else { return Ok(Deleted::default()) };
        let place = versions.iter().position(|version| version.id == *id);
        let removed = place.map(|place| versions.remove(place));
        if versions.is_empty() {
            self.keys.remove(key);
        }
        let was_marker = removed.is_some_and(|version| version.object().is_none());
        Ok(Deleted { marker: None, was_marker })
    }

    /// The id as answers tell it: a bucket that never kept versions tells none.
    pub(super) fn told(&self, id: &VersionId) -> Option<String> {
        (self.versioning != Versioning::Never).then(|| id.to_string())
    }

    /// The keys from a prefix on, each with the object that it stands for.
    pub(super) fn live<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (&'a str, &'a Object)> {
        let keys = self.keys.range(prefix.to_owned()..);
        keys.filter_map(|(key, versions)| Some((key.as_str(), versions.last()?.object()?)))
    }

    /// The keys from a prefix on, each with its versions, the newest last.
    pub(super) fn all<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (&'a str, &'a [Version])> {
        self.keys.range(prefix.to_owned()..).map(|(key, versions)| (key.as_str(), versions.as_slice()))
    }
}
