//! Writes one object in pieces: a small one with a single put, a large one as a multipart upload.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use linchpin_formats::{Compression, CompressionError, Compressor};
use thiserror::Error;

use crate::s3::{Location, S3Error};

/// Size of a part; S3 wants at least 5 MB of every part but the last (documented).
const PART: usize = 8 * 1024 * 1024;

/// Why an object was not written.
#[derive(Debug, Error)]
pub(crate) enum UploadError {
    #[error("cannot write `{url}`: {error}")]
    S3 { url: String, error: S3Error },
    #[error(transparent)]
    Compression(#[from] CompressionError),
}

/// An object that is being written.
#[derive(Debug)]
pub(crate) struct Upload {
    client: Client,
    at: Location,
    compressor: Compressor,
    /// The multipart upload, once there is more than one part.
    multipart: Option<Multipart>,
    bytes: u64,
}

#[derive(Debug)]
struct Multipart {
    id: String,
    parts: Vec<CompletedPart>,
}

/// An object that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) at: Location,
    pub(crate) bytes: u64,
}

impl Upload {
    pub(crate) fn new(client: Client, at: Location, compression: Compression) -> Upload {
        Upload { client, at, compressor: Compressor::new(compression), multipart: None, bytes: 0 }
    }

    fn failed(&self, error: S3Error) -> UploadError {
        UploadError::S3 { url: self.at.url(), error }
    }

    /// Adds `plain` to the object; a part that is full goes out.
    pub(crate) async fn write(&mut self, plain: &[u8]) -> Result<(), UploadError> {
        self.compressor.push(plain)?;
        if self.compressor.ready() >= PART { self.send_part().await } else { Ok(()) }
    }

    /// Ends the object.
    pub(crate) async fn finish(&mut self) -> Result<Written, UploadError> {
        self.compressor.finish()?;
        if self.multipart.is_none() {
            self.put_whole().await?;
        } else {
            self.send_part().await?;
            self.complete().await?;
        }
        Ok(Written { at: self.at.clone(), bytes: self.bytes })
    }

    async fn put_whole(&mut self) -> Result<(), UploadError> {
        let body = self.compressor.take();
        self.bytes = body.len() as u64;
        let put = self.client.put_object().bucket(&self.at.bucket).key(&self.at.key);
        let sent = put.body(ByteStream::from(body)).send().await;
        sent.map(drop).map_err(|error| self.failed(S3Error::from_sdk(error)))
    }

    async fn send_part(&mut self) -> Result<(), UploadError> {
        let mut multipart = match self.multipart.take() {
            Some(multipart) => multipart,
            None => self.begin().await?,
        };
        let body = self.compressor.take();
        if body.is_empty() {
            self.multipart = Some(multipart);
            return Ok(());
        }
        self.bytes += body.len() as u64;
        let number = i32::try_from(multipart.parts.len() + 1).unwrap_or(i32::MAX);
        let part = self.client.upload_part().bucket(&self.at.bucket).key(&self.at.key);
        let part = part.upload_id(&multipart.id).part_number(number).body(ByteStream::from(body));
        let sent = part.send().await;
        if let Ok(sent) = &sent {
            let completed =
                CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag.clone()).build();
            multipart.parts.push(completed);
        }
        self.multipart = Some(multipart);
        sent.map(drop).map_err(|error| self.failed(S3Error::from_sdk(error)))
    }

    async fn begin(&self) -> Result<Multipart, UploadError> {
        let create = self.client.create_multipart_upload().bucket(&self.at.bucket).key(&self.at.key);
        let created = create.send().await.map_err(|error| self.failed(S3Error::from_sdk(error)))?;
        Ok(Multipart { id: created.upload_id.unwrap_or_default(), parts: Vec::new() })
    }

    async fn complete(&mut self) -> Result<(), UploadError> {
        let Some(Multipart { id, parts }) = self.multipart.take() else { return Ok(()) };
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.client.complete_multipart_upload().bucket(&self.at.bucket).key(&self.at.key);
        let sent = complete.upload_id(id).multipart_upload(parts).send().await;
        sent.map(drop).map_err(|error| self.failed(S3Error::from_sdk(error)))
    }

    /// Gives the object up. What S3 keeps of it goes, as far as the credentials may.
    pub(crate) async fn abandon(self) {
        if let Some(Multipart { id, .. }) = self.multipart {
            let abort = self.client.abort_multipart_upload().bucket(&self.at.bucket).key(&self.at.key);
            // The statement has failed already: a second failure changes nothing that the client could act on.
            let _ = abort.upload_id(id).send().await;
        }
    }
}
