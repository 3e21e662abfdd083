//! Writers of rows, as UNLOAD makes them.

use thiserror::Error;

/// What kind of column a field belongs to: ESCAPE looks only at character columns (documented).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// CHAR and VARCHAR.
    Character,
    /// Every other type.
    Other,
}

/// Writes rows of one layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowWriter {
    /// Delimited text.
    Delimited {
        /// What stands between two fields.
        delimiter: u8,
        /// What stands for NULL.
        null: Vec<u8>,
        /// Whether special bytes of character fields get a backslash (ESCAPE).
        escape: crate::Escape,
        /// Whether every field gets quotes (ADDQUOTES).
        add_quotes: AddQuotes,
    },
    /// Columns of fixed width, padded with blanks.
    FixedWidth {
        /// Widths in characters.
        widths: Vec<usize>,
        /// What stands for NULL.
        null: Vec<u8>,
    },
    /// CSV: a field that holds a delimiter, a quote, CR or LF is quoted.
    Csv {
        /// What stands between two fields.
        delimiter: u8,
        /// What stands for NULL.
        null: Vec<u8>,
    },
}

/// A value that is longer than its column, which is never cut (documented).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("field {field} is {length} characters long, and FIXEDWIDTH gives it {width}")]
pub struct FieldTooWide {
    /// The field's number, from 1.
    pub field: usize,
    /// How long the value is.
    pub length: usize,
    /// How long it may be.
    pub width: usize,
}

/// Whether fields of delimited text get quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddQuotes {
    /// No.
    No,
    /// Every field does.
    Yes,
}

impl RowWriter {
    /// Appends the `index`-th field of a row to `out`, after a delimiter unless it is the first.
    ///
    /// # Errors
    /// When it does not fit into its width.
    pub fn field(
        &self,
        out: &mut Vec<u8>,
        index: usize,
        kind: FieldKind,
        value: Option<&[u8]>,
    ) -> Result<(), FieldTooWide> {
        match self {
            RowWriter::Delimited { delimiter, null, escape, add_quotes } => {
                separate(out, index, *delimiter);
                let special: &[u8] = match (escape, kind, add_quotes) {
                    (crate::Escape::Off, ..) | (_, FieldKind::Other, _) => b"",
                    (_, _, AddQuotes::No) => &[b'\n', b'\r', b'\\', *delimiter],
                    (_, _, AddQuotes::Yes) => &[b'\n', b'\r', b'\\', *delimiter, b'"', b'\''],
                };
                match (value, add_quotes) {
                    (None, _) => out.extend_from_slice(null),
                    (Some(value), AddQuotes::No) => escape_into(out, value, special),
                    (Some(value), AddQuotes::Yes) => {
                        out.push(b'"');
                        escape_into(out, value, special);
                        out.push(b'"');
                    }
                }
            }
            RowWriter::FixedWidth { widths, null } => {
                let width = widths.get(index).copied().unwrap_or_default();
                pad(out, index, value.unwrap_or(null), width)?;
            }
            RowWriter::Csv { delimiter, null } => {
                separate(out, index, *delimiter);
                match value {
                    None => out.extend_from_slice(null),
                    Some(value) => csv_field(out, value, *delimiter),
                }
            }
        }
        Ok(())
    }

    /// Ends a row.
    pub fn end_row(&self, out: &mut Vec<u8>) {
        out.push(b'\n');
    }
}

fn pad(out: &mut Vec<u8>, index: usize, value: &[u8], width: usize) -> Result<(), FieldTooWide> {
    let length = value.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    if length > width {
        return Err(FieldTooWide { field: index + 1, length, width });
    }
    out.extend_from_slice(value);
    out.extend(std::iter::repeat_n(b' ', width - length));
    Ok(())
}

fn separate(out: &mut Vec<u8>, index: usize, delimiter: u8) {
    if index > 0 {
        out.push(delimiter);
    }
}

fn escape_into(out: &mut Vec<u8>, value: &[u8], special: &[u8]) {
    if special.is_empty() {
        out.extend_from_slice(value);
        return;
    }
    for byte in value {
        if special.contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
}

fn csv_field(out: &mut Vec<u8>, value: &[u8], delimiter: u8) {
    let special = |byte: &u8| matches!(byte, b'"' | b'\n' | b'\r') || *byte == delimiter;
    if !value.iter().any(special) {
        out.extend_from_slice(value);
        return;
    }
    out.push(b'"');
    for byte in value {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Escape;

    fn check(writer: &RowWriter, row: &[Option<&str>], expected: &str) {
        let mut out = Vec::new();
        for (index, value) in row.iter().enumerate() {
            writer.field(&mut out, index, FieldKind::Character, value.map(str::as_bytes)).unwrap();
        }
        writer.end_row(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn text(escape: Escape, add_quotes: AddQuotes) -> RowWriter {
        RowWriter::Delimited { delimiter: b'|', null: Vec::new(), escape, add_quotes }
    }

    #[test]
    fn rows() {
        let row = [Some("a|b"), None, Some(""), Some("c\\d\"e\nf")];
        check(&text(Escape::Off, AddQuotes::No), &row, "a|b|||c\\d\"e\nf\n");
        check(&text(Escape::Backslash, AddQuotes::No), &row, "a\\|b|||c\\\\d\"e\\\nf\n");
        check(&text(Escape::Off, AddQuotes::Yes), &row, "\"a|b\"||\"\"|\"c\\d\"e\nf\"\n");
        check(&text(Escape::Backslash, AddQuotes::Yes), &row, "\"a\\|b\"||\"\"|\"c\\\\d\\\"e\\\nf\"\n");
        let csv = RowWriter::Csv { delimiter: b',', null: b"NULL".to_vec() };
        check(
            &csv,
            &[Some("a,b"), None, Some(""), Some("say \"x\""), Some("plain")],
            "\"a,b\",NULL,,\"say \"\"x\"\"\",plain\n",
        );
    }

    #[test]
    fn fixed_width() {
        let writer = RowWriter::FixedWidth { widths: vec![3, 4, 2, 5], null: b"-".to_vec() };
        check(
            &writer,
            &[Some("ab"), Some("\u{e9}\u{4e2d}"), None, Some("12345")],
            "ab \u{e9}\u{4e2d}  - 12345\n",
        );
        let mut out = Vec::new();
        let error = writer.field(&mut out, 2, FieldKind::Character, Some(b"abc")).unwrap_err();
        assert_eq!(error, FieldTooWide { field: 3, length: 3, width: 2 });
    }

    #[test]
    fn other_types_are_not_escaped() {
        let mut out = Vec::new();
        text(Escape::Backslash, AddQuotes::No).field(&mut out, 1, FieldKind::Other, Some(b"1|2")).unwrap();
        assert_eq!(out, b"|1|2");
    }
}
