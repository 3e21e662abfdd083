//! A file as the library reads it: each column has a window of its own, so that memory is bounded by the number of
//! columns and not by the size of row groups.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};

use crate::columnar::FileBytes;

/// How much of a column is held at once; as much may be fetched ahead.
const WINDOW: u64 = 1024 * 1024;

/// A range of a file with a window that moves on.
pub(super) struct Window<F> {
    file: Arc<F>,
    /// Where the range ends.
    end: u64,
    held: Mutex<(u64, Bytes)>,
}

impl<F: FileBytes> Window<F> {
    pub(super) fn new(file: Arc<F>, end: u64) -> Window<F> {
        Window { file, end, held: Mutex::default() }
    }

    /// Some of the bytes from `start`; none at the end.
    fn some(&self, start: u64) -> io::Result<Bytes> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, bytes) = &*held;
        let offset = start.checked_sub(*from).and_then(|offset| usize::try_from(offset).ok());
        if let Some(offset) = offset.filter(|offset| *offset < bytes.len()) {
            return Ok(bytes.slice(offset..));
        }
        let length = |start: u64| self.end.saturating_sub(start).min(WINDOW);
        if length(start) == 0 {
            return Ok(Bytes::new());
        }
        let bytes = self.file.read(start, length(start))?;
        let next = start + bytes.len() as u64;
        if length(next) > 0 {
            self.file.ahead(next, length(next));
        }
        *held = (start, bytes.clone());
        Ok(bytes)
    }
}

impl<F: FileBytes> Length for Window<F> {
    fn len(&self) -> u64 {
        self.file.length()
    }
}

/// Reads a window's range from some place on.
pub(super) struct WindowRead<F> {
    window: Arc<Window<F>>,
    at: u64,
}

impl<F: FileBytes> Read for WindowRead<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.window.some(self.at)?;
        let length = bytes.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..length), bytes.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length as u64;
        Ok(length)
    }
}

/// What the library takes: a window that many readers share.
pub(super) struct Chunk<F>(pub(super) Arc<Window<F>>);

impl<F: FileBytes> Length for Chunk<F> {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl<F: FileBytes> ChunkReader for Chunk<F> {
    type T = WindowRead<F>;

    fn get_read(&self, start: u64) -> Result<WindowRead<F>> {
        Ok(WindowRead { window: Arc::clone(&self.0), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let held = self.0.some(start)?;
        if held.len() >= length {
            return Ok(held.slice(..length));
        }
        let mut bytes = Vec::new();
        self.get_read(start)?.take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(parquet::errors::ParquetError::EOF("the file ends too early".to_owned()));
        }
        Ok(bytes.into())
    }
}
