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
use s3s::{
    S3Error, S3ErrorCode, S3Result, StdError,
    dto::{Checksum, ChecksumAlgorithm},
};
use tempfile::{NamedTempFile, TempPath};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_util::io::ReaderStream;

use super::{
    checksums::{Algorithm, Sum, bad_checksum, given},
    errors::{malformed_trailer, refuse},
};

/// An object's bytes on disk; the file goes with the last holder.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    path: Arc<TempPath>,
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
    /// Of all its bytes.
    pub(super) sum: Sum,
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

    /// The checksum of all bytes by another algorithm.
    pub(super) async fn summed(&self, algorithm: Algorithm) -> io::Result<Sum> {
        if algorithm == self.sum.algorithm {
            return Ok(self.sum.clone());
        }
        let mut hasher = algorithm.hasher();
        let mut chunks = self.read(0, self.size).await?;
        while let Some(chunk) = chunks.next().await {
            hasher.update(&chunk?);
        }
        Ok(Sum::of(algorithm, hasher))
    }
}

/// The digests that a client gave with a body, in headers; trailers come after it.
#[derive(Debug, Default)]
pub(super) struct Digests {
    pub(super) md5: Option<String>,
    pub(super) checksum: Checksum,
    pub(super) beside: Beside,
}

/// What a client says of a body besides its digests.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) trailers: Option<Trailers>,
    /// The algorithm that is named without a value.
    pub(super) named: Option<ChecksumAlgorithm>,
}

/// Where a body's own checksum stands.
enum Given {
    Header(String),
    Trailer,
    Nowhere,
}

impl Digests {
    /// The algorithm that a client uses; none where the choice is S3's.
    pub(super) fn algorithm(&self) -> S3Result<Option<Algorithm>> {
        Ok(self.plan()?.map(|(algorithm, _)| algorithm))
    }

    fn plan(&self) -> S3Result<Option<(Algorithm, Given)>> {
        if let Some((algorithm, value)) = given(&self.checksum)? {
            return Ok(Some((algorithm, Given::Header(value))));
        }
        let announced = |algorithm: &Algorithm| {
            self.beside.trailers.as_ref().is_some_and(|trailers| trailers.announces(&algorithm.header()))
        };
        if let Some(algorithm) = Algorithm::ALL.into_iter().find(announced) {
            return Ok(Some((algorithm, Given::Trailer)));
        }
        let named = self.beside.named.as_ref().map(Algorithm::named).transpose()?;
        Ok(named.map(|algorithm| (algorithm, Given::Nowhere)))
    }

    fn verify_md5(&self, md5: [u8; 16]) -> S3Result<()> {
        let Some(given) = &self.md5 else { return Ok(()) };
        match BASE64_STANDARD.decode(given) {
            Ok(given) if given == md5 => Ok(()),
            Ok(given) if given.len() == md5.len() => Err(refuse(S3ErrorCode::BadDigest)),
            _ => Err(refuse(S3ErrorCode::InvalidDigest)),
        }
    }

    /// A trailer that was not announced, or was and did not come, is none of the request's shape (documented:
    /// `MalformedTrailerError`).
    fn verify(&self, given: Given, sum: &Sum) -> S3Result<()> {
        let value = match given {
            Given::Header(value) => Some(value),
            Given::Trailer => Some(self.trailer(sum.algorithm).ok_or_else(malformed_trailer)?),
            Given::Nowhere if Algorithm::ALL.into_iter().any(|other| self.trailer(other).is_some()) => {
                return Err(malformed_trailer());
            }
            Given::Nowhere => None,
        };
        match value {
            Some(value) if value != sum.value => Err(bad_checksum(sum.algorithm)),
            _ => Ok(()),
        }
    }

    fn trailer(&self, algorithm: Algorithm) -> Option<String> {
        let value = self.beside.trailers.as_ref()?.get(&algorithm.header())?;
        value.to_str().ok().map(str::to_owned)
    }
}

/// Writes a body to a new file and holds it to its digests. Where they name no algorithm, `fallback` is computed.
pub(super) async fn receive(
    folder: &Path,
    body: impl Stream<Item = Result<Bytes, StdError>> + Send,
    digests: &Digests,
    fallback: Algorithm,
) -> S3Result<Blob> {
    let (algorithm, given) = digests.plan()?.unwrap_or((fallback, Given::Nowhere));
    let writer = Writer::start(folder, algorithm)?;
    let mut body = std::pin::pin!(body);
    while let Some(chunk) = body.next().await {
        writer.write(chunk.map_err(broken_body)?).await;
    }
    let blob = writer.finish().await.map_err(disk)?;
    digests.verify_md5(blob.md5)?;
    digests.verify(given, &blob.sum)?;
    Ok(blob)
}

/// A stretch of a blob.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) blob: Blob,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl From<Blob> for Piece {
    fn from(blob: Blob) -> Self {
        Self { start: 0, length: blob.size, blob }
    }
}

/// One new blob of several pieces, in order.
pub(super) async fn assemble(folder: &Path, pieces: Vec<Piece>, algorithm: Algorithm) -> S3Result<Blob> {
    let writer = Writer::start(folder, algorithm)?;
    for Piece { blob, start, length } in pieces {
        let mut chunks = blob.read(start, length).await.map_err(disk)?;
        while let Some(chunk) = chunks.next().await {
            writer.write(chunk.map_err(disk)?).await;
        }
    }
    writer.finish().await.map_err(disk)
}

/// How many chunks may wait to be hashed and written.
const WAITING: usize = 16;

/// A file that is hashed and written by a thread of its own, so that the next chunk is received meanwhile.
struct Writer {
    chunks: mpsc::Sender<Bytes>,
    written: JoinHandle<io::Result<Blob>>,
}

impl Writer {
    fn start(folder: &Path, algorithm: Algorithm) -> S3Result<Self> {
        let (file, path) = NamedTempFile::new_in(folder).map_err(disk)?.into_parts();
        let (chunks, received) = mpsc::channel(WAITING);
        let written = tokio::task::spawn_blocking(move || write(file, path, algorithm, received));
        Ok(Self { chunks, written })
    }

    /// Hands a chunk over. One that nobody takes any more has an error before it, which `finish` tells.
    async fn write(&self, chunk: Bytes) {
        let _ = self.chunks.send(chunk).await;
    }

    async fn finish(self) -> io::Result<Blob> {
        drop(self.chunks);
        self.written.await.map_err(io::Error::other)?
    }
}

/// Writes what is received until nobody sends any more.
fn write(
    file: std::fs::File,
    path: TempPath,
    algorithm: Algorithm,
    mut chunks: mpsc::Receiver<Bytes>,
) -> io::Result<Blob> {
    let mut file = BufWriter::with_capacity(256 * 1024, file);
    let (mut size, mut md5, mut hasher) = (0, Md5::new(), algorithm.hasher());
    while let Some(chunk) = chunks.blocking_recv() {
        md5.update(&chunk);
        hasher.update(&chunk);
        size += chunk.len() as u64;
        file.write_all(&chunk)?;
    }
    file.flush()?;
    let sum = Sum::of(algorithm, hasher);
    Ok(Blob { path: Arc::new(path), size, md5: md5.finalize().into(), sum })
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
