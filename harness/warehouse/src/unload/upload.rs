//! Writes one object in pieces: a small one with a single put, a large one as a multipart upload whose parts go out side
//! by side. Payloads are not signed, which AWS's SDKs leave out of requests that TLS protects as Redshift's are (inferred).

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use linchpin_formats::{Encryptor, MasterKey};
use thiserror::Error;
use tokio::task::JoinSet;

use crate::client_side;
use crate::s3::{Encryption, Location, Metadata, S3Error};

/// Size of a part; S3 wants at least 5 MB of every part but the last (documented).
const PART: usize = 8 * 1024 * 1024;

/// How many parts of an object are under way at once.
const PARTS: usize = 3;

/// Why an object was not written.
#[derive(Debug, Error)]
pub(crate) enum UploadError {
    #[error("cannot write `{url}`: {error}")]
    S3 { url: String, error: S3Error },
    /// A task of an upload died.
    #[error("an upload to `{0}` died")]
    Died(String),
}

/// An object that is being written.
#[derive(Debug)]
pub(crate) struct Upload {
    client: Client,
    at: Location,
    encryption: Encryption,
    /// Client-side encryption, and the user metadata that tells of it.
    sealed: Option<Encryptor>,
    metadata: Option<Metadata>,
    buffer: Vec<u8>,
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
    /// The number of the last part, and those that are under way.
    last: i32,
    sending: JoinSet<Result<CompletedPart, S3Error>>,
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
        encryption: Encryption,
        master_key: Option<&MasterKey>,
    ) -> Upload {
        let (metadata, sealed) = master_key.map(|key| key.seal(&client_side::entropy(), None)).unzip();
        let owned = |metadata: Vec<(&str, String)>| {
            metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
        };
        let (metadata, buffer, sent) = (metadata.map(owned), Vec::new(), Sent::Nothing);
        Upload { client, at, encryption, sealed, metadata, buffer, sent, bytes: 0 }
    }

    /// How large the object is so far.
    pub(crate) fn size(&self) -> u64 {
        self.bytes
    }

    fn failed(&self, error: S3Error) -> UploadError {
        UploadError::S3 { url: self.at.url(), error }
    }

    /// Adds bytes to the object; a part that is full goes out.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        match self.sealed.as_mut().map(|sealed| sealed.push(bytes)) {
            Some(sealed) => self.append(&sealed),
            None => self.append(bytes),
        }
        if self.buffer.len() >= PART { self.send_part().await } else { Ok(()) }
    }

    fn append(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.buffer.extend_from_slice(bytes);
    }

    /// Ends the object.
    pub(crate) async fn finish(&mut self) -> Result<Written, UploadError> {
        if let Some(sealed) = self.sealed.take() {
            self.append(&sealed.finish());
        }
        if let Sent::Parts(_) = self.sent {
            self.send_part().await?;
            self.complete().await?;
        } else {
            self.put_whole().await?;
        }
        Ok(Written { at: self.at.clone(), bytes: self.bytes })
    }

    async fn put_whole(&mut self) -> Result<(), UploadError> {
        let body = std::mem::take(&mut self.buffer);
        let put = self.client.put_object().bucket(&self.at.bucket).key(&self.at.key);
        let put = put.set_server_side_encryption(self.encryption.algorithm());
        let put = put.set_ssekms_key_id(self.encryption.key()).set_metadata(self.metadata.clone());
        self.sent = Sent::Whole;
        let put = put.body(ByteStream::from(body)).customize().disable_payload_signing();
        put.send().await.map(drop).map_err(|error| {
            self.sent = Sent::Nothing;
            self.failed(S3Error::from_sdk(error))
        })
    }

    async fn send_part(&mut self) -> Result<(), UploadError> {
        if let Sent::Nothing = self.sent {
            self.sent = Sent::Parts(self.begin().await?);
        }
        let body = std::mem::take(&mut self.buffer);
        if body.is_empty() {
            return Ok(());
        }
        self.wait_for(PARTS - 1).await?;
        let Sent::Parts(multipart) = &mut self.sent else { return Ok(()) };
        multipart.last += 1;
        let number = multipart.last;
        let part = self.client.upload_part().bucket(&self.at.bucket).key(&self.at.key);
        let part = part.upload_id(&multipart.id).part_number(number).body(ByteStream::from(body));
        let part = part.customize().disable_payload_signing();
        multipart.sending.spawn(async move {
            let sent = part.send().await.map_err(S3Error::from_sdk)?;
            Ok(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build())
        });
        Ok(())
    }

    /// Waits until no more than `left` parts are under way.
    async fn wait_for(&mut self, left: usize) -> Result<(), UploadError> {
        let url = self.at.url();
        let Sent::Parts(multipart) = &mut self.sent else { return Ok(()) };
        while multipart.sending.len() > left {
            let Some(sent) = multipart.sending.join_next().await else { return Ok(()) };
            let part = sent.map_err(|_| UploadError::Died(url.clone()))?;
            multipart.parts.push(part.map_err(|error| UploadError::S3 { url: url.clone(), error })?);
        }
        Ok(())
    }

    async fn begin(&self) -> Result<Multipart, UploadError> {
        let create = self.client.create_multipart_upload().bucket(&self.at.bucket).key(&self.at.key);
        let create = create.set_server_side_encryption(self.encryption.algorithm());
        let create = create.set_ssekms_key_id(self.encryption.key()).set_metadata(self.metadata.clone());
        let created = create.send().await.map_err(|error| self.failed(S3Error::from_sdk(error)))?;
        let id = created.upload_id.unwrap_or_default();
        Ok(Multipart { id, parts: Vec::new(), last: 0, sending: JoinSet::new() })
    }

    async fn complete(&mut self) -> Result<(), UploadError> {
        self.wait_for(0).await?;
        let Sent::Parts(multipart) = &mut self.sent else { return Ok(()) };
        multipart.parts.sort_by_key(|part| part.part_number);
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
        match self.sent {
            Sent::Nothing => {}
            Sent::Parts(Multipart { id, mut sending, .. }) => {
                sending.shutdown().await;
                let abort = self.client.abort_multipart_upload().bucket(self.at.bucket).key(self.at.key);
                let _ = abort.upload_id(id).send().await;
            }
            Sent::Whole => delete(&self.client, &self.at).await,
        }
    }
}

/// Deletes an object of a statement that has failed, as far as the credentials may.
pub(super) async fn delete(client: &Client, at: &Location) {
    let _ = client.delete_object().bucket(&at.bucket).key(&at.key).send().await;
}
