//! Uploads of staged files: each whole or in parts, some at a time.

use crate::encryption::Sealed;
use crate::error::Cause;
use crate::s3::{Bucket, service_cause};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt as _};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// Uploads into one bucket.
#[derive(Debug)]
pub(crate) struct Uploads<'a> {
    bucket: &'a Bucket,
    /// A file with more bytes goes in parts of so many.
    part_size: Option<NonZeroUsize>,
    /// How many requests with bytes are under way at a time.
    connections: usize,
    permits: Semaphore,
    /// After a failure no file is begun.
    failed: AtomicBool,
}

impl<'a> Uploads<'a> {
    pub(crate) fn new(
        bucket: &'a Bucket,
        part_size: Option<NonZeroUsize>,
        connections: Option<NonZeroUsize>,
    ) -> Self {
        let connections = connections.map_or(1, NonZeroUsize::get).min(Semaphore::MAX_PERMITS);
        let permits = Semaphore::new(connections);
        Self { bucket, part_size, connections, permits, failed: AtomicBool::new(false) }
    }

    /// Uploads files under their keys; returns the keys that were put, and what failed. What is under way when one fails
    /// is waited for: else nobody would know what is in the bucket.
    pub(crate) async fn all(&self, files: Vec<(PathBuf, String)>) -> (Vec<String>, Vec<Cause>) {
        let one = |(path, key): (PathBuf, String)| async move {
            if self.failed.load(Ordering::Relaxed) {
                return (key, Err(Vec::new()));
            }
            let done = self.one(&path, &key).await;
            self.failed.fetch_or(done.is_err(), Ordering::Relaxed);
            (key, done)
        };
        let (mut put, mut failed) = (Vec::new(), Vec::new());
        for (key, done) in stream::iter(files).map(one).buffered(self.connections).collect::<Vec<_>>().await {
            match done {
                Ok(()) => put.push(key),
                Err(causes) => failed.extend(causes),
            }
        }
        (put, failed)
    }

    async fn one(&self, path: &Path, key: &str) -> Result<(), Vec<Cause>> {
        let body = std::fs::read(path).map_err(|source: io::Error| vec![Cause::io(path, source)])?;
        let sealed = self.bucket.encryption.seal(body);
        match self.part_size {
            Some(size) if sealed.1.len() > size.get() => self.in_parts(key, sealed, size).await,
            _ => self.whole(key, sealed).await.map_err(|cause| vec![cause]),
        }
    }

    async fn whole(&self, key: &str, (metadata, body): Sealed) -> Result<(), Cause> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await;
        let (kind, kms_key) = self.bucket.encryption.asked();
        let request = self.bucket.client.put_object().bucket(&self.bucket.name).key(key).body(body.into());
        let request =
            request.set_metadata(metadata).set_server_side_encryption(kind).set_ssekms_key_id(kms_key);
        request.send().await.map(drop).map_err(|error| service_cause("PutObject", &error))
    }

    /// An upload that fails is given up, so that no part of it is left; that may fail too.
    async fn in_parts(
        &self,
        key: &str,
        (metadata, body): Sealed,
        size: NonZeroUsize,
    ) -> Result<(), Vec<Cause>> {
        let (kind, kms_key) = self.bucket.encryption.asked();
        let request = self.bucket.client.create_multipart_upload().bucket(&self.bucket.name).key(key);
        let request =
            request.set_metadata(metadata).set_server_side_encryption(kind).set_ssekms_key_id(kms_key);
        let begun = request.send().await;
        let begun = begun.map_err(|error| vec![service_cause("CreateMultipartUpload", &error)])?;
        let id = begun.upload_id.unwrap_or_default();
        let Err(cause) = self.parts(key, &id, &body, size).await else { return Ok(()) };
        let given_up = self.give_up(key, &id).await;
        Err(std::iter::once(cause).chain(given_up.err()).collect())
    }

    async fn parts(&self, key: &str, id: &str, body: &[u8], size: NonZeroUsize) -> Result<(), Cause> {
        let parts = (1..).zip(body.chunks(size.get())).map(|(number, part)| self.part(key, id, number, part));
        let parts = CompletedMultipartUpload::builder().set_parts(Some(try_join_all(parts).await?)).build();
        let request = self.bucket.client.complete_multipart_upload().bucket(&self.bucket.name).key(key);
        let done = request.upload_id(id).multipart_upload(parts).send().await;
        done.map(drop).map_err(|error| service_cause("CompleteMultipartUpload", &error))
    }

    async fn part(&self, key: &str, id: &str, number: i32, body: &[u8]) -> Result<CompletedPart, Cause> {
        let _permit = self.permits.acquire().await;
        let request = self.bucket.client.upload_part().bucket(&self.bucket.name).key(key).upload_id(id);
        let put = request.part_number(number).body(body.to_vec().into()).send().await;
        let put = put.map_err(|error| service_cause("UploadPart", &error))?;
        Ok(CompletedPart::builder().part_number(number).set_e_tag(put.e_tag).build())
    }

    async fn give_up(&self, key: &str, id: &str) -> Result<(), Cause> {
        let request = self.bucket.client.abort_multipart_upload().bucket(&self.bucket.name).key(key);
        let done = request.upload_id(id).send().await;
        done.map(drop).map_err(|error| service_cause("AbortMultipartUpload", &error))
    }
}

#[cfg(test)]
mod tests;
