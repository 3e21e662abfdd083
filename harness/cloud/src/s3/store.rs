//! What the buckets hold.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::SystemTime,
};

use linchpin_gateway::{BucketEncryption, BucketFacts, ObjectKey};
use linchpin_policy::Document;
use s3s::{S3ErrorCode, S3Result};

use super::{blob::Blob, errors::refuse};

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
    pub(super) created: SystemTime,
    pub(super) policy: Option<Arc<Document>>,
    /// Default encryption with a KMS key; none for S3's own.
    pub(super) encryption: Option<BucketEncryption>,
    pub(super) objects: BTreeMap<String, Object>,
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// One object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) blob: Blob,
    pub(super) etag: String,
    pub(super) modified: SystemTime,
    pub(super) headers: ObjectHeaders,
    /// None for SSE-S3.
    pub(super) key: Option<ObjectKey>,
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
    pub(super) headers: ObjectHeaders,
    pub(super) encryption: Option<ObjectKey>,
    pub(super) parts: BTreeMap<i32, Blob>,
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
        })
    }

    pub(super) fn object_key(&self, partition: &str, bucket: &str, key: &str) -> Option<ObjectKey> {
        let bucket = BucketKey { partition: partition.to_owned(), name: bucket.to_owned() };
        self.read().get(&bucket)?.objects.get(key)?.key.clone()
    }

    pub(super) fn upload_key(&self, partition: &str, bucket: &str, upload: &str) -> Option<ObjectKey> {
        let bucket = BucketKey { partition: partition.to_owned(), name: bucket.to_owned() };
        self.read().get(&bucket)?.uploads.get(upload)?.encryption.clone()
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
