//! PARTITION BY: which columns make the folder of a row.

use linchpin_formats::{CopyTextError, decode_copy_row};
use thiserror::Error;

use super::encode::Shape;
use super::parse::{Included, Partition};
use crate::wire::ColumnDescription;

/// The folder of NULL (documented).
const NULL_FOLDER: &str = "__HIVE_DEFAULT_PARTITION__";

/// Types that may make folders (documented), and FLOAT8 is none.
const KEY_TYPES: [u32; 10] = [16, 20, 21, 23, 25, 700, 1042, 1043, 1082, 1114];

/// PARTITION BY that does not fit the query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PartitionError {
    #[error("column `{0}` of PARTITION BY is not in the query")]
    NoColumn(String),
    #[error("column `{0}` is twice in PARTITION BY")]
    Twice(String),
    #[error("column `{0}` of PARTITION BY is of a type that makes no folders")]
    Type(String),
    #[error("all columns of the query are in PARTITION BY")]
    NothingLeft,
}

/// Finds the folder of each row.
#[derive(Debug)]
pub(super) struct Folders {
    /// The columns' names and places in the query.
    keys: Vec<(String, usize)>,
    values: Vec<Option<String>>,
    /// The written keys of the row before, so that a folder is made only when they change.
    last: Vec<u8>,
    scratch: Vec<u8>,
}

impl Folders {
    pub(super) fn new(
        partition: &Partition,
        columns: &[ColumnDescription],
    ) -> Result<Folders, PartitionError> {
        let mut keys: Vec<(String, usize)> = Vec::new();
        for name in &partition.columns {
            let at = columns.iter().position(|column| column.name == *name);
            let at = at.ok_or_else(|| PartitionError::NoColumn(name.clone()))?;
            if keys.iter().any(|(_, key)| *key == at) {
                return Err(PartitionError::Twice(name.clone()));
            }
            let kind = columns.get(at).map_or(0, |column| column.type_oid);
            if !KEY_TYPES.contains(&kind) && kind != 1700 {
                return Err(PartitionError::Type(name.clone()));
            }
            keys.push((name.clone(), at));
        }
        if partition.included == Included::No && keys.len() == columns.len() {
            return Err(PartitionError::NothingLeft);
        }
        Ok(Folders { keys, values: Vec::new(), last: Vec::new(), scratch: Vec::new() })
    }

    /// The query whose rows come folder by folder, in the order that they had.
    pub(super) fn ordered(&self, query: &str) -> String {
        let places: Vec<_> = self.keys.iter().map(|(_, at)| (at + 1).to_string()).collect();
        format!("SELECT * FROM ({query}\n) AS rows ORDER BY {}, row_number() OVER ()", places.join(", "))
    }

    /// The folder of `row`, a line of COPY text, if it is another than that of the row before.
    pub(super) fn next(&mut self, row: &[u8]) -> Result<Option<String>, CopyTextError> {
        let fields = || row.split(|byte| *byte == b'\t');
        let written = self.keys.iter().filter_map(|(_, at)| fields().nth(*at));
        let written: Vec<u8> = written.flat_map(|field| field.iter().chain(b"\t")).copied().collect();
        if written == self.last {
            return Ok(None);
        }
        self.last = written;
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        let (keys, values) = (&self.keys, &mut self.values);
        values.clear();
        values.resize(keys.len(), None);
        decode_copy_row(row, &mut self.scratch, |index, value| {
            let key = keys.iter().position(|(_, at)| *at == index);
            if let Some(slot) = key.and_then(|key| values.get_mut(key)) {
                *slot = value.map(|value| String::from_utf8_lossy(value).into_owned());
            }
        })?;
        let folder = keys
            .iter()
            .zip(&self.values)
            .map(|((name, _), value)| format!("{name}={}/", value.as_deref().unwrap_or(NULL_FOLDER)));
        Ok(Some(folder.collect()))
    }
}

/// What files have of `columns`: all but the keys, unless these are included.
pub(super) fn shape(columns: Vec<ColumnDescription>, partition: Option<&Partition>) -> Shape {
    let left_out = |column: &ColumnDescription| {
        partition.is_some_and(|partition| {
            partition.included == Included::No && partition.columns.contains(&column.name)
        })
    };
    let mut next = 0;
    let place = |column: &ColumnDescription| {
        (!left_out(column)).then(|| {
            next += 1;
            next - 1
        })
    };
    let places = columns.iter().map(place).collect();
    Shape { columns, places }
}
