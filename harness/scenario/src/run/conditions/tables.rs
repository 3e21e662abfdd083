//! Rows as text, compared without regard to order.

use std::path::Path;

/// A header and its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a CSV file with a header.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let unreadable = |error: csv::Error| format!("`{}` cannot be read: {error}", path.display());
        let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
        let header = texts(reader.headers().map_err(unreadable)?);
        let rows = reader.records().map(|record| record.map(|record| texts(&record)));
        Ok(Self { header, rows: rows.collect::<Result<_, _>>().map_err(unreadable)? })
    }

    /// Takes a column out; nothing where there is none of that name.
    pub(crate) fn take_column(&mut self, name: &str) -> Vec<String> {
        let Some(at) = self.header.iter().position(|column| column == name) else { return Vec::new() };
        self.header.remove(at);
        self.rows.iter_mut().filter(|row| at < row.len()).map(|row| row.remove(at)).collect()
    }

    /// The first difference, in words; none when the rows are the same.
    pub(crate) fn difference(&self, expected: &Self) -> Option<String> {
        if self.header != expected.header {
            return Some(format!("has the columns {:?}, not {:?}", self.header, expected.header));
        }
        let (mut ours, mut theirs) = (self.rows.clone(), expected.rows.clone());
        ours.sort();
        theirs.sort();
        let missing = theirs.iter().find(|row| !ours.contains(row));
        let surplus = ours.iter().find(|row| !theirs.contains(row));
        match (missing, surplus) {
            (Some(row), _) => {
                Some(format!("lacks the row {row:?} ({} rows, not {})", ours.len(), theirs.len()))
            }
            (None, Some(row)) => {
                Some(format!("has the row {row:?} ({} rows, not {})", ours.len(), theirs.len()))
            }
            (None, None) if ours != theirs => Some(format!("has {} rows, not {}", ours.len(), theirs.len())),
            (None, None) => None,
        }
    }
}

fn texts(record: &csv::StringRecord) -> Vec<String> {
    record.iter().map(str::to_owned).collect()
}
