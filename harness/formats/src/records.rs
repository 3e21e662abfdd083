//! One push reader for every format whose records become rows.

use crate::avro::AvroReader;
use crate::json::{JsonFields, JsonReader};
use crate::reader::Reader;
use crate::record::{Record, RecordError};
use crate::split::Layout;

/// How the records of a file are read.
#[derive(Debug, Clone)]
pub enum RecordFormat {
    /// Lines of text.
    Lines {
        /// How lines fall into fields.
        layout: Layout,
        /// How many lines are skipped first.
        header_lines: u64,
    },
    /// JSON values one after another.
    Json {
        /// How members find their fields.
        fields: JsonFields,
        /// How many lines are skipped first.
        header_lines: u64,
    },
    /// An Avro object container file.
    Avro(JsonFields),
}

/// Splits pushed chunks into records.
#[derive(Debug)]
pub enum RecordReader {
    /// Of lines.
    Lines(Reader),
    /// Of JSON.
    Json(JsonReader),
    /// Of Avro.
    Avro(Box<AvroReader>),
}

impl RecordReader {
    /// A reader at the start of a file.
    #[must_use]
    pub fn new(format: &RecordFormat) -> RecordReader {
        match format.clone() {
            RecordFormat::Lines { layout, header_lines } => {
                RecordReader::Lines(Reader::new(layout, header_lines))
            }
            RecordFormat::Json { fields, header_lines } => {
                RecordReader::Json(JsonReader::new(fields, header_lines))
            }
            RecordFormat::Avro(fields) => RecordReader::Avro(Box::new(AvroReader::new(fields))),
        }
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) {
        match self {
            RecordReader::Lines(reader) => reader.push(chunk),
            RecordReader::Json(reader) => reader.push(chunk),
            RecordReader::Avro(reader) => reader.push(chunk),
        }
    }

    /// Says that no more bytes follow.
    pub fn finish(&mut self) {
        match self {
            RecordReader::Lines(reader) => reader.finish(),
            RecordReader::Json(reader) => reader.finish(),
            RecordReader::Avro(reader) => reader.finish(),
        }
    }

    /// How many lines ended so far; of Avro, how many records.
    #[must_use]
    pub fn lines(&self) -> u64 {
        match self {
            RecordReader::Lines(reader) => reader.lines(),
            RecordReader::Json(reader) => reader.lines(),
            RecordReader::Avro(reader) => reader.lines(),
        }
    }

    /// Fills `record` with the next one. `None`: push more, or, after `finish`, the end.
    pub fn read(&mut self, record: &mut Record) -> Option<Result<(), RecordError>> {
        match self {
            RecordReader::Lines(reader) => reader.read(record),
            RecordReader::Json(reader) => reader.read(record),
            RecordReader::Avro(reader) => reader.read(record),
        }
    }
}
