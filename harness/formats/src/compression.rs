//! Compression of whole files, pushed chunk by chunk.

use std::io::{self, Write};

use bzip2::write::BzEncoder;
use bzip2::{Decompress as Bzip2State, Status};
use flate2::write::{GzEncoder, MultiGzDecoder};
use thiserror::Error;
use zstd::stream::raw::{Decoder as ZstdState, Operation};
use zstd::stream::write::Encoder as ZstdEncoder;

/// How the files of a statement are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, of one or many members.
    Gzip,
    /// bzip2, of one or many streams.
    Bzip2,
    /// Zstandard, of one or many frames.
    Zstd,
}

impl Compression {
    /// What the names of such files end with.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Bzip2 => ".bz2",
            Compression::Zstd => ".zst",
        }
    }

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "None",
            Compression::Gzip => "gzip",
            Compression::Bzip2 => "bzip2",
            Compression::Zstd => "zstd",
        }
    }

    /// How many bytes a compressor may hold back before it gives any: its block.
    #[must_use]
    pub fn block(self) -> u64 {
        match self {
            Compression::None => 0,
            Compression::Gzip => 64 * 1024,
            Compression::Bzip2 => 1024 * 1024,
            Compression::Zstd => 256 * 1024,
        }
    }
}

/// Compressed bytes that cannot be read.
#[derive(Debug, Error)]
pub enum CompressionError {
    /// The bytes are not of the format, or damaged.
    #[error("not valid {name} data: {error}", name = .compression.name())]
    Invalid {
        /// What they should be.
        compression: Compression,
        /// What the library says.
        error: io::Error,
    },
    /// The file ends in the middle.
    #[error("the {} data ends too early", .0.name())]
    Truncated(Compression),
}

impl CompressionError {
    fn invalid(compression: Compression) -> impl Fn(io::Error) -> CompressionError {
        move |error| CompressionError::Invalid { compression, error }
    }
}

/// How much is unpacked at once.
const PIECE: usize = 64 * 1024;

/// Takes compressed chunks, gives plain ones.
pub struct Decompressor {
    state: State,
    plain: Vec<u8>,
}

enum State {
    None,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// `None` between two streams.
    Bzip2(Option<Bzip2State>),
    Zstd {
        state: ZstdState<'static>,
        between: Between,
    },
}

/// Whether a frame has ended and no other has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Frames,
    No,
}

impl std::fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decompressor").finish_non_exhaustive()
    }
}

impl Decompressor {
    /// A decompressor at the start of a file.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(compression: Compression) -> Result<Decompressor, CompressionError> {
        let state = match compression {
            Compression::None => State::None,
            Compression::Gzip => State::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Compression::Bzip2 => State::Bzip2(Some(Bzip2State::new(false))),
            Compression::Zstd => {
                let state = ZstdState::new().map_err(CompressionError::invalid(compression))?;
                State::Zstd { state, between: Between::No }
            }
        };
        Ok(Decompressor { state, plain: Vec::new() })
    }

    /// Unpacks `chunk` and hands the plain bytes to `sink`, piece by piece: a byte may stand for a thousand, so what
    /// is held is bounded.
    ///
    /// # Errors
    /// When the bytes are not valid.
    pub fn push(&mut self, chunk: &[u8], mut sink: impl FnMut(&[u8])) -> Result<(), CompressionError> {
        match &mut self.state {
            State::None => sink(chunk),
            State::Gzip(decoder) => {
                for piece in chunk.chunks(4096) {
                    decoder.write_all(piece).map_err(CompressionError::invalid(Compression::Gzip))?;
                    sink(decoder.get_ref());
                    decoder.get_mut().clear();
                }
            }
            State::Bzip2(state) => push_bzip2(state, chunk, &mut self.plain, sink)?,
            State::Zstd { state, between } => {
                *between = push_zstd(state, *between, chunk, &mut self.plain, sink)?
            }
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the file ends in the middle.
    pub fn finish(&mut self, mut sink: impl FnMut(&[u8])) -> Result<(), CompressionError> {
        match &mut self.state {
            State::Gzip(decoder) => {
                decoder.try_finish().map_err(|_| CompressionError::Truncated(Compression::Gzip))?;
                sink(decoder.get_ref());
                decoder.get_mut().clear();
                Ok(())
            }
            State::Bzip2(Some(_)) => Err(CompressionError::Truncated(Compression::Bzip2)),
            State::Zstd { between: Between::No, .. } => Err(CompressionError::Truncated(Compression::Zstd)),
            _ => Ok(()),
        }
    }
}

fn push_bzip2(
    state: &mut Option<Bzip2State>,
    mut chunk: &[u8],
    plain: &mut Vec<u8>,
    mut sink: impl FnMut(&[u8]),
) -> Result<(), CompressionError> {
    loop {
        if state.is_none() && chunk.is_empty() {
            return Ok(());
        }
        let stream = state.get_or_insert_with(|| Bzip2State::new(false));
        plain.clear();
        plain.reserve(PIECE);
        let before = stream.total_in();
        let status = stream.decompress_vec(chunk, plain);
        let status =
            status.map_err(|error| CompressionError::invalid(Compression::Bzip2)(io::Error::other(error)))?;
        let taken = usize::try_from(stream.total_in() - before).unwrap_or(chunk.len());
        chunk = chunk.get(taken..).unwrap_or_default();
        sink(plain);
        if status == Status::StreamEnd {
            *state = None;
        } else if chunk.is_empty() && plain.len() < PIECE {
            return Ok(());
        }
    }
}

fn push_zstd(
    state: &mut ZstdState<'static>,
    mut between: Between,
    mut chunk: &[u8],
    plain: &mut Vec<u8>,
    mut sink: impl FnMut(&[u8]),
) -> Result<Between, CompressionError> {
    plain.resize(PIECE, 0);
    loop {
        if chunk.is_empty() && between == Between::Frames {
            return Ok(between);
        }
        let step =
            state.run_on_buffers(chunk, plain).map_err(CompressionError::invalid(Compression::Zstd))?;
        chunk = chunk.get(step.bytes_read..).unwrap_or_default();
        sink(plain.get(..step.bytes_written).unwrap_or_default());
        between = if step.remaining == 0 { Between::Frames } else { Between::No };
        if chunk.is_empty() && step.bytes_written < PIECE {
            return Ok(between);
        }
    }
}

/// Takes plain chunks, gives compressed ones.
pub struct Compressor(Packing);

enum Packing {
    None(Vec<u8>),
    Gzip(Box<GzEncoder<Vec<u8>>>),
    Bzip2(Box<BzEncoder<Vec<u8>>>),
    Zstd(Box<ZstdEncoder<'static, Vec<u8>>>),
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compressor").finish_non_exhaustive()
    }
}

impl Compressor {
    /// A compressor at the start of a file.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(compression: Compression) -> Result<Compressor, CompressionError> {
        let out = Vec::new();
        Ok(Compressor(match compression {
            Compression::None => Packing::None(out),
            Compression::Gzip => Packing::Gzip(Box::new(GzEncoder::new(out, flate2::Compression::fast()))),
            Compression::Bzip2 => Packing::Bzip2(Box::new(BzEncoder::new(out, bzip2::Compression::fast()))),
            Compression::Zstd => {
                let encoder = ZstdEncoder::new(out, 1).map_err(CompressionError::invalid(compression))?;
                Packing::Zstd(Box::new(encoder))
            }
        }))
    }

    /// Adds plain bytes.
    ///
    /// # Errors
    /// Never in practice: the compressor writes to memory.
    pub fn push(&mut self, plain: &[u8]) -> Result<(), CompressionError> {
        match &mut self.0 {
            Packing::None(out) => out.extend_from_slice(plain),
            Packing::Gzip(encoder) => {
                encoder.write_all(plain).map_err(CompressionError::invalid(Compression::Gzip))?;
            }
            Packing::Bzip2(encoder) => {
                encoder.write_all(plain).map_err(CompressionError::invalid(Compression::Bzip2))?;
            }
            Packing::Zstd(encoder) => {
                encoder.write_all(plain).map_err(CompressionError::invalid(Compression::Zstd))?;
            }
        }
        Ok(())
    }

    fn out(&mut self) -> &mut Vec<u8> {
        match &mut self.0 {
            Packing::None(out) => out,
            Packing::Gzip(encoder) => encoder.get_mut(),
            Packing::Bzip2(encoder) => encoder.get_mut(),
            Packing::Zstd(encoder) => encoder.get_mut(),
        }
    }

    /// How many compressed bytes wait to be taken.
    #[must_use]
    pub fn ready(&self) -> usize {
        match &self.0 {
            Packing::None(out) => out.len(),
            Packing::Gzip(encoder) => encoder.get_ref().len(),
            Packing::Bzip2(encoder) => encoder.get_ref().len(),
            Packing::Zstd(encoder) => encoder.get_ref().len(),
        }
    }

    /// Takes the compressed bytes that are ready.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.out())
    }

    /// Ends the file; the rest is ready after it.
    ///
    /// # Errors
    /// Never in practice: the compressor writes to memory.
    pub fn finish(&mut self) -> Result<(), CompressionError> {
        match &mut self.0 {
            Packing::None(_) => Ok(()),
            Packing::Gzip(encoder) => {
                encoder.try_finish().map_err(CompressionError::invalid(Compression::Gzip))
            }
            Packing::Bzip2(encoder) => {
                encoder.try_finish().map_err(CompressionError::invalid(Compression::Bzip2))
            }
            Packing::Zstd(encoder) => {
                encoder.do_finish().map_err(CompressionError::invalid(Compression::Zstd))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Compression; 4] =
        [Compression::None, Compression::Gzip, Compression::Bzip2, Compression::Zstd];

    fn packed(compression: Compression, plain: &[u8]) -> Vec<u8> {
        let mut compressor = Compressor::new(compression).unwrap();
        compressor.push(plain).unwrap();
        compressor.finish().unwrap();
        compressor.take()
    }

    fn unpacked(compression: Compression, bytes: &[u8], size: usize) -> Result<Vec<u8>, CompressionError> {
        let mut decompressor = Decompressor::new(compression)?;
        let mut plain = Vec::new();
        for chunk in bytes.chunks(size) {
            decompressor.push(chunk, |bytes| plain.extend_from_slice(bytes))?;
        }
        decompressor.finish(|bytes| plain.extend_from_slice(bytes))?;
        Ok(plain)
    }

    #[test]
    fn files_go_round_by_any_chunk() {
        let plain: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        for compression in ALL {
            let bytes = packed(compression, &plain);
            for size in [1, 1000, bytes.len()] {
                assert!(unpacked(compression, &bytes, size).unwrap() == plain, "{compression:?} by {size}");
            }
        }
    }

    #[test]
    fn what_follows_is_unpacked_too() {
        for compression in ALL {
            let bytes = [packed(compression, b"one "), packed(compression, b"two")].concat();
            for size in [1, 5, 1000] {
                assert_eq!(unpacked(compression, &bytes, size).unwrap(), b"one two", "{compression:?}");
            }
        }
    }

    #[test]
    fn small_files_that_grow_large_are_handed_out_in_pieces() {
        for compression in [Compression::Gzip, Compression::Bzip2, Compression::Zstd] {
            let bytes = packed(compression, &vec![b'x'; 16 << 20]);
            let (mut most, mut total) = (0, 0);
            let mut decompressor = Decompressor::new(compression).unwrap();
            let sink = |plain: &[u8]| {
                most = most.max(plain.len());
                total += plain.len();
            };
            decompressor.push(&bytes, sink).unwrap();
            decompressor.finish(|plain| total += plain.len()).unwrap();
            assert_eq!(total, 16 << 20, "{compression:?}");
            assert!(most <= 5 << 20, "{compression:?}: {most}");
        }
    }

    #[test]
    fn truncated_and_foreign_bytes_are_refused() {
        for compression in [Compression::Gzip, Compression::Bzip2, Compression::Zstd] {
            let bytes = packed(compression, b"some text to be cut");
            assert!(unpacked(compression, &bytes[..bytes.len() - 3], 4).is_err(), "{compression:?}");
            let foreign = unpacked(compression, b"a|b\nplain text, not packed", 4);
            assert!(matches!(foreign, Err(CompressionError::Invalid { .. })), "{compression:?}");
            assert!(matches!(unpacked(compression, b"", 1), Err(CompressionError::Truncated(_)) | Ok(_)));
        }
    }
}
