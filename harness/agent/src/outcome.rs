//! The success and error files: what became of each row.
//!
//! They are CSV (documented); a run never overwrites another's; a batch that fails contributes all its rows to the
//! error file, and none to the success file (documented). Which row caused the failure is in the message, if the
//! database says so.

use crate::error::Cause;
use crate::rows::Rows;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The column that the error file has besides those of the rows.
const MESSAGE: &str = "error_message";

/// Writes an entry for each row of the batches that were written.
pub(crate) fn write_success(dir: &Path, name: &str, batches: &[Rows]) -> Result<PathBuf, Cause> {
    let rows = batches.iter().flat_map(|batch| batch.rows.iter().cloned()).collect();
    write_new(dir, name, &Rows { columns: columns(batches.first()), rows })
}

/// Writes an entry for each row of the batches that failed, with the message of its batch.
pub(crate) fn write_error(dir: &Path, name: &str, batches: &[(Rows, String)]) -> Result<PathBuf, Cause> {
    let mut columns = columns(batches.first().map(|(batch, _)| batch));
    columns.push(MESSAGE.to_owned());
    let told = |(batch, message): &(Rows, String)| {
        let message = message.clone();
        batch.rows.clone().into_iter().map(move |mut row| {
            row.push(Some(message.clone()));
            row
        })
    };
    write_new(dir, name, &Rows { columns, rows: batches.iter().flat_map(told).collect() })
}

fn columns(first: Option<&Rows>) -> Vec<String> {
    first.map(|batch| batch.columns.clone()).unwrap_or_default()
}

fn write_new(dir: &Path, name: &str, rows: &Rows) -> Result<PathBuf, Cause> {
    let path = dir.join(name);
    let written = File::create_new(&path).and_then(|mut file| file.write_all(rows.to_csv().as_bytes()));
    written.map_err(|source| Cause::io(&path, source))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn rows() -> Rows {
        Rows::from_csv("id,name\n1,x\n2,\n").unwrap()
    }

    #[test]
    fn a_batch_goes_to_one_file_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let success = write_success(dir.path(), "s.csv", &[rows()]).unwrap();
        let error =
            write_error(dir.path(), "e.csv", &[(rows(), "value too long, \"x\"".to_owned())]).unwrap();
        assert_eq!(fs::read_to_string(success).unwrap(), "id,name\n1,x\n2,\n");
        let message = "\"value too long, \"\"x\"\"\"";
        assert_eq!(
            fs::read_to_string(error).unwrap(),
            format!("id,name,error_message\n1,x,{message}\n2,,{message}\n")
        );
    }

    #[test]
    fn a_file_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("s.csv"), "before").unwrap();
        assert!(matches!(write_success(dir.path(), "s.csv", &[rows()]), Err(Cause::Io { .. })));
        assert_eq!(fs::read_to_string(dir.path().join("s.csv")).unwrap(), "before");
    }
}
