//! Readers and writers of rows: delimited text, CSV, PostgreSQL's COPY text, and compression.
//!
//! Everything here is pure and pushes: bytes in, records or bytes out, no IO and no knowledge of where the bytes
//! come from. Memory is bounded by the longest record ([`MAX_RECORD`]).

mod compression;
mod copy_text;
mod reader;
mod record;
mod split;
mod writer;

pub use compression::{Compression, CompressionError, Compressor, Decompressor};
pub use copy_text::{CopyTextError, decode_copy_row, encode_copy_field};
pub use reader::{MAX_RECORD, Reader};
pub use record::{Field, Record, RecordError, RecordErrorKind};
pub use split::{Csv, Delimited, Escape, Layout, Quotes};
pub use writer::{AddQuotes, FieldKind, RowWriter};
