//! Files whose bytes are had at any place, and the rows that come of them.

use std::io;

use bytes::Bytes;

/// Bytes at any place of a file.
pub trait FileBytes: Send + Sync + 'static {
    /// How long the file is.
    fn length(&self) -> u64;

    /// The `length` bytes from `start`.
    ///
    /// # Errors
    /// When they cannot be had.
    fn read(&self, start: u64, length: u64) -> io::Result<Bytes>;

    /// Says that these bytes are likely to be read next, so that they can be fetched meanwhile.
    fn ahead(&self, _start: u64, _length: u64) {}
}

/// Rows of a file, one after another.
pub trait ColumnarRows {
    /// Why the file cannot be read.
    type Error;

    /// Goes to the next row. False: there is none.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    fn next_row(&mut self) -> Result<bool, Self::Error>;

    /// Appends the row's value of a column as text, nested ones as JSON; to be called once a row for each column in
    /// order. False: it is NULL.
    ///
    /// # Errors
    /// When a nested value cannot be read.
    fn write_value(&mut self, column: usize, out: &mut Vec<u8>) -> Result<bool, Self::Error>;
}
