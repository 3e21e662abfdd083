//! The bytes of an object: a file that lives as long as somebody holds it.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use linchpin_gateway::{BodyError, Trailers};
use md5::{Digest, Md5};
use s3s::{S3Error, S3ErrorCode, S3Result, StdError, checksum::ChecksumHasher, dto::Checksum};
use tempfile::{NamedTempFile, TempPath};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_util::io::ReaderStream;

use super::errors::refuse;

/// An object's bytes on disk; the file goes with the last holder.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    path: Arc<TempPath>,
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
}

impl Blob {
    /// The ETag of an object that was put in one piece.
    pub(super) fn etag(&self) -> String {
        hex::encode(self.md5)
    }

    /// The bytes of a range, streamed.
    pub(super) async fn read(
        &self,
        start: u64,
        length: u64,
    ) -> io::Result<ReaderStream<tokio::io::Take<File>>> {
        let mut file = File::open(&*self.path).await?;
        file.seek(io::SeekFrom::Start(start)).await?;
        Ok(ReaderStream::with_capacity(file.take(length), 64 * 1024))
    }
}

/// The digests that a client gave with a body, in headers; trailers come after it.
#[derive(Debug, Default)]
pub(super) struct Digests {
    pub(super) md5: Option<String>,
    pub(super) checksum: Checksum,
    pub(super) trailers: Option<Trailers>,
}

const CHECKSUM_TRAILERS: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

impl Digests {
    /// Every algorithm is computed where a trailer may name any of them, else only those that headers name.
    fn hasher(&self) -> ChecksumHasher {
        let any = self.trailers.is_some();
        let given = &self.checksum;
        ChecksumHasher {
            crc32: (any || given.checksum_crc32.is_some()).then(Default::default),
            crc32c: (any || given.checksum_crc32c.is_some()).then(Default::default),
            sha1: (any || given.checksum_sha1.is_some()).then(Default::default),
            sha256: (any || given.checksum_sha256.is_some()).then(Default::default),
            crc64nvme: (any || given.checksum_crc64nvme.is_some()).then(Default::default),
        }
    }

    fn verify(&self, md5: [u8; 16], computed: &Checksum) -> S3Result<()> {
        if self.md5.as_ref().is_some_and(|given| given != &BASE64_STANDARD.encode(md5)) {
            return Err(refuse(S3ErrorCode::BadDigest));
        }
        let computed = [
            &computed.checksum_crc32,
            &computed.checksum_crc32c,
            &computed.checksum_crc64nvme,
            &computed.checksum_sha1,
            &computed.checksum_sha256,
        ];
        let given = [
            &self.checksum.checksum_crc32,
            &self.checksum.checksum_crc32c,
            &self.checksum.checksum_crc64nvme,
            &self.checksum.checksum_sha1,
            &self.checksum.checksum_sha256,
        ];
        for ((name, given), computed) in CHECKSUM_TRAILERS.iter().zip(given).zip(computed) {
            let trailer = self.trailers.as_ref().and_then(|trailers| trailers.get(name));
            let trailer = trailer.and_then(|value| value.to_str().ok().map(str::to_owned));
            if let Some(given) = given.as_ref().or(trailer.as_ref())
                && Some(given) != computed.as_ref()
            {
                return Err(bad_checksum(name));
            }
        }
        Ok(())
    }
}

/// Documented: the text names the algorithm.
fn bad_checksum(header: &str) -> S3Error {
    let algorithm = header.rsplit('-').next().unwrap_or_default().to_ascii_uppercase();
    S3Error::with_message(
        S3ErrorCode::BadDigest,
        format!("The {algorithm} you specified did not match the calculated checksum."),
    )
}

/// Writes a body to a new file and holds it to its digests.
pub(super) async fn receive(
    folder: &Path,
    body: impl Stream<Item = Result<Bytes, StdError>> + Send,
    digests: &Digests,
) -> S3Result<Blob> {
    let writer = Writer::start(folder, digests.hasher())?;
    let mut body = std::pin::pin!(body);
    while let Some(chunk) = body.next().await {
        writer.write(chunk.map_err(broken_body)?).await;
    }
    let (blob, checksum) = writer.finish().await.map_err(disk)?;
    digests.verify(blob.md5, &checksum)?;
    Ok(blob)
}

/// One blob of several, in order.
pub(super) async fn concatenate(folder: &Path, parts: &[Blob]) -> S3Result<Blob> {
    let writer = Writer::start(folder, ChecksumHasher::default())?;
    for part in parts {
        let mut chunks = part.read(0, part.size).await.map_err(disk)?;
        while let Some(chunk) = chunks.next().await {
            writer.write(chunk.map_err(disk)?).await;
        }
    }
    Ok(writer.finish().await.map_err(disk)?.0)
}

/// How many chunks may wait to be hashed and written.
const WAITING: usize = 16;

/// A file that is hashed and written by a thread of its own, so that the next chunk is received meanwhile.
struct Writer {
    chunks: mpsc::Sender<Bytes>,
    written: JoinHandle<io::Result<(Blob, Checksum)>>,
}

impl Writer {
    fn start(folder: &Path, checksum: ChecksumHasher) -> S3Result<Self> {
        let (file, path) = NamedTempFile::new_in(folder).map_err(disk)?.into_parts();
        let (chunks, received) = mpsc::channel(WAITING);
        let written = tokio::task::spawn_blocking(move || write(file, path, checksum, received));
        Ok(Self { chunks, written })
    }

    /// Hands a chunk over. One that nobody takes any more has an error before it, which `finish` tells.
    async fn write(&self, chunk: Bytes) {
        let _ = self.chunks.send(chunk).await;
    }

    async fn finish(self) -> io::Result<(Blob, Checksum)> {
        drop(self.chunks);
        self.written.await.map_err(io::Error::other)?
    }
}

/// Writes what is received until nobody sends any more.
fn write(
    file: std::fs::File,
    path: TempPath,
    mut checksum: ChecksumHasher,
    mut chunks: mpsc::Receiver<Bytes>,
) -> io::Result<(Blob, Checksum)> {
    let mut file = BufWriter::with_capacity(256 * 1024, file);
    let (mut size, mut md5) = (0, Md5::new());
    while let Some(chunk) = chunks.blocking_recv() {
        md5.update(&chunk);
        checksum.update(&chunk);
        size += chunk.len() as u64;
        file.write_all(&chunk)?;
    }
    file.flush()?;
    Ok((Blob { path: Arc::new(path), size, md5: md5.finalize().into() }, checksum.finalize()))
}

/// A store that cannot write is ours to mend, not the caller's: say where.
pub(super) fn disk(error: io::Error) -> S3Error {
    S3Error::with_message(S3ErrorCode::InternalError, format!("the store of objects failed: {error}"))
}

/// What the road found wrong with a body while it was read.
fn broken_body(error: StdError) -> S3Error {
    match error.downcast_ref::<BodyError>() {
        Some(BodyError::Sha256Mismatch) => S3Error::with_message(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        Some(BodyError::ChunkSignature) => S3Error::with_message(
            S3ErrorCode::SignatureDoesNotMatch,
            "The request signature we calculated does not match the signature you provided. Check your key and \
             signing method.",
        ),
        Some(
            BodyError::Connection(_)
            | BodyError::Chunk(_)
            | BodyError::Store(_)
            | BodyError::Truncated
            | BodyError::Service(_),
        )
        | None => refuse(S3ErrorCode::IncompleteBody),
    }
}
