//! From rows of COPY text to the rows of UNLOAD's files.

use linchpin_formats::{FieldKind, RowWriter, decode_copy_row};

use super::encode::EncodeError;
use super::parse::RowForm;
use crate::wire::ColumnDescription;

/// Type oids of CHAR, VARCHAR and TEXT.
const CHARACTER_TYPES: [u32; 3] = [25, 1042, 1043];

/// Turns rows over, with memory that is reused.
#[derive(Debug)]
pub(crate) struct Rows {
    writer: Writer,
    /// The place of each column of the query in the file, if it has one.
    places: Vec<Option<usize>>,
    scratch: Vec<u8>,
}

#[derive(Debug)]
enum Writer {
    Text { writer: RowWriter, kinds: Vec<FieldKind> },
    Json(Vec<JsonField>),
}

/// A column of JSON rows: what stands before its value, and whether the value is JSON already.
#[derive(Debug)]
struct JsonField {
    before: Vec<u8>,
    quotes: Quotes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Needed,
    /// SUPER.
    Never,
    /// Unless it is `NaN` or `Infinity`.
    NotForNumbers,
}

impl JsonField {
    fn new(index: usize, column: &ColumnDescription) -> JsonField {
        let start = if index == 0 { '{' } else { ',' };
        let before = format!("{start}{}:", serde_json::Value::from(column.name.as_str()));
        let quotes = match column.type_oid {
            20 | 21 | 23 | 700 | 701 | 1700 => Quotes::NotForNumbers,
            114 | 3802 => Quotes::Never,
            _ => Quotes::Needed,
        };
        JsonField { before: before.into_bytes(), quotes }
    }

    fn write(&self, out: &mut Vec<u8>, value: Option<&[u8]>) {
        out.extend_from_slice(&self.before);
        let Some(value) = value else { return out.extend_from_slice(b"null") };
        let is_number = value.last().is_some_and(u8::is_ascii_digit);
        match self.quotes {
            Quotes::Never => out.extend_from_slice(value),
            Quotes::NotForNumbers if is_number => out.extend_from_slice(value),
            _ => {
                let text = String::from_utf8_lossy(value);
                out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
            }
        }
    }
}

impl Rows {
    /// Writes `columns`, which are those of the query that have a place.
    pub(crate) fn new(form: &RowForm, columns: &[ColumnDescription], places: Vec<Option<usize>>) -> Rows {
        let kind = |column: &ColumnDescription| {
            if CHARACTER_TYPES.contains(&column.type_oid) { FieldKind::Character } else { FieldKind::Other }
        };
        let field = |(index, column)| JsonField::new(index, column);
        let writer = match form {
            RowForm::Text(writer) => {
                Writer::Text { writer: writer.clone(), kinds: columns.iter().map(kind).collect() }
            }
            RowForm::Json | RowForm::Parquet => Writer::Json(columns.iter().enumerate().map(field).collect()),
        };
        Rows { writer, places, scratch: Vec::new() }
    }

    /// Appends the file's form of `row`, a line of COPY text with its newline, to `out`.
    pub(crate) fn turn(&mut self, row: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        let places = &self.places;
        let place = |index: usize| places.get(index).copied().flatten();
        match &self.writer {
            Writer::Text { writer, kinds } => {
                let mut written = Ok(());
                decode_copy_row(row, &mut self.scratch, |index, value| {
                    if let (Ok(()), Some(place)) = (&written, place(index)) {
                        let kind = kinds.get(place).copied().unwrap_or(FieldKind::Other);
                        written = writer.field(out, place, kind, value);
                    }
                })?;
                written?;
                writer.end_row(out);
            }
            Writer::Json(fields) => {
                decode_copy_row(row, &mut self.scratch, |index, value| {
                    if let Some(field) = place(index).and_then(|place| fields.get(place)) {
                        field.write(out, value);
                    }
                })?;
                out.extend_from_slice(b"}\n");
            }
        }
        Ok(())
    }
}

/// The header line of a file.
pub(crate) fn header(form: &RowForm, columns: &[ColumnDescription]) -> Result<Vec<u8>, EncodeError> {
    let mut line = Vec::new();
    let RowForm::Text(writer) = form else { return Ok(line) };
    for (index, column) in columns.iter().enumerate() {
        writer.field(&mut line, index, FieldKind::Character, Some(column.name.as_bytes()))?;
    }
    writer.end_row(&mut line);
    Ok(line)
}
