//! From rows of COPY text to the rows of UNLOAD's files.

use linchpin_formats::{CopyTextError, FieldKind, RowWriter, decode_copy_row};

use crate::wire::ColumnDescription;

/// Type oids of CHAR, VARCHAR and TEXT.
const CHARACTER_TYPES: [u32; 3] = [25, 1042, 1043];

/// How rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowForm {
    Text(RowWriter),
    /// An object a line.
    Json,
}

/// Turns rows over, with memory that is reused.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    writer: Writer<'a>,
    scratch: Vec<u8>,
}

#[derive(Debug)]
enum Writer<'a> {
    Text { writer: &'a RowWriter, kinds: Vec<FieldKind> },
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

impl<'a> Rows<'a> {
    pub(crate) fn new(form: &'a RowForm, columns: &[ColumnDescription]) -> Rows<'a> {
        let kind = |column: &ColumnDescription| {
            if CHARACTER_TYPES.contains(&column.type_oid) { FieldKind::Character } else { FieldKind::Other }
        };
        let field = |(index, column)| JsonField::new(index, column);
        let writer = match form {
            RowForm::Text(writer) => Writer::Text { writer, kinds: columns.iter().map(kind).collect() },
            RowForm::Json => Writer::Json(columns.iter().enumerate().map(field).collect()),
        };
        Rows { writer, scratch: Vec::new() }
    }

    /// Appends the file's form of `row`, a line of COPY text with its newline, to `out`.
    pub(crate) fn turn(&mut self, row: &[u8], out: &mut Vec<u8>) -> Result<(), CopyTextError> {
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        match &self.writer {
            Writer::Text { writer, kinds } => {
                decode_copy_row(row, &mut self.scratch, |index, value| {
                    let kind = kinds.get(index).copied().unwrap_or(FieldKind::Other);
                    writer.field(out, index, kind, value);
                })?;
                writer.end_row(out);
            }
            Writer::Json(fields) => {
                decode_copy_row(row, &mut self.scratch, |index, value| {
                    if let Some(field) = fields.get(index) {
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
pub(crate) fn header(form: &RowForm, columns: &[ColumnDescription]) -> Vec<u8> {
    let mut line = Vec::new();
    let RowForm::Text(writer) = form else { return line };
    for (index, column) in columns.iter().enumerate() {
        writer.field(&mut line, index, FieldKind::Character, Some(column.name.as_bytes()));
    }
    writer.end_row(&mut line);
    line
}
