//! Compression of whole files, pushed chunk by chunk.

use std::io::Write;

use flate2::write::{GzEncoder, MultiGzDecoder};
use thiserror::Error;

/// How the files of a statement are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, of one or many members.
    Gzip,
}

/// Compressed bytes that cannot be read.
#[derive(Debug, Error)]
pub enum CompressionError {
    /// The bytes are not of the format, or damaged.
    #[error("not valid gzip data: {0}")]
    Gzip(#[source] std::io::Error),
    /// The file ends in the middle.
    #[error("the gzip data ends too early: {0}")]
    Truncated(#[source] std::io::Error),
}

/// Takes compressed chunks, gives plain ones.
#[derive(Debug)]
pub enum Decompressor {
    /// Passes chunks on.
    None,
    /// Unpacks gzip.
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

impl Decompressor {
    /// A decompressor at the start of a file.
    #[must_use]
    pub fn new(compression: Compression) -> Decompressor {
        match compression {
            Compression::None => Decompressor::None,
            Compression::Gzip => Decompressor::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
        }
    }

    /// Unpacks `chunk` and hands the plain bytes to `sink`, piece by piece: gzip grows a thousandfold at worst, so
    /// the chunk goes in by small pieces to bound what is held.
    ///
    /// # Errors
    /// When the bytes are not valid.
    pub fn push(&mut self, chunk: &[u8], mut sink: impl FnMut(&[u8])) -> Result<(), CompressionError> {
        const PIECE: usize = 4096;
        match self {
            Decompressor::None => sink(chunk),
            Decompressor::Gzip(decoder) => {
                for piece in chunk.chunks(PIECE) {
                    decoder.write_all(piece).map_err(CompressionError::Gzip)?;
                    sink(decoder.get_ref());
                    decoder.get_mut().clear();
                }
            }
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the file ends in the middle.
    pub fn finish(&mut self, mut sink: impl FnMut(&[u8])) -> Result<(), CompressionError> {
        if let Decompressor::Gzip(decoder) = self {
            decoder.try_finish().map_err(CompressionError::Truncated)?;
            sink(decoder.get_ref());
            decoder.get_mut().clear();
        }
        Ok(())
    }
}

/// Takes plain chunks, gives compressed ones.
#[derive(Debug)]
pub enum Compressor {
    /// Collects chunks as they are.
    None(Vec<u8>),
    /// Packs with gzip.
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl Compressor {
    /// A compressor at the start of a file.
    #[must_use]
    pub fn new(compression: Compression) -> Compressor {
        match compression {
            Compression::None => Compressor::None(Vec::new()),
            Compression::Gzip => {
                let level = flate2::Compression::fast();
                Compressor::Gzip(Box::new(GzEncoder::new(Vec::new(), level)))
            }
        }
    }

    /// Adds plain bytes.
    ///
    /// # Errors
    /// Never in practice: the compressor writes to memory.
    pub fn push(&mut self, plain: &[u8]) -> Result<(), CompressionError> {
        match self {
            Compressor::None(out) => out.extend_from_slice(plain),
            Compressor::Gzip(encoder) => encoder.write_all(plain).map_err(CompressionError::Gzip)?,
        }
        Ok(())
    }

    /// How many compressed bytes wait to be taken.
    #[must_use]
    pub fn ready(&self) -> usize {
        match self {
            Compressor::None(out) => out.len(),
            Compressor::Gzip(encoder) => encoder.get_ref().len(),
        }
    }

    /// Takes the compressed bytes that are ready.
    pub fn take(&mut self) -> Vec<u8> {
        match self {
            Compressor::None(out) => std::mem::take(out),
            Compressor::Gzip(encoder) => std::mem::take(encoder.get_mut()),
        }
    }

    /// Ends the file; the rest is ready after it.
    ///
    /// # Errors
    /// Never in practice: the compressor writes to memory.
    pub fn finish(&mut self) -> Result<(), CompressionError> {
        match self {
            Compressor::None(_) => Ok(()),
            Compressor::Gzip(encoder) => encoder.try_finish().map_err(CompressionError::Gzip),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(plain: &[u8]) -> Vec<u8> {
        let mut compressor = Compressor::new(Compression::Gzip);
        compressor.push(plain).unwrap();
        compressor.finish().unwrap();
        compressor.take()
    }

    fn unpacked(bytes: &[u8], size: usize) -> Result<Vec<u8>, CompressionError> {
        let mut decompressor = Decompressor::new(Compression::Gzip);
        let mut plain = Vec::new();
        for chunk in bytes.chunks(size) {
            decompressor.push(chunk, |bytes| plain.extend_from_slice(bytes))?;
        }
        decompressor.finish(|bytes| plain.extend_from_slice(bytes))?;
        Ok(plain)
    }

    #[test]
    fn gzip_goes_round_by_any_chunk() {
        let plain: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let bytes = packed(&plain);
        for size in [1, 1000, bytes.len()] {
            assert_eq!(unpacked(&bytes, size).unwrap(), plain);
        }
    }

    #[test]
    fn members_follow_one_another() {
        let bytes = [packed(b"one "), packed(b"two")].concat();
        assert_eq!(unpacked(&bytes, 5).unwrap(), b"one two");
    }

    #[test]
    fn truncated_and_foreign_bytes_are_refused() {
        let bytes = packed(b"some text to be cut");
        assert!(unpacked(&bytes[..bytes.len() - 3], 4).is_err());
        assert!(matches!(unpacked(b"a|b\nplain text, no gzip", 4), Err(CompressionError::Gzip(_))));
    }
}
