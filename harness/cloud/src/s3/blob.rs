//! The bytes of an object: a file that lives as long as somebody holds it.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
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
    errors::{malformed_trailer, of_the_road, refuse},
};

/// Bytes on disk: stretches of files, each of which goes with its last holder. Joining and cutting blobs copies nothing.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    stretches: Arc<[Stretch]>,
    pub(super) size: u64,
}

#[derive(Clone, Debug)]
struct Stretch {
    path: Arc<TempPath>,
    start: u64,
    length: u64,
}

/// A blob, and what its bytes came to.
#[derive(Clone, Debug)]
pub(super) struct Hashed {
    pub(super) blob: Blob,
    /// The ETag of an object that was put in one piece: MD5, in hexadecimal digits.
    pub(super) etag: String,
    pub(super) sum: Sum,
}

impl Blob {
    fn of(stretches: Vec<Stretch>) -> Self {
        let size = stretches.iter().map(|stretch| stretch.length).sum();
        Self { stretches: stretches.into(), size }
    }

    /// Blobs one after another.
    pub(super) fn joined<'a>(blobs: impl Iterator<Item = &'a Self>) -> Self {
        Self::of(blobs.flat_map(|blob| blob.stretches.iter().cloned()).collect())
    }

    /// A part of the blob.
    pub(super) fn cut(&self, start: u64, length: u64) -> Self {
        let (mut before, mut cut) = (0, Vec::new());
        for stretch in &*self.stretches {
            let from = start.clamp(before, before + stretch.length);
            let to = (start + length).clamp(from, before + stretch.length);
            if to > from {
                let path = Arc::clone(&stretch.path);
                cut.push(Stretch { path, start: stretch.start + from - before, length: to - from });
            }
            before += stretch.length;
        }
        Self::of(cut)
    }

    /// The bytes, streamed.
    pub(super) fn read(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + use<> {
        let stretches: Vec<Stretch> = self.stretches.to_vec();
        stream::iter(stretches).then(Stretch::read).try_flatten()
    }

    /// The blob with its ETag and a checksum of all its bytes.
    pub(super) async fn hashed(self, algorithm: Algorithm) -> io::Result<Hashed> {
        let (mut md5, mut hasher) = (Md5::new(), algorithm.hasher());
        let mut chunks = std::pin::pin!(self.read());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            md5.update(&chunk);
            hasher.update(&chunk);
        }
        Ok(Hashed { blob: self, etag: hex::encode(md5.finalize()), sum: Sum::of(algorithm, hasher) })
    }
}

impl Stretch {
    async fn read(self) -> io::Result<ReaderStream<tokio::io::Take<File>>> {
        let mut file = File::open(&*self.path).await?;
        file.seek(io::SeekFrom::Start(self.start)).await?;
        Ok(ReaderStream::with_capacity(file.take(self.length), 64 * 1024))
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

    fn verify_md5(&self, etag: &str) -> S3Result<()> {
        let Some(given) = &self.md5 else { return Ok(()) };
        match BASE64_STANDARD.decode(given) {
            Ok(given) if hex::encode(&given) == etag => Ok(()),
            Ok(given) if given.len() * 2 == etag.len() => Err(refuse(S3ErrorCode::BadDigest)),
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
) -> S3Result<Hashed> {
    let (algorithm, given) = digests.plan()?.unwrap_or((fallback, Given::Nowhere));
    let writer = Writer::start(folder, algorithm)?;
    let mut body = std::pin::pin!(body);
    while let Some(chunk) = body.next().await {
        writer.write(chunk.map_err(broken_body)?).await;
    }
    let hashed = writer.finish().await.map_err(disk)?;
    digests.verify_md5(&hashed.etag)?;
    digests.verify(given, &hashed.sum)?;
    Ok(hashed)
}

/// How many chunks may wait to be hashed and written.
const WAITING: usize = 16;

/// A file that is hashed and written by a thread of its own, so that the next chunk is received meanwhile.
struct Writer {
    chunks: mpsc::Sender<Bytes>,
    written: JoinHandle<io::Result<Hashed>>,
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

    async fn finish(self) -> io::Result<Hashed> {
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
) -> io::Result<Hashed> {
    let mut file = BufWriter::with_capacity(256 * 1024, file);
    let (mut size, mut md5, mut hasher) = (0, Md5::new(), algorithm.hasher());
    while let Some(chunk) = chunks.blocking_recv() {
        md5.update(&chunk);
        hasher.update(&chunk);
        size += chunk.len() as u64;
        file.write_all(&chunk)?;
    }
    file.flush()?;
    let blob = Blob::of(vec![Stretch { path: Arc::new(path), start: 0, length: size }]);
    Ok(Hashed { blob, etag: hex::encode(md5.finalize()), sum: Sum::of(algorithm, hasher) })
}

/// A store that cannot write is ours to mend, not the caller's: say where.
pub(super) fn disk(error: io::Error) -> S3Error {
    S3Error::with_message(S3ErrorCode::InternalError, format!("the store of objects failed: {error}"))
}

/// What the road found wrong with a body while it was read.
fn broken_body(error: StdError) -> S3Error {
    match error.downcast_ref::<BodyError>() {
        Some(
            error @ (BodyError::Sha256Mismatch
            | BodyError::ChunkSignature
            | BodyError::ChunkSize
            | BodyError::Stalled),
        ) => of_the_road(&error.to_aws()),
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn blob(folder: &Path, text: &'static str) -> Blob {
        let body = stream::iter([Ok(Bytes::from_static(text.as_bytes()))]);
        receive(folder, body, &Digests::default(), Algorithm::DEFAULT).await.unwrap().blob
    }

    async fn text(blob: &Blob) -> String {
        let chunks: Vec<Bytes> = blob.read().try_collect().await.unwrap();
        String::from_utf8(chunks.concat()).unwrap()
    }

    #[tokio::test]
    async fn blobs_are_joined_and_cut_without_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let pieces = [
            blob(folder.path(), "abc").await,
            blob(folder.path(), "").await,
            blob(folder.path(), "defg").await,
        ];
        let whole = Blob::joined(pieces.iter());
        assert_eq!((whole.size, text(&whole).await.as_str()), (7, "abcdefg"));
        for (start, length, expected) in [
            (0, 7, "abcdefg"),
            (0, 2, "ab"),
            (2, 1, "c"),
            (3, 4, "defg"),
            (1, 4, "bcde"),
            (6, 1, "g"),
            (3, 0, ""),
        ] {
            let cut = whole.cut(start, length);
            assert_eq!((cut.size, text(&cut).await.as_str()), (length, expected), "{length} from {start}");
        }
        assert_eq!(text(&whole.cut(1, 5).cut(1, 3)).await, "cde");
        let hashed = whole.hashed(Algorithm::DEFAULT).await.unwrap();
        let at_once = blob(folder.path(), "abcdefg").await.hashed(Algorithm::DEFAULT).await.unwrap();
        assert_eq!((&hashed.etag, &hashed.sum), (&at_once.etag, &at_once.sum));
    }
}
