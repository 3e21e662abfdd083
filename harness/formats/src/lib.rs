//! Readers and writers of rows: delimited text, CSV, fixed width, JSON, Avro, Parquet, ORC, PostgreSQL's COPY text; compression and
//! character encodings.
//!
//! Everything here is pure and pushes: bytes in, records or bytes out, no IO and no knowledge of where the bytes
//! come from. Memory is bounded by the longest record ([`MAX_RECORD`]).

mod avro;
mod columnar;
mod compression;
mod copy_text;
mod encoding;
mod envelope;
mod json;
mod orc;
mod parquet;
mod reader;
mod record;
mod records;
mod split;
mod writer;

pub use avro::AvroReader;
pub use columnar::{ColumnKind, ColumnarRows, FileBytes, FileColumn, Ticks};
pub use compression::{Compression, CompressionError, Compressor, Decompressor};
pub use copy_text::{CopyTextError, decode_copy_row, encode_copy_field};
pub use encoding::{Encoding, EncodingError, Transcoder};
pub use envelope::{Decryptor, Encryptor, Entropy, EnvelopeError, MasterKey};
pub use json::{FieldNames, JsonFields, JsonPath, JsonPathError, JsonReader, parse_json_paths};
pub use orc::{OrcError, OrcReader, TailError};
pub use parquet::{ParquetError, ParquetReader, ParquetRows, ParquetWriteError, ParquetWriter};
pub use reader::{MAX_RECORD, Reader};
pub use record::{Field, Record, RecordError, RecordErrorKind};
pub use records::{RecordFormat, RecordReader};
pub use split::{Csv, Delimited, Escape, FixedWidth, Layout, Quotes};
pub use writer::{AddQuotes, FieldKind, FieldTooWide, RowWriter};
