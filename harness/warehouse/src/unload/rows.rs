//! From rows of COPY text to the rows of UNLOAD's files.

use linchpin_formats::{CopyTextError, FieldKind, RowWriter, decode_copy_row};

use crate::wire::ColumnDescription;

/// Type oids of CHAR, VARCHAR and TEXT.
const CHARACTER_TYPES: [u32; 3] = [25, 1042, 1043];

/// Turns rows over, with memory that is reused.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    writer: &'a RowWriter,
    kinds: Vec<FieldKind>,
    scratch: Vec<u8>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(writer: &'a RowWriter, columns: &[ColumnDescription]) -> Rows<'a> {
        let kind = |column: &ColumnDescription| {
            if CHARACTER_TYPES.contains(&column.type_oid) { FieldKind::Character } else { FieldKind::Other }
        };
        Rows { writer, kinds: columns.iter().map(kind).collect(), scratch: Vec::new() }
    }

    /// Appends the file's form of `row`, a line of COPY text with its newline, to `out`.
    pub(crate) fn turn(&mut self, row: &[u8], out: &mut Vec<u8>) -> Result<(), CopyTextError> {
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        decode_copy_row(row, &mut self.scratch, |index, value| {
            let kind = self.kinds.get(index).copied().unwrap_or(FieldKind::Other);
            self.writer.field(out, index, kind, value);
        })?;
        self.writer.end_row(out);
        Ok(())
    }
}

/// The header line of a file.
pub(crate) fn header(writer: &RowWriter, columns: &[ColumnDescription]) -> Vec<u8> {
    let mut line = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        writer.field(&mut line, index, FieldKind::Character, Some(column.name.as_bytes()));
    }
    writer.end_row(&mut line);
    line
}
