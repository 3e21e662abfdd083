//! Writes one object in pieces: a small one with a single put, a large one as a multipart upload.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use linchpin_formats::{Compression, CompressionError, Compressor};
use thiserror::Error;

use crate::s3::{Encryption, Location, S3Error};

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
    encryption: Encryption,
    compressor: Compressor,
    sent: Sent,
    bytes: u64,
}

/// What S3 has of an object.
#[derive(Debug)]
enum Sent {
    Nothing,
    Parts(Multipart),
    /// All of it, or possibly: a request whose answer nobody waited for may have come through.
    Whole,
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
    pub(crate) fn new(
        client: Client,
        at: Location,
        compression: Compression,
        encryption: Encryption,
    ) -> Upload {
        let compressor = Compressor::new(compression);
        Upload { client, at, encryption, compressor, sent: Sent::Nothing, bytes: 0 }
    }

    /// How large the object is so far, as written.
    pub(crate) fn size(&self) -> u64 {
        self.bytes + self.compressor.ready() as u64
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
        if let Sent::Parts(_) = self.sent {
            self.send_part().await?;
            self.complete().await?;
        } else {
            self.put_whole().await?;
        }
        Ok(Written { at: self.at.clone(), bytes: self.bytes })
    }

    async fn put_whole(&mut self) -> Result<(), UploadError> {
        let body = self.compressor.take();
        self.bytes = body.len() as u64;
        let put = self.client.put_object().bucket(&self.at.bucket).key(&self.at.key);
        let put = put.set_server_side_encryption(self.encryption.algorithm());
        let put = put.set_ssekms_key_id(self.encryption.key());
        self.sent = Sent::Whole;
        put.body(ByteStream::from(body)).send().await.map(drop).map_err(|error| {
            self.sent = Sent::Nothing;
            self.failed(S3Error::from_sdk(error))
        })
    }

    async fn send_part(&mut self) -> Result<(), UploadError> {
        if let Sent::Nothing = self.sent {
            self.sent = Sent::Parts(self.begin().await?);
        }
        let body = self.compressor.take();
        let Sent::Parts(multipart) = &mut self.sent else { return Ok(()) };
        if body.is_empty() {
            return Ok(());
        }
        self.bytes += body.len() as u64;
        let number = i32::try_from(multipart.parts.len() + 1).unwrap_or(i32::MAX);
        let part = self.client.upload_part().bucket(&self.at.bucket).key(&self.at.key);
        let part = part.upload_id(&multipart.id).part_number(number).body(ByteStream::from(body));
        match part.send().await {
            Ok(sent) => {
                let completed = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
                multipart.parts.push(completed.build());
                Ok(())
            }
            Err(error) => Err(self.failed(S3Error::from_sdk(error))),
        }
    }

    async fn begin(&self) -> Result<Multipart, UploadError> {
        let create = self.client.create_multipart_upload().bucket(&self.at.bucket).key(&self.at.key);
        let create = create.set_server_side_encryption(self.encryption.algorithm());
        let create = create.set_ssekms_key_id(self.encryption.key());
        let created = create.send().await.map_err(|error| self.failed(S3Error::from_sdk(error)))?;
        Ok(Multipart { id: created.upload_id.unwrap_or_default(), parts: Vec::new() })
    }

    async fn complete(&mut self) -> Result<(), UploadError> {
        let Sent::Parts(multipart) = &self.sent else { return Ok(()) };
        let parts = CompletedMultipartUpload::builder().set_parts(Some(multipart.parts.clone())).build();
        let complete = self.client.complete_multipart_upload().bucket(&self.at.bucket).key(&self.at.key);
        let sent = complete.upload_id(&multipart.id).multipart_upload(parts).send().await;
        sent.map_err(|error| self.failed(S3Error::from_sdk(error)))?;
        self.sent = Sent::Whole;
        Ok(())
    }

    /// Gives the object up. What S3 has of it goes, as far as the credentials may: the statement has failed
    /// already, and a second failure changes nothing that the client could act on.
    pub(crate) async fn abandon(self) {
        let Location { bucket, key } = self.at;
        match self.sent {
            Sent::Nothing => {}
            Sent::Parts(Multipart { id, .. }) => {
                let abort = self.client.abort_multipart_upload().bucket(bucket).key(key);
                let _ = abort.upload_id(id).send().await;
            }
            Sent::Whole => {
                let _ = self.client.delete_object().bucket(bucket).key(key).send().await;
            }
        }
    }
}
