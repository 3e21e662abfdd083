//! From the records of one object to checked rows of COPY text, in batches of bounded size.

use linchpin_formats::{
    Field, Record, RecordError, RecordErrorKind, RecordFormat, RecordReader, encode_copy_field,
};

use super::convert::{Conversion, Value, convert};
use super::load_error::{FieldDetail, LoadError, Mistake, Replacement};
use super::plan::{Column, ColumnType};
use super::worker::Job;

/// How many bytes of rows make a batch.
pub(super) const BATCH: usize = 128 * 1024;

/// How many load errors make a batch: `MAXERROR` may be high, and every line wrong.
const ERRORS: usize = 1000;

/// How many rows of an object `stl_replacements` keeps (documented: the first 100 of a slice).
const REPLACEMENTS: usize = 100;

/// Some rows of one object.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// COPY text.
    pub(crate) rows: Vec<u8>,
    pub(crate) count: u64,
    pub(crate) errors: Vec<LoadError>,
    /// How many rows have replaced bytes, and the first of them.
    pub(crate) replaced: u64,
    pub(crate) replacements: Vec<Replacement>,
    /// Set in the last batch of an object.
    pub(crate) finished: Option<FinishedFile>,
}

/// An object that was read to its end.
#[derive(Debug)]
pub(crate) struct FinishedFile {
    pub(crate) url: String,
    pub(crate) slice: i32,
    pub(crate) lines: u64,
    /// As it lies in S3.
    pub(crate) bytes: u64,
}

/// The rows of one object, on their way into batches.
pub(super) struct Rows<'a> {
    job: &'a Job,
    url: &'a str,
    slice: i32,
    pub(super) reader: RecordReader,
    /// How many bytes of the object have come.
    pub(super) bytes: u64,
    record: Record,
    value: Vec<u8>,
    /// Whether a value of the record at hand has replaced bytes.
    replaced: Option<usize>,
    replacements: usize,
    pub(super) batch: Batch,
}

impl<'a> Rows<'a> {
    pub(super) fn new(job: &'a Job, format: &RecordFormat, url: &'a str, slice: i32) -> Rows<'a> {
        Rows {
            job,
            url,
            slice,
            reader: RecordReader::new(format),
            bytes: 0,
            record: Record::default(),
            value: Vec::new(),
            replaced: None,
            replacements: 0,
            batch: Batch::default(),
        }
    }

    /// Takes records up to a full batch. True: it is full.
    pub(super) fn fill(&mut self) -> bool {
        while let Some(result) = self.reader.read(&mut self.record) {
            let written = match result {
                Ok(()) => self.row(),
                Err(error) => Err(self.record_error(error)),
            };
            if let Err(error) = written {
                self.batch.errors.push(*error);
            }
            if self.batch.rows.len() >= BATCH || self.batch.errors.len() >= ERRORS {
                return true;
            }
        }
        false
    }

    /// Appends the record to the batch; a bad one leaves nothing there.
    fn row(&mut self) -> Result<(), Box<LoadError>> {
        if self.job.conversion.ignore_blank_lines && self.record.raw().is_empty() {
            return Ok(());
        }
        let start = self.batch.rows.len();
        self.replaced = None;
        let result = self.check_width().and_then(|()| self.fields());
        match result {
            Ok(()) => {
                self.batch.rows.push(b'\n');
                self.batch.count += 1;
                self.note_replacement();
            }
            Err(_) => self.batch.rows.truncate(start),
        }
        result
    }

    fn note_replacement(&mut self) {
        let Some(column) = self.replaced.and_then(|index| self.job.columns.get(index)) else { return };
        self.batch.replaced += 1;
        self.replacements += 1;
        if self.replacements <= REPLACEMENTS {
            self.batch.replacements.push(Replacement {
                file: self.url.to_owned(),
                slice: self.slice,
                line: self.record.line,
                column: column.name.clone(),
                raw_line: self.record.raw().to_vec(),
            });
        }
    }

    /// A delimiter after the last field is no further field (seen: files of TPC-H load as they are).
    fn check_width(&self) -> Result<(), Box<LoadError>> {
        let (found, wanted) = (self.record.len(), self.job.columns.len());
        let extra = self.record.field(wanted);
        let trailing = found == wanted + 1 && extra.is_some_and(|field| field.value.is_empty());
        match extra {
            Some(field) if !trailing => Err(self.mistake(None, Some(field), Mistake::ExtraColumns)),
            _ => Ok(()),
        }
    }

    fn fields(&mut self) -> Result<(), Box<LoadError>> {
        for (index, column) in self.job.columns.iter().enumerate() {
            if index > 0 {
                self.batch.rows.push(b'\t');
            }
            let field = self.record.field(index);
            let value = match field {
                None if !self.job.conversion.fill_record => {
                    return Err(self.mistake(Some(index), None, self.too_short()));
                }
                None => filled(column, &self.job.conversion, &mut self.value),
                Some(field) if field.null => Value::Null,
                Some(field) => match convert(column, field.value, &self.job.conversion, &mut self.value) {
                    Ok(value) => value,
                    Err(mistake) => return Err(self.mistake(Some(index), Some(field), mistake)),
                },
            };
            match value {
                Value::Null if column.not_null => {
                    return Err(self.mistake(Some(index), field, Mistake::NotNull));
                }
                Value::Null => encode_copy_field(&mut self.batch.rows, None),
                Value::Text | Value::Replaced => encode_copy_field(&mut self.batch.rows, Some(&self.value)),
            }
            if value == Value::Replaced {
                self.replaced = self.replaced.or(Some(index));
            }
        }
        Ok(())
    }

    /// What is wrong with a record of too few fields. Without delimiters it lacks columns, or everything (inferred, from the
    /// codes' descriptions); otherwise, CSV and blank lines included, a delimiter (seen).
    fn too_short(&self) -> Mistake {
        match (self.job.is_of_fixed_widths(), self.record.raw().is_empty()) {
            (false, _) => Mistake::DelimiterNotFound,
            (true, false) => Mistake::FewerColumns,
            (true, true) => Mistake::NoData,
        }
    }

    /// The fields up to the column at fault, all if the record as a whole is.
    fn details(&self, last: Option<usize>) -> Vec<FieldDetail> {
        let columns = self.job.columns.iter().take(last.map_or(usize::MAX, |last| last + 1));
        let detail = |(column, field): (&Column, Field<'_>)| FieldDetail {
            column: column.clone(),
            value: (!field.null).then(|| field.value.to_vec()),
        };
        columns.zip(self.record.fields()).map(detail).collect()
    }

    fn mistake(&self, column: Option<usize>, field: Option<Field<'_>>, mistake: Mistake) -> Box<LoadError> {
        let position = field.map_or(self.record.raw().len(), |field| field.position);
        Box::new(LoadError {
            position: self.job.position(position),
            fields: self.details(column),
            raw_line: self.record.raw().to_vec(),
            raw_value: field.map(|field| field.value.to_vec()).unwrap_or_default(),
            column: column.and_then(|index| self.job.columns.get(index)).cloned(),
            ..self.error(self.record.line, mistake)
        })
    }

    fn record_error(&self, error: RecordError) -> Box<LoadError> {
        let mistake = match error.kind {
            RecordErrorKind::InvalidQuote => Mistake::CsvQuote,
            RecordErrorKind::UnmatchedQuote => Mistake::UnmatchedQuote,
            RecordErrorKind::Nul(byte) => Mistake::Nul { byte, position: error.position },
            RecordErrorKind::TooLong => Mistake::TooLong,
            RecordErrorKind::Json => Mistake::JsonRecord,
            RecordErrorKind::JsonIndex => Mistake::JsonIndex,
            RecordErrorKind::Avro(damage) => Mistake::Avro(damage),
        };
        let position = self.job.position(error.position);
        Box::new(LoadError { position, raw_line: error.raw, ..self.error(error.line, mistake) })
    }

    /// An error of the object at `line`.
    pub(super) fn error(&self, line: u64, mistake: Mistake) -> LoadError {
        LoadError {
            file: self.url.to_owned(),
            slice: self.slice,
            line,
            column: None,
            position: 0,
            raw_line: Vec::new(),
            raw_value: Vec::new(),
            mistake,
            fields: Vec::new(),
        }
    }

    /// The last batch.
    pub(super) fn finish(mut self) -> Batch {
        let (url, slice, lines) = (self.url.to_owned(), self.slice, self.reader.lines());
        self.batch.finished = Some(FinishedFile { url, slice, lines, bytes: self.bytes });
        self.batch
    }
}

/// What FILLRECORD puts in the place of a missing field: an empty string into VARCHAR, unless EMPTYASNULL, and NULL
/// elsewhere (documented).
fn filled(column: &Column, conversion: &Conversion, value: &mut Vec<u8>) -> Value {
    value.clear();
    match column.kind {
        ColumnType::Varchar(_) if !conversion.empty_as_null => Value::Text,
        _ => Value::Null,
    }
}
