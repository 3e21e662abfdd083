//! The `aws-chunked` framing: chunks with a length in hex, and trailers after the last.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body as HttpBody, Frame};

use crate::service::{Body, BodyError};

/// The longest chunk header or trailer line that is waited for.
const LONGEST_LINE: usize = 8 * 1024;

/// The trailers of a body, once it has been read to its end.
#[derive(Clone, Debug, Default)]
pub struct Trailers(Arc<Mutex<HeaderMap>>);

impl Trailers {
    /// A trailer's value; none before the body's end.
    pub fn get(&self, name: &str) -> Option<HeaderValue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn insert(&self, name: HeaderName, value: HeaderValue) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
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

/// A body with the framing taken off.
pub(crate) struct ChunkedBody {
    inner: Body,
    buffer: BytesMut,
    expect: Expect,
    trailers: Trailers,
}

impl ChunkedBody {
    pub(crate) fn new(inner: Body, trailers: Trailers) -> Self {
        Self { inner, buffer: BytesMut::new(), expect: Expect::Header, trailers }
    }

    /// Data that can be given now; none when more bytes are needed first.
    fn step(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            match self.expect {
                Expect::Header => {
                    let Some(line) = self.line()? else { return Ok(None) };
                    self.expect = match chunk_length(&line)? {
                        0 => Expect::Trailer,
                        length => Expect::Data(length),
                    };
                }
                Expect::Data(left) if self.buffer.is_empty() || left == 0 => {
                    if left > 0 {
                        return Ok(None);
                    }
                    self.expect = Expect::DataEnd;
                }
                Expect::Data(left) => {
                    let data = self.buffer.split_to(left.min(self.buffer.len())).freeze();
                    self.expect = Expect::Data(left - data.len());
                    return Ok(Some(data));
                }
                Expect::DataEnd => match self.line()? {
                    None => return Ok(None),
                    Some(line) if line.is_empty() => self.expect = Expect::Header,
                    Some(_) => return Err(BodyError::Chunk("a chunk is longer than its header says")),
                },
                Expect::Trailer => {
                    let Some(line) = self.line()? else { return Ok(None) };
                    self.trailer(&line)?;
                }
                Expect::Nothing => return Ok(None),
            }
        }
    }

    fn trailer(&mut self, line: &str) -> Result<(), BodyError> {
        if line.is_empty() {
            self.expect = Expect::Nothing;
            return Ok(());
        }
        let (name, value) = line.split_once(':').ok_or(BodyError::Chunk("a trailer has no colon"))?;
        let name = name.trim().parse().map_err(|_| BodyError::Chunk("a trailer's name is not a header's"))?;
        let value =
            value.trim().parse().map_err(|_| BodyError::Chunk("a trailer's value is not a header's"))?;
        self.trailers.insert(name, value);
        Ok(())
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
        match self.expect {
            Expect::Nothing => None,
            Expect::Trailer if self.buffer.is_empty() => None,
            _ => Some(Err(BodyError::Chunk("the body ends before its last chunk"))),
        }
    }
}

fn chunk_length(line: &str) -> Result<usize, BodyError> {
    let digits = line.split(';').next().unwrap_or_default();
    usize::from_str_radix(digits, 16)
        .map_err(|_| BodyError::Chunk("a chunk header is not a hexadecimal length"))
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

    async fn decode(framed: &'static str) -> (Result<Bytes, BodyError>, Trailers) {
        let trailers = Trailers::default();
        let inner =
            Full::new(Bytes::from_static(framed.as_bytes())).map_err(|never| match never {}).boxed_unsync();
        let body = ChunkedBody::new(inner, trailers.clone()).collect().await;
        (body.map(http_body_util::Collected::to_bytes), trailers)
    }

    #[tokio::test]
    async fn data_and_trailers() {
        let (body, trailers) =
            decode("3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n").await;
        assert_eq!(body.unwrap(), "abcde");
        assert_eq!(trailers.get("x-amz-checksum-crc32").unwrap(), "AAAAAA==");
    }

    #[tokio::test]
    async fn broken_framing() {
        for framed in
            ["", "3\r\nab", "zz\r\nabc\r\n0\r\n\r\n", "2\r\nabc\r\n0\r\n\r\n", "0\r\nno colon\r\n\r\n"]
        {
            assert!(matches!(decode(framed).await.0, Err(BodyError::Chunk(_))), "{framed}");
        }
    }
}
