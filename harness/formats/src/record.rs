//! A record: its fields, and where in the file they stood.

use thiserror::Error;

/// One record of a file. Reused from record to record, so reading allocates only while it grows.
#[derive(Debug, Default, Clone)]
pub struct Record {
    /// Number of the line on which the record starts, from 1.
    pub line: u64,
    pub(crate) raw: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) spans: Vec<Span>,
}

/// Where a field's value stands: as it is written in the record, or unescaped in `Record::data`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) text: Text,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) null: bool,
    pub(crate) position: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Text {
    Raw,
    Data,
}

/// One field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The value after unquoting and unescaping.
    pub value: &'a [u8],
    /// Whether the field equals the null string.
    pub null: bool,
    /// Offset of the field in the raw record, in bytes.
    pub position: usize,
}

impl Record {
    /// The record as it stands in the file, without its line end.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// How many fields the record has; at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether the record has no field, which only a record that was never filled has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The `index`-th field, from 0.
    #[must_use]
    pub fn field(&self, index: usize) -> Option<Field<'_>> {
        self.spans.get(index).map(|span| self.resolve(span))
    }

    /// All fields in order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.spans.iter().map(|span| self.resolve(span))
    }

    fn resolve(&self, span: &Span) -> Field<'_> {
        let text = match span.text {
            Text::Raw => &self.raw,
            Text::Data => &self.data,
        };
        let value = text.get(span.start..span.end).unwrap_or_default();
        Field { value, null: span.null, position: span.position }
    }

    pub(crate) fn reset(&mut self, line: u64, raw: &[u8]) {
        self.line = line;
        self.raw.clear();
        self.raw.extend_from_slice(raw);
        self.data.clear();
        self.spans.clear();
    }

    /// Adds a field.
    pub(crate) fn put_field(&mut self, value: &[u8], position: usize) {
        let start = self.data.len();
        self.data.extend_from_slice(value);
        self.end_field(start, position, false);
    }

    /// Adds a field that is NULL.
    pub(crate) fn put_null(&mut self) {
        self.end_field(self.data.len(), 0, true);
    }

    /// Ends the field that began at `start` of `data`.
    pub(crate) fn end_field(&mut self, start: usize, position: usize, null: bool) {
        self.spans.push(Span { text: Text::Data, start, end: self.data.len(), null, position });
    }

    /// Adds a field that is as it is written, `length` bytes at `position`.
    pub(crate) fn put_written(&mut self, position: usize, length: usize, null: bool) {
        self.spans.push(Span { text: Text::Raw, start: position, end: position + length, null, position });
    }
}

/// A record that cannot be split into fields. The reader goes on with the next one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}, byte {position}: {kind}")]
pub struct RecordError {
    /// Number of the line on which the record starts, from 1.
    pub line: u64,
    /// Offset of the mistake in the raw record, in bytes.
    pub position: usize,
    /// What is wrong.
    pub kind: RecordErrorKind,
    /// The record, or its beginning when it is too long.
    pub raw: Vec<u8>,
}

/// What can be wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordErrorKind {
    /// A quote inside an unquoted CSV field, text after a closing quote, or no closing quote.
    #[error("invalid quote formatting")]
    InvalidQuote,
    /// A field that starts with a quote has no matching one (REMOVEQUOTES).
    #[error("unmatched opening quote")]
    UnmatchedQuote,
    /// A NUL byte stands in the record, before the given byte.
    #[error("NUL byte before byte {0:#04x}")]
    Nul(u8),
    /// Something else than a JSON object (or, by paths, an array).
    #[error("invalid JSON")]
    Json,
    /// A path asks for an element of an array that is not there.
    #[error("not an array or index out of range")]
    JsonIndex,
    /// A block of an Avro file is damaged; nothing after it can be read.
    #[error("damaged Avro data: {0}")]
    Avro(&'static str),
    /// The record is longer than `MAX_RECORD`.
    #[error("record longer than 4 MB")]
    TooLong,
}
