//! Frames: a tag, a length, a body.

use bytes::{Buf, Bytes, BytesMut};
use thiserror::Error;

/// PostgreSQL's own limit of a message.
const MAX_FRAME: usize = 0x3fff_ffff;
const HEADER: usize = 5;

/// A message taken out of a buffer.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) tag: u8,
    pub(crate) body: Bytes,
}

/// A message still in its buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameRef<'a> {
    pub(crate) tag: u8,
    pub(crate) body: &'a [u8],
}

/// Bytes that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum FrameError {
    #[error("a message of {0} bytes is out of bounds")]
    Length(u32),
    #[error("message `{0}` is malformed")]
    Malformed(char),
}

impl FrameRef<'_> {
    /// Size of the whole message.
    pub(crate) fn size(&self) -> usize {
        HEADER + self.body.len()
    }
}

/// The message at the start of `buffer`, if it is complete.
pub(crate) fn peek(buffer: &[u8]) -> Result<Option<FrameRef<'_>>, FrameError> {
    let Some((&[tag, a, b, c, d], rest)) = buffer.split_first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes([a, b, c, d]);
    let body = usize::try_from(length).ok().and_then(|length| length.checked_sub(4));
    let body = body.filter(|body| *body <= MAX_FRAME).ok_or(FrameError::Length(length))?;
    Ok(rest.get(..body).map(|body| FrameRef { tag, body }))
}

/// Takes the message at the start of `buffer` out of it, if it is complete.
pub(crate) fn take(buffer: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
    let Some(FrameRef { tag, body }) = peek(buffer)? else {
        return Ok(None);
    };
    let length = body.len();
    buffer.advance(HEADER);
    Ok(Some(Frame { tag, body: buffer.split_to(length).freeze() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_seen_only_when_complete() {
        let bytes = b"Q\0\0\0\x06a\0X\0\0\0\x04";
        for cut in 0..7 {
            assert!(peek(&bytes[..cut]).unwrap().is_none(), "{cut}");
        }
        let mut buffer = BytesMut::from(&bytes[..]);
        assert_eq!(take(&mut buffer).unwrap().unwrap().body.as_ref(), b"a\0");
        assert_eq!(take(&mut buffer).unwrap().unwrap().tag, b'X');
        assert!(take(&mut buffer).unwrap().is_none());
    }

    #[test]
    fn lengths_out_of_bounds_are_refused() {
        for length in [[0, 0, 0, 3], [0xff; 4], [0x40, 0, 0, 4]] {
            let bytes = [&b"Q"[..], &length].concat();
            assert!(matches!(peek(&bytes), Err(FrameError::Length(_))), "{length:?}");
        }
    }
}
