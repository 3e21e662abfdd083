//! From rows of COPY text to the rows of UNLOAD's files.

use linchpin_formats::{AddQuotes, Escape, FieldKind, RowWriter, decode_copy_row};
use memchr::{memchr, memchr_iter};

use super::encode::EncodeError;
use super::parse::RowForm;
use crate::json::compact;
use crate::wire::{ColumnDescription, SUPER};

/// Type oids of CHAR, VARCHAR and TEXT.
const CHARACTER_TYPES: [u32; 3] = [25, 1042, 1043];

/// Turns rows over, with memory that is reused.
#[derive(Debug)]
pub(crate) struct Rows {
    writer: Writer,
    /// The place of each column of the query in the file, if it has one.
    places: Vec<Option<usize>>,
    /// The delimiter of rows that are written as they are, but for it.
    verbatim: Option<u8>,
    scratch: Vec<u8>,
}

#[derive(Debug)]
enum Writer {
    Text { writer: RowWriter, kinds: Vec<Kind> },
    Json(Vec<JsonField>),
}

/// A column of JSON rows: what stands before its value, and whether the value is JSON already.
#[derive(Debug)]
struct JsonField {
    before: Vec<u8>,
    quotes: Quotes,
}

/// What a column is to a row of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Field(FieldKind),
    Super,
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
            SUPER => Quotes::Never,
            _ => Quotes::Needed,
        };
        JsonField { before: before.into_bytes(), quotes }
    }

    fn write(&self, out: &mut Vec<u8>, value: Option<&[u8]>) {
        out.extend_from_slice(&self.before);
        let Some(value) = value else { return out.extend_from_slice(b"null") };
        let is_number = value.last().is_some_and(u8::is_ascii_digit);
        match self.quotes {
            Quotes::Never => out.extend(compact(value)),
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
            let is_character = CHARACTER_TYPES.contains(&column.type_oid);
            match column.type_oid {
                SUPER => Kind::Super,
                _ => Kind::Field(if is_character { FieldKind::Character } else { FieldKind::Other }),
            }
        };
        let field = |(index, column)| JsonField::new(index, column);
        let writer = match form {
            RowForm::Text(writer) => {
                Writer::Text { writer: writer.clone(), kinds: columns.iter().map(kind).collect() }
            }
            RowForm::Json | RowForm::Parquet => Writer::Json(columns.iter().enumerate().map(field).collect()),
        };
        let all_in_order = places.iter().enumerate().all(|(index, place)| *place == Some(index));
        let as_they_are = columns.iter().all(|column| column.type_oid != SUPER);
        let verbatim = verbatim(form).filter(|_| all_in_order && as_they_are);
        Rows { writer, places, verbatim, scratch: Vec::new() }
    }

    /// Appends the file's form of `rows`, lines of COPY text with their newlines, to `out`, and says how many.
    pub(crate) fn turn(&mut self, rows: &[u8], out: &mut Vec<u8>) -> Result<u64, EncodeError> {
        if self.is_verbatim(rows) {
            self.copy(rows, out);
            return Ok(memchr_iter(b'\n', rows).count() as u64);
        }
        let mut count = 0;
        for row in lines(rows) {
            if self.is_verbatim(row) {
                self.copy(row, out)
            } else {
                self.turn_one(row, out)?
            }
            count += 1;
        }
        Ok(count)
    }

    /// Whether nothing but the delimiter differs: a backslash would be of NULL, or of a byte that COPY text escapes.
    fn is_verbatim(&self, rows: &[u8]) -> bool {
        self.verbatim.is_some() && memchr(b'\\', rows).is_none()
    }

    fn copy(&self, rows: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(rows);
        let delimiter = self.verbatim.unwrap_or(b'\t');
        for at in memchr_iter(b'\t', rows) {
            if let Some(tab) = out.get_mut(start + at) {
                *tab = delimiter;
            }
        }
    }

    fn turn_one(&mut self, row: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        let places = &self.places;
        let place = |index: usize| places.get(index).copied().flatten();
        match &self.writer {
            Writer::Text { writer, kinds } => {
                let mut written = Ok(());
                decode_copy_row(row, &mut self.scratch, |index, value| {
                    if let (Ok(()), Some(place)) = (&written, place(index)) {
                        written = match (kinds.get(place), value) {
                            (Some(Kind::Super), Some(value)) => {
                                let value: Vec<u8> = compact(value).collect();
                                writer.field(out, place, FieldKind::Other, Some(&value))
                            }
                            (Some(Kind::Field(kind)), value) => writer.field(out, place, *kind, value),
                            (_, value) => writer.field(out, place, FieldKind::Other, value),
                        };
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

/// The delimiter of a form that writes values as they are.
fn verbatim(form: &RowForm) -> Option<u8> {
    match form {
        RowForm::Text(RowWriter::Delimited {
            delimiter,
            escape: Escape::Off,
            add_quotes: AddQuotes::No,
            ..
        }) => Some(*delimiter),
        _ => None,
    }
}

/// Lines with their newlines.
pub(super) fn lines(rows: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        (!line.is_empty()).then_some(line)
    })
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
