//! What the buckets hold.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::SystemTime,
};

use linchpin_gateway::{BucketEncryption, BucketFacts, ObjectFacts, ObjectKey, ObjectName, UploadFacts};
use linchpin_policy::Document;
use s3s::{
    S3ErrorCode, S3Result,
    dto::{PublicAccessBlockConfiguration, StorageClass},
};

use super::{
    blob::{Blob, Hashed},
    checksums::{Algorithm, Plan, Sum},
    errors::refuse,
    tagging::Tags,
    versions::Objects,
};

/// Every bucket of every account; names are global within a partition (documented).
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    buckets: RwLock<BTreeMap<BucketKey, Bucket>>,
}

/// A bucket's name with its partition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BucketKey {
    pub(super) partition: String,
    pub(super) name: String,
}

/// One bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) account: String,
    pub(super) region: String,
    /// What it was made with: its region, or a name that stands for it.
    pub(super) constraint: String,
    pub(super) created: SystemTime,
    pub(super) policy: Option<Arc<Document>>,
    /// Default encryption with a KMS key; none for S3's own.
    pub(super) encryption: Option<BucketEncryption>,
    /// None once it was deleted.
    pub(super) public_access: Option<PublicAccessBlockConfiguration>,
    pub(super) objects: Objects,
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// One version of an object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) blob: Blob,
    pub(super) etag: String,
    pub(super) sum: Sum,
    pub(super) modified: SystemTime,
    pub(super) attributes: Attributes,
    /// Where it was uploaded in parts: those, in order.
    pub(super) parts: Vec<Part>,
}

/// A part that an object was made of.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) number: i32,
    pub(super) size: u64,
    pub(super) sum: Sum,
}

/// What a write says of its object besides the bytes.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pub(super) headers: ObjectHeaders,
    /// None for SSE-S3.
    pub(super) key: Option<ObjectKey>,
    pub(super) storage_class: StorageClass,
    pub(super) tags: Tags,
}

impl Object {
    /// An object that came in one piece.
    pub(super) fn whole(Hashed { blob, etag, sum }: Hashed, attributes: Attributes) -> Self {
        Self { blob, etag, sum, modified: SystemTime::now(), attributes, parts: Vec::new() }
    }

    /// What an object of the same bytes is that comes in one piece; they are read only where that is not known.
    pub(super) async fn in_one_piece(self, algorithm: Algorithm) -> io::Result<Hashed> {
        let known = self.parts.is_empty() && self.sum.algorithm == algorithm;
        if known {
            return Ok(Hashed { blob: self.blob, etag: self.etag, sum: self.sum });
        }
        self.blob.hashed(algorithm).await
    }
}

/// The headers that S3 keeps with an object.
#[derive(Clone, Debug, Default)]
pub(super) struct ObjectHeaders {
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) expires: Option<s3s::dto::Expires>,
    pub(super) metadata: Option<std::collections::HashMap<String, String>>,
}

/// A multipart upload that is neither complete nor aborted.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) key: String,
    pub(super) begun: SystemTime,
    /// The ARN of who began it.
    pub(super) initiator: String,
    /// As the request named it.
    pub(super) encryption: Option<String>,
    pub(super) attributes: Attributes,
    /// None where the choice is S3's.
    pub(super) plan: Option<Plan>,
    pub(super) parts: BTreeMap<i32, Hashed>,
}

impl Store {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, buckets: RwLock::default() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, BTreeMap<BucketKey, Bucket>> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<BucketKey, Bucket>> {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn facts(&self, partition: &str, name: &str) -> Option<BucketFacts> {
        let key = BucketKey { partition: partition.to_owned(), name: name.to_owned() };
        self.read().get(&key).map(|bucket| BucketFacts {
            account: bucket.account.clone(),
            region: bucket.region.clone(),
            policy: bucket.policy.clone(),
            encryption: bucket.encryption.clone(),
            is_restricted: bucket.is_restricted(),
        })
    }

    pub(super) fn object(&self, name: &ObjectName<'_>) -> Option<ObjectFacts> {
        let bucket = BucketKey { partition: name.partition.to_owned(), name: name.bucket.to_owned() };
        let buckets = self.read();
        let (_, object) = buckets.get(&bucket)?.objects.read(name.key, name.version).ok()?;
        let Attributes { key, tags, .. } = &object.attributes;
        Some(ObjectFacts { key: key.clone(), tags: tags.clone() })
    }

    pub(super) fn rename_principal(&self, from: &str, to: &str) {
        for bucket in self.write().values_mut() {
            let renamed = bucket.policy.as_ref().and_then(|policy| policy.with_principal_renamed(from, to));
            if let Some(policy) = renamed {
                bucket.policy = Some(Arc::new(policy));
            }
        }
    }

    pub(super) fn upload(&self, partition: &str, bucket: &str, upload: &str) -> Option<UploadFacts> {
        let bucket = BucketKey { partition: partition.to_owned(), name: bucket.to_owned() };
        let buckets = self.read();
        let upload = buckets.get(&bucket)?.uploads.get(upload)?;
        Some(UploadFacts {
            initiator: upload.initiator.clone(),
            encryption: upload.encryption.clone(),
            key: upload.attributes.key.clone(),
        })
    }

    /// Reads a bucket.
    pub(super) fn with<T>(&self, key: &BucketKey, read: impl FnOnce(&Bucket) -> S3Result<T>) -> S3Result<T> {
        read(self.read().get(key).ok_or_else(|| refuse(S3ErrorCode::NoSuchBucket))?)
    }

    /// Changes a bucket.
    pub(super) fn with_mut<T>(
        &self,
        key: &BucketKey,
        change: impl FnOnce(&mut Bucket) -> S3Result<T>,
    ) -> S3Result<T> {
        change(self.write().get_mut(key).ok_or_else(|| refuse(S3ErrorCode::NoSuchBucket))?)
    }
}
