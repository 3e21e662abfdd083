//! The `aws-chunked` framing: chunks with a length in hex, and trailers after the last.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body as HttpBody, Frame};
use sha2::{Digest, Sha256};

use super::Signer;
use crate::service::{Body, BodyError};

/// The longest chunk header or trailer line that is waited for.
const LONGEST_LINE: usize = 8 * 1024;

/// Documented: every signed chunk but the last has at least this many bytes.
const SMALLEST_CHUNK: usize = 8192;

/// The trailers of a body, once it has been read to its end.
#[derive(Clone, Debug, Default)]
pub struct Trailers {
    announced: Option<HeaderValue>,
    seen: Arc<Mutex<HeaderMap>>,
}

impl Trailers {
    /// None yet, of those that `x-amz-trailer` names.
    pub(crate) fn announced(announced: Option<HeaderValue>) -> Self {
        Self { announced, seen: Arc::default() }
    }

    /// Whether `x-amz-trailer` names a trailer.
    pub fn announces(&self, name: &str) -> bool {
        let names = self.announced.as_ref().and_then(|names| names.to_str().ok()).unwrap_or_default();
        names.split(',').any(|announced| announced.trim().eq_ignore_ascii_case(name))
    }

    /// A trailer's value; none before the body's end.
    pub fn get(&self, name: &str) -> Option<HeaderValue> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn insert(&self, name: HeaderName, value: HeaderValue) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
    }
}

/// The signatures of a body's chunks; each covers the one before it.
#[derive(Clone)]
pub(crate) struct ChunkChain {
    signer: Signer,
    previous: String,
}

impl ChunkChain {
    /// A chain that begins with the signature of the request.
    pub(crate) fn new(signer: Signer, seed: &str) -> Self {
        Self { signer, previous: seed.to_owned() }
    }

    fn chunk(&mut self, data: Sha256, given: &str) -> Result<(), BodyError> {
        let expected = self.signer.chunk(&self.previous, data);
        self.follow(expected, given)
    }

    fn trailers(&mut self, trailers: &str, given: &str) -> Result<(), BodyError> {
        let expected = self.signer.trailers(&self.previous, trailers);
        self.follow(expected, given)
    }

    fn follow(&mut self, expected: String, given: &str) -> Result<(), BodyError> {
        if expected != given {
            return Err(BodyError::ChunkSignature);
        }
        self.previous = expected;
        Ok(())
    }
}

/// What the decoder waits for next.
enum Expect {
    Header,
    Data(usize),
    DataEnd,
    Trailer,
    Nothing,
}

/// A body with the framing taken off. It ends in an error where a chunk is not as signed, or where the data's
/// length is not the one that `x-amz-decoded-content-length` told.
pub(crate) struct ChunkedBody {
    inner: Body,
    buffer: BytesMut,
    expect: Expect,
    trailers: Trailers,
    /// The trailers as they are signed.
    signed_trailers: String,
    chain: Option<ChunkChain>,
    hasher: Sha256,
    signature: String,
    left: u64,
    /// The length of the chunk before; none before the first.
    before: Option<usize>,
}

impl ChunkedBody {
    pub(crate) fn new(inner: Body, trailers: Trailers, length: u64, chain: Option<ChunkChain>) -> Self {
        Self {
            inner,
            buffer: BytesMut::new(),
            expect: Expect::Header,
            trailers,
            signed_trailers: String::new(),
            chain,
            hasher: Sha256::new(),
            signature: String::new(),
            left: length,
            before: None,
        }
    }

    /// Data that can be given now; none when more bytes are needed first.
    fn step(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            match self.expect {
                Expect::Header => {
                    let Some(line) = self.line()? else { return Ok(None) };
                    self.header(&line)?;
                }
                Expect::Data(0) => self.expect = Expect::DataEnd,
                Expect::Data(_) if self.buffer.is_empty() => return Ok(None),
                Expect::Data(left) => return self.data(left).map(Some),
                Expect::DataEnd => match self.line()? {
                    None => return Ok(None),
                    Some(line) if line.is_empty() => self.data_end()?,
                    Some(_) => return Err(BodyError::Chunk("a chunk is longer than its header says")),
                },
                Expect::Trailer => {
                    let Some(line) = self.line()? else { return Ok(None) };
                    self.trailer(&line)?;
                }
                Expect::Nothing if self.buffer.is_empty() => return Ok(None),
                Expect::Nothing => return Err(BodyError::Chunk("there is more behind the last chunk")),
            }
        }
    }

    fn header(&mut self, line: &str) -> Result<(), BodyError> {
        let (length, extension) = line.split_once(';').unwrap_or((line, ""));
        let length = chunk_length(length)?;
        if self.chain.is_some() {
            let signature = extension.strip_prefix("chunk-signature=");
            signature.ok_or(BodyError::ChunkSignature)?.clone_into(&mut self.signature);
        }
        let is_small = self.before.replace(length).is_some_and(|before| before < SMALLEST_CHUNK);
        if self.chain.is_some() && is_small && length > 0 {
            return Err(BodyError::ChunkSize);
        }
        self.expect = Expect::Data(length);
        if length == 0 {
            self.verify_chunk()?;
            self.expect = Expect::Trailer;
        }
        Ok(())
    }

    fn data(&mut self, left: usize) -> Result<Bytes, BodyError> {
        let data = self.buffer.split_to(left.min(self.buffer.len())).freeze();
        self.expect = Expect::Data(left - data.len());
        let told = self.left.checked_sub(data.len() as u64);
        self.left = told.ok_or(BodyError::Chunk("the data is longer than `x-amz-decoded-content-length`"))?;
        if self.chain.is_some() {
            self.hasher.update(&data);
        }
        Ok(data)
    }

    fn data_end(&mut self) -> Result<(), BodyError> {
        self.expect = Expect::Header;
        self.verify_chunk()
    }

    fn verify_chunk(&mut self) -> Result<(), BodyError> {
        let data = std::mem::take(&mut self.hasher);
        self.chain.as_mut().map_or(Ok(()), |chain| chain.chunk(data, &self.signature))
    }

    fn trailer(&mut self, line: &str) -> Result<(), BodyError> {
        if line.is_empty() {
            self.expect = Expect::Nothing;
            return self.all_trailers_signed();
        }
        let (name, value) = line.split_once(':').ok_or(BodyError::Chunk("a trailer has no colon"))?;
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("x-amz-trailer-signature") {
            let signed = std::mem::take(&mut self.signed_trailers);
            return self.chain.as_mut().map_or(Ok(()), |chain| chain.trailers(&signed, value));
        }
        if self.signed_trailers.len() > LONGEST_LINE {
            return Err(BodyError::Chunk("the trailers do not end"));
        }
        self.signed_trailers += &format!("{}:{value}\n", name.to_ascii_lowercase());
        let name = name.parse().map_err(|_| BodyError::Chunk("a trailer's name is not a header's"))?;
        let value = value.parse().map_err(|_| BodyError::Chunk("a trailer's value is not a header's"))?;
        self.trailers.insert(name, value);
        Ok(())
    }

    /// A trailer behind signed chunks must be signed too.
    fn all_trailers_signed(&self) -> Result<(), BodyError> {
        let unsigned = self.chain.is_some() && !self.signed_trailers.is_empty();
        if unsigned { Err(BodyError::ChunkSignature) } else { Ok(()) }
    }

    fn line(&mut self) -> Result<Option<String>, BodyError> {
        let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") else {
            let too_long = self.buffer.len() > LONGEST_LINE;
            return if too_long { Err(BodyError::Chunk("a header line does not end")) } else { Ok(None) };
        };
        let line = self.buffer.split_to(end);
        self.buffer.advance(2);
        String::from_utf8(line.to_vec()).map(Some).map_err(|_| BodyError::Chunk("a header line is not text"))
    }

    /// The framing may end without the final empty line once the last chunk was seen.
    fn end(&self) -> Option<Result<Frame<Bytes>, BodyError>> {
        let ended = match self.expect {
            Expect::Nothing => Ok(()),
            Expect::Trailer if self.buffer.is_empty() => self.all_trailers_signed(),
            _ => Err(BodyError::Chunk("the body ends before its last chunk")),
        };
        let whole = match self.left {
            0 => Ok(()),
            _ => Err(BodyError::Chunk("the data is shorter than `x-amz-decoded-content-length`")),
        };
        ended.and(whole).err().map(Err)
    }
}

/// Hexadecimal digits and nothing else: Rust would take a sign.
fn chunk_length(digits: &str) -> Result<usize, BodyError> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let length = plain.then(|| usize::from_str_radix(digits, 16).ok()).flatten();
    length.ok_or(BodyError::Chunk("a chunk header is not a hexadecimal length"))
}

impl HttpBody for ChunkedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            if let Some(data) = self.step()? {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                None => return Poll::Ready(self.end()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};

    use super::*;

    async fn decode_with(
        framed: String,
        length: u64,
        chain: Option<ChunkChain>,
    ) -> (Result<Bytes, BodyError>, Trailers) {
        let trailers = Trailers::default();
        let inner = Full::new(Bytes::from(framed)).map_err(|never| match never {}).boxed_unsync();
        let body = ChunkedBody::new(inner, trailers.clone(), length, chain).collect().await;
        (body.map(http_body_util::Collected::to_bytes), trailers)
    }

    #[tokio::test]
    async fn data_and_trailers() {
        let framed = "3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        let (body, trailers) = decode_with(framed.to_owned(), 5, None).await;
        assert_eq!(body.unwrap(), "abcde");
        assert_eq!(trailers.get("x-amz-checksum-crc32").unwrap(), "AAAAAA==");
    }

    #[tokio::test]
    async fn broken_framing() {
        for (framed, length) in [
            ("", 0),
            ("3\r\nab", 3),
            ("zz\r\nabc\r\n0\r\n\r\n", 3),
            ("+3\r\nabc\r\n0\r\n\r\n", 3),
            ("ffffffffffffffffff\r\nabc", 3),
            ("2\r\nabc\r\n0\r\n\r\n", 3),
            ("0\r\nno colon\r\n\r\n", 0),
            ("3\r\nabc\r\n0\r\n\r\n", 2),
            ("3\r\nabc\r\n0\r\n\r\n", 4),
            ("3\r\nabc\r\n0\r\n\r\nmore", 3),
        ] {
            let decoded = decode_with(framed.to_owned(), length, None).await.0;
            assert!(matches!(decoded, Err(BodyError::Chunk(_))), "{framed}");
        }
    }

    /// The example of the S3 API reference, "Signature Calculations: Transferring Payload in Multiple Chunks".
    fn documented_chain() -> ChunkChain {
        let scope = crate::sigv4::CredentialScope {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            date: "20130524".into(),
            region: "us-east-1".into(),
            service: "s3".into(),
        };
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned().into();
        let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
        ChunkChain::new(Signer::new(&secret, &scope, "20130524T000000Z"), seed)
    }

    fn documented_body() -> String {
        format!(
            "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n{}\r\n\
             400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n{}\r\n\
             0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
            "a".repeat(65_536),
            "a".repeat(1024)
        )
    }

    #[tokio::test]
    async fn signed_chunks_as_documented() {
        let body = decode_with(documented_body(), 66_560, Some(documented_chain())).await.0;
        assert_eq!(body.unwrap().len(), 66_560);
    }

    #[tokio::test]
    async fn chunks_that_are_not_as_signed() {
        let good = documented_body();
        for (what, framed) in [
            ("a byte of the first chunk", good.replacen("\r\na", "\r\nb", 1)),
            ("a signature", good.replace("0055", "0056")),
            ("the last signature", good.replace("b6c6", "b6c7")),
            ("no signature", good.replace(";chunk-signature=", ";signature=")),
            ("an unsigned trailer", format!("{}x-amz-checksum-crc32:AAAAAA==\r\n\r\n", good.trim_end())),
            ("the order", good.replace("ad80", "0055")),
        ] {
            let framed = framed.replace("df9x-amz", "df9\r\nx-amz");
            let decoded = decode_with(framed, 66_560, Some(documented_chain())).await.0;
            assert!(matches!(decoded, Err(BodyError::ChunkSignature)), "{what}: {decoded:?}");
        }
    }

    /// Bytes that arrive in pieces of this size.
    async fn decode_in_pieces(framed: &[u8], size: usize) -> Result<Bytes, String> {
        let pieces: Vec<_> = framed.chunks(size).map(Bytes::copy_from_slice).collect();
        let pieces = pieces.into_iter().map(|piece| Ok::<_, BodyError>(Frame::data(piece)));
        let inner = http_body_util::StreamBody::new(futures_util::stream::iter(pieces)).boxed_unsync();
        let body = ChunkedBody::new(inner, Trailers::default(), 66_560, Some(documented_chain()));
        body.collect().await.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn it_does_not_matter_in_which_pieces_a_body_arrives() {
        let good = documented_body().into_bytes();
        for size in [1, 2, 3, 7, 1000, 65_535, 65_536, 65_537, good.len()] {
            assert_eq!(decode_in_pieces(&good, size).await.map(|body| body.len()), Ok(66_560), "{size}");
        }
    }

    #[tokio::test]
    async fn a_changed_byte_is_never_taken() {
        let good = documented_body().into_bytes();
        // Every byte of the three headers, and some of the data.
        let headers = (0..90).chain(65_620..65_720).chain(good.len() - 91..good.len() - 4);
        for place in headers.chain((90..good.len() - 91).step_by(4999)) {
            let mut bad = good.clone();
            bad[place] ^= 1;
            let decoded = decode_in_pieces(&bad, 8192).await;
            assert!(decoded.is_err(), "byte {place}");
        }
    }
}
