//! The manifest of an UNLOAD.

use serde_json::{Value, json};

use super::parse::Manifest;
use super::upload::Written;
use crate::wire::ColumnDescription;

/// A file that was written.
#[derive(Debug)]
pub(crate) struct WrittenFile {
    pub(crate) object: Written,
    /// Its lines, the header's too (documented).
    pub(crate) records: u64,
    pub(crate) slice: usize,
}

/// The manifest's text; `VERBOSE` adds counts, columns and the author (documented, except for the names of a
/// number's limits).
pub(crate) fn text(kind: Manifest, files: &[WrittenFile], columns: &[ColumnDescription]) -> String {
    let entries: Vec<_> = files.iter().map(|file| entry(kind, file)).collect();
    let manifest = match kind {
        Manifest::Plain => json!({ "entries": entries }),
        Manifest::Verbose => {
            let bytes: u64 = files.iter().map(|file| file.object.bytes).sum();
            let records: u64 = files.iter().map(|file| file.records).sum();
            let elements: Vec<_> = columns.iter().map(element).collect();
            json!({
                "entries": entries,
                "schema": { "elements": elements },
                "meta": { "content_length": bytes, "record_count": records },
                "author": { "name": "Amazon Redshift", "version": "1.0.0" },
            })
        }
    };
    manifest.to_string()
}

fn entry(kind: Manifest, file: &WrittenFile) -> Value {
    let bytes = file.object.bytes;
    let meta = match kind {
        Manifest::Plain => json!({ "content_length": bytes }),
        Manifest::Verbose => json!({ "content_length": bytes, "record_count": file.records }),
    };
    json!({ "url": file.object.at.url(), "meta": meta })
}

fn element(column: &ColumnDescription) -> Value {
    json!({ "name": column.name, "type": column_type(column) })
}

fn column_type(column: &ColumnDescription) -> Value {
    let limit = column.modifier.saturating_sub(4);
    let base = match column.type_oid {
        16 => "boolean",
        20 => "bigint",
        21 => "smallint",
        23 => "integer",
        700 => "real",
        701 => "double precision",
        1082 => "date",
        1083 => "time without time zone",
        1114 => "timestamp without time zone",
        1184 => "timestamp with time zone",
        1266 => "time with time zone",
        1042 => return json!({ "base": "character", "max_length": limit.max(1) }),
        1700 if limit >= 0 => {
            return json!({ "base": "numeric", "precision": limit >> 16, "scale": limit & 0xffff });
        }
        1700 => "numeric",
        // Text of no declared length is as long as VARCHAR may be.
        _ => {
            let length = if column.type_oid == 1043 && limit > 0 { limit } else { 65535 };
            return json!({ "base": "character varying", "max_length": length });
        }
    };
    json!({ "base": base })
}
