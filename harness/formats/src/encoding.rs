//! Character encodings of files, turned into UTF-8 chunk by chunk.

use thiserror::Error;

/// How the files of a statement are encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8: bytes go on as they are.
    #[default]
    Utf8,
    /// UTF-16, its byte order told by a byte order mark.
    Utf16,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
}

/// Bytes that are not of the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EncodingError {
    /// UTF-16 without a byte order mark.
    #[error("the file has no byte order mark")]
    NoMark,
    /// A surrogate without its other half.
    #[error("byte {0} starts no character")]
    Surrogate(u64),
    /// The file ends in the middle of a character.
    #[error("the file ends in the middle of a character")]
    Truncated,
}

/// Turns pushed chunks into UTF-8.
#[derive(Debug)]
pub struct Transcoder {
    encoding: Encoding,
    /// Bytes of a unit or a pair that is not whole yet.
    held: Vec<u8>,
    /// Offset of `held` in the file.
    offset: u64,
    text: String,
}

impl Transcoder {
    /// A transcoder at the start of a file.
    #[must_use]
    pub fn new(encoding: Encoding) -> Transcoder {
        Transcoder { encoding, held: Vec::new(), offset: 0, text: String::new() }
    }

    /// Hands the text of `chunk` to `sink`.
    ///
    /// # Errors
    /// When the bytes are not of the encoding.
    pub fn push(&mut self, chunk: &[u8], mut sink: impl FnMut(&[u8])) -> Result<(), EncodingError> {
        if self.encoding == Encoding::Utf8 {
            sink(chunk);
            return Ok(());
        }
        self.held.extend_from_slice(chunk);
        self.text.clear();
        let taken = self.decode();
        sink(self.text.as_bytes());
        let taken = taken?;
        self.held.drain(..taken);
        self.offset += taken as u64;
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it ends in the middle of a character.
    pub fn finish(&self) -> Result<(), EncodingError> {
        if self.held.is_empty() { Ok(()) } else { Err(EncodingError::Truncated) }
    }

    /// Decodes what is whole, and says how many bytes that was.
    fn decode(&mut self) -> Result<usize, EncodingError> {
        let mut units =
            self.held.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).peekable();
        let mut taken = 0;
        while let Some(pair) = units.next() {
            if self.offset + taken == 0 && is_mark(self.encoding, pair) {
                self.encoding = if pair == [0xff, 0xfe] { Encoding::Utf16Le } else { Encoding::Utf16Be };
                taken += 2;
                continue;
            }
            let unit = unit(self.encoding, pair).ok_or(EncodingError::NoMark)?;
            let surrogate = EncodingError::Surrogate(self.offset + taken);
            if (0xd800..0xdc00).contains(&unit) {
                let Some(next) = units.next() else { break };
                let low = crate::encoding::unit(self.encoding, next).unwrap_or_default();
                self.text.push(char::decode_utf16([unit, low]).next().and_then(Result::ok).ok_or(surrogate)?);
                taken += 4;
            } else {
                self.text.push(char::from_u32(u32::from(unit)).ok_or(surrogate)?);
                taken += 2;
            }
        }
        Ok(usize::try_from(taken).unwrap_or(self.held.len()))
    }
}

/// A byte order mark is no text, also where the order is known.
fn is_mark(encoding: Encoding, pair: [u8; 2]) -> bool {
    match encoding {
        Encoding::Utf8 => false,
        Encoding::Utf16 => pair == [0xff, 0xfe] || pair == [0xfe, 0xff],
        Encoding::Utf16Le => pair == [0xff, 0xfe],
        Encoding::Utf16Be => pair == [0xfe, 0xff],
    }
}

fn unit(encoding: Encoding, pair: [u8; 2]) -> Option<u16> {
    match encoding {
        Encoding::Utf16Le => Some(u16::from_le_bytes(pair)),
        Encoding::Utf16Be => Some(u16::from_be_bytes(pair)),
        Encoding::Utf8 | Encoding::Utf16 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(encoding: Encoding, bytes: &[u8], size: usize) -> Result<String, EncodingError> {
        let mut transcoder = Transcoder::new(encoding);
        let mut text = Vec::new();
        for chunk in bytes.chunks(size) {
            transcoder.push(chunk, |utf8| text.extend_from_slice(utf8))?;
        }
        transcoder.finish()?;
        Ok(String::from_utf8(text).unwrap())
    }

    fn encoded(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_is_decoded_by_any_chunk() {
        let text = "a|\u{e9}|\u{4e2d}|\u{1f600}\n";
        let marked = format!("\u{feff}{text}");
        for (encoding, bytes) in [
            (Encoding::Utf8, text.as_bytes().to_vec()),
            (Encoding::Utf16Le, encoded(text, u16::to_le_bytes)),
            (Encoding::Utf16Be, encoded(text, u16::to_be_bytes)),
            (Encoding::Utf16Be, encoded(&marked, u16::to_be_bytes)),
            (Encoding::Utf16, encoded(&marked, u16::to_le_bytes)),
            (Encoding::Utf16, encoded(&marked, u16::to_be_bytes)),
        ] {
            for size in [1, 2, 3, 5, 1000] {
                assert_eq!(decoded(encoding, &bytes, size).as_deref(), Ok(text), "{encoding:?} by {size}");
            }
        }
    }

    #[test]
    fn what_is_of_another_encoding_is_refused() {
        for (encoding, bytes, expected) in [
            (Encoding::Utf16, &b"a\0b\0"[..], EncodingError::NoMark),
            (Encoding::Utf16Le, b"a\0\0\xdcb\0", EncodingError::Surrogate(2)),
            (Encoding::Utf16Le, b"\0\xd8a\0", EncodingError::Surrogate(0)),
            (Encoding::Utf16Le, b"a\0b", EncodingError::Truncated),
            (Encoding::Utf16Be, b"\xd8\0", EncodingError::Truncated),
        ] {
            assert_eq!(decoded(encoding, bytes, 3), Err(expected), "{bytes:?}");
        }
    }
}
