//! From rows to the bytes of a file: lines, packed or not, or Parquet.

use linchpin_formats::{
    ColumnKind, CompressionError, Compressor, CopyTextError, FieldTooWide, ParquetWriteError, ParquetWriter,
    Ticks, decode_copy_row,
};
use thiserror::Error;

use super::parse::{Output, RowForm};
use super::rows::{Rows, header, lines};
use crate::wire::{ColumnDescription, SUPER, VARBYTE};

/// How many bytes of lines are packed at once.
const PIECE: usize = 64 * 1024;

/// Rows that a format cannot hold.
#[derive(Debug, Error)]
pub(crate) enum EncodeError {
    #[error(transparent)]
    Row(#[from] CopyTextError),
    #[error(transparent)]
    Width(#[from] FieldTooWide),
    #[error(transparent)]
    Compression(#[from] CompressionError),
    #[error(transparent)]
    Parquet(#[from] ParquetWriteError),
}

/// What a file has of the columns of the query.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) columns: Vec<ColumnDescription>,
    /// The place of each column of the query in the file, if it has one.
    pub(super) places: Vec<Option<usize>>,
}

impl Shape {
    /// The columns of the file.
    pub(super) fn written(&self) -> Vec<ColumnDescription> {
        let kept = self.columns.iter().zip(&self.places).filter(|(_, place)| place.is_some());
        kept.map(|(column, _)| column.clone()).collect()
    }
}

/// Makes one file.
#[derive(Debug)]
pub(super) enum Encoder {
    Lines { rows: Rows, lines: Vec<u8>, compressor: Compressor, block: u64 },
    Parquet { writer: ParquetWriter, places: Vec<Option<usize>>, scratch: Vec<u8>, ready: Vec<u8> },
}

impl Encoder {
    /// An encoder at the start of a file, which is the header if there is one.
    pub(super) fn new(output: &Output, shape: &Shape) -> Result<Encoder, EncodeError> {
        let columns = shape.written();
        if output.form == RowForm::Parquet {
            let kinds: Vec<_> = columns.iter().map(|column| (column.name.clone(), kind(column))).collect();
            let writer = ParquetWriter::new(&kinds, output.row_group)?;
            let (scratch, ready) = (Vec::new(), Vec::new());
            return Ok(Encoder::Parquet { writer, places: shape.places.clone(), scratch, ready });
        }
        let lines = if output.header { header(&output.form, &columns)? } else { Vec::new() };
        Ok(Encoder::Lines {
            rows: Rows::new(&output.form, &columns, shape.places.clone()),
            lines,
            compressor: Compressor::new(output.compression)?,
            block: output.compression.block(),
        })
    }

    /// Adds `rows`, lines of COPY text with their newlines, and says how many.
    pub(super) fn push(&mut self, rows: &[u8]) -> Result<u64, EncodeError> {
        let mut count = 0;
        match self {
            Encoder::Lines { rows: writer, lines, compressor, .. } => {
                count = writer.turn(rows, lines)?;
                if lines.len() >= PIECE {
                    compressor.push(lines)?;
                    lines.clear();
                }
            }
            Encoder::Parquet { writer, places, scratch, ready } => {
                for row in lines(rows) {
                    let row = row.strip_suffix(b"\n").unwrap_or(row);
                    let mut written = Ok(());
                    decode_copy_row(row, scratch, |index, value| {
                        if let (Ok(()), Some(Some(place))) = (&written, places.get(index)) {
                            written = writer.value(*place, value);
                        }
                    })?;
                    written?;
                    writer.end_row()?;
                    if writer.buffered() == 0 {
                        ready.append(&mut writer.take()?);
                    }
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// How many bytes the file may grow by when it ends now.
    pub(super) fn held(&self) -> u64 {
        match self {
            Encoder::Lines { lines, compressor, block, .. } => {
                lines.len() as u64 + compressor.ready() as u64 + block
            }
            Encoder::Parquet { writer, ready, .. } => (writer.buffered() + ready.len()) as u64,
        }
    }

    /// Takes the bytes that are ready.
    pub(super) fn take(&mut self) -> Vec<u8> {
        match self {
            Encoder::Lines { compressor, .. } => compressor.take(),
            Encoder::Parquet { ready, .. } => std::mem::take(ready),
        }
    }

    /// Ends the file; the rest is ready after it.
    pub(super) fn finish(&mut self) -> Result<(), EncodeError> {
        match self {
            Encoder::Lines { lines, compressor, .. } => {
                compressor.push(lines)?;
                lines.clear();
                compressor.finish()?;
            }
            Encoder::Parquet { writer, ready, .. } => {
                writer.finish()?;
                ready.append(&mut writer.take()?);
            }
        }
        Ok(())
    }
}

/// What a column of the query is in a Parquet file. Decimals without limits are kept to 38 digits, half of them after the
/// point (inferred).
fn kind(column: &ColumnDescription) -> ColumnKind {
    let packed = column.modifier.saturating_sub(4);
    let part = |value: i32| u16::try_from(value).unwrap_or_default();
    match column.type_oid {
        16 => ColumnKind::Boolean,
        21 | 23 => ColumnKind::Int32,
        20 => ColumnKind::Int64,
        700 => ColumnKind::Float,
        701 => ColumnKind::Double,
        1082 => ColumnKind::Date,
        1083 | 1266 => ColumnKind::Time(Ticks::Micros),
        1114 | 1184 => ColumnKind::Timestamp(Ticks::Julian),
        1700 if packed >= 0 => {
            ColumnKind::Decimal { precision: part((packed >> 16) & 0xffff), scale: part(packed & 0x7ff) }
        }
        1700 => ColumnKind::Decimal { precision: 38, scale: 19 },
        SUPER => ColumnKind::Nested,
        VARBYTE => ColumnKind::Bytes,
        _ => ColumnKind::Text,
    }
}
