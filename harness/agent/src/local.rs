//! The agent's folders: the staging folder of one run, and its compressed parts.

use crate::connection::Connection;
use crate::error::Cause;
use crate::plan::NULL;
use crate::rows::{Dialect, Rows, Value, write_row};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::macros::format_description;

/// Rows are spread over so many parts by default, so that a load has to find them by their prefix.
const PARTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);
const RANDOM_CHARACTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const RANDOM_LENGTH: usize = 8;

/// What tells this run's files and objects from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunName(String);

impl RunName {
    /// A name for a run that starts now.
    pub(crate) fn new() -> Self {
        let random = std::iter::repeat_with(|| rand::random_range(0..RANDOM_CHARACTERS.len()));
        let random = random.filter_map(|index| RANDOM_CHARACTERS.get(index)).map(|byte| char::from(*byte));
        Self::at(OffsetDateTime::now_utc(), &random.take(RANDOM_LENGTH).collect::<String>())
    }

    /// `MMddHHmmssSSS` and a few characters more, as Informatica writes it (documented).
    fn at(time: OffsetDateTime, random: &str) -> Self {
        let format = format_description!("[month][day][hour][minute][second][subsecond digits:3]");
        // Formatting fails only for components that the time lacks, and this one has them all.
        Self(format!("{}{random}", time.format(format).unwrap_or_default()))
    }

    /// Informatica's name of the local staging folder (documented); the objects go under the same name.
    pub(crate) fn staging_folder(&self) -> String {
        format!("infaRedShiftStaging{}", self.0)
    }

    /// What the keys of this run's objects start with.
    pub(crate) fn key_prefix(&self, connection: &Connection) -> String {
        let prefix = connection.prefix.trim_end_matches('/');
        let separator = if prefix.is_empty() { "" } else { "/" };
        format!("{prefix}{separator}{}/", self.staging_folder())
    }

    pub(crate) fn temp_table(&self, batch: usize) -> String {
        format!("infa_stg_{}_{batch}", self.0)
    }

    /// A success or error file of a table. A name may be chosen freely: Informatica's is not known.
    pub(crate) fn outcome_file(&self, table: &str, outcome: &str) -> String {
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
        format!("{}_{}_{outcome}.csv", table.chars().map(safe).collect::<String>(), self.0)
    }
}

/// The run's local staging folder; removed on drop if `remove` did not.
#[derive(Debug)]
pub(crate) struct StagingFolder {
    path: PathBuf,
}

impl StagingFolder {
    /// A hosted agent, which has no folder of the customer's, takes the machine's own.
    pub(crate) fn create(staging_dir: Option<&Path>, name: &RunName) -> Result<Self, Cause> {
        let machines = std::env::temp_dir();
        let path = staging_dir.unwrap_or(&machines).join(name.staging_folder());
        fs::create_dir(&path).map_err(|source| Cause::io(&path, source))?;
        Ok(Self { path })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes the rows of a load as parts, `most` of them unless it is not told, and names these.
    pub(crate) fn write_parts(
        &self,
        load: usize,
        rows: &Rows,
        dialect: Dialect,
        most: Option<NonZeroUsize>,
    ) -> Result<Vec<String>, Cause> {
        refuse_null_marker(rows)?;
        let mut names = Vec::new();
        for (number, part) in parts(&rows.rows, most.unwrap_or(PARTS)).into_iter().enumerate() {
            let name = format!("batch_{load:04}_part_{number:04}.csv.gz");
            let path = self.file(&name);
            write_part(&path, part, dialect).map_err(|source| Cause::io(&path, source))?;
            names.push(name);
        }
        Ok(names)
    }

    pub(crate) fn remove(self) -> Result<(), Cause> {
        fs::remove_dir_all(&self.path).map_err(|source| Cause::io(&self.path, source))
    }
}

impl Drop for StagingFolder {
    fn drop(&mut self) {
        // After `remove` there is nothing left to remove.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Whether files can be written into the folder.
pub(crate) fn check_writable(folder: &Path) -> Result<(), Cause> {
    tempfile::tempfile_in(folder).map(drop).map_err(|source| Cause::io(folder, source))
}

/// The text of a part.
pub(crate) fn decompress(bytes: &[u8]) -> io::Result<String> {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text)?;
    Ok(text)
}

/// There is always a part: COPY refuses a prefix without objects (measured by others).
fn parts(rows: &[Vec<Value>], most: NonZeroUsize) -> Vec<&[Vec<Value>]> {
    if rows.is_empty() {
        return vec![rows];
    }
    rows.chunks(rows.len().div_ceil(most.get())).collect()
}

fn write_part(path: &Path, rows: &[Vec<Value>], dialect: Dialect) -> io::Result<()> {
    let mut file = GzEncoder::new(File::create_new(path)?, Compression::fast());
    let mut line = String::new();
    for row in rows {
        line.clear();
        write_row(&mut line, row, dialect);
        file.write_all(line.as_bytes())?;
    }
    file.finish()?;
    Ok(())
}

/// COPY does not tell a quoted null string from one without quotes.
fn refuse_null_marker(rows: &Rows) -> Result<(), Cause> {
    for (index, row) in rows.rows.iter().enumerate() {
        if let Some((column, value)) =
            rows.columns.iter().zip(row).find(|(_, value)| value.as_deref() == Some(NULL))
        {
            let value = value.clone().unwrap_or_default();
            return Err(Cause::NullMarker { row: index + 1, column: column.clone(), value });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn rows(count: usize) -> Rows {
        let row = |number: usize| vec![Some(number.to_string()), Some("a\u{1e}b".to_owned()), None];
        Rows {
            columns: ["id", "text", "none"].map(str::to_owned).to_vec(),
            rows: (0..count).map(row).collect(),
        }
    }

    const DIALECT: Dialect = Dialect { delimiter: '\u{1e}', quote: '\u{1f}', null: NULL };

    #[test]
    fn names_of_a_run() {
        let name = RunName::at(datetime!(2026-11-05 09:07:03.012 UTC), "a1b2");
        assert_eq!(name.staging_folder(), "infaRedShiftStaging1105090703012a1b2");
        assert_eq!(name.temp_table(0), "infa_stg_1105090703012a1b2_0");
        assert_eq!(
            name.outcome_file("public.a b/c", "success"),
            "public.a_b_c_1105090703012a1b2_success.csv"
        );
        assert_ne!(RunName::new(), RunName::new());
        assert_eq!(RunName::new().0.len(), 13 + RANDOM_LENGTH);
    }

    #[test]
    fn rows_are_spread_over_parts() {
        let most = |most| NonZeroUsize::new(most).unwrap();
        for (count, most, expected) in [
            (0, PARTS, vec![0]),
            (1, PARTS, vec![1]),
            (2, PARTS, vec![1, 1]),
            (4, PARTS, vec![1; 4]),
            (5, PARTS, vec![2, 2, 1]),
            (9, PARTS, vec![3; 3]),
            (5, most(1), vec![5]),
            (5, most(2), vec![3, 2]),
            (5, most(9), vec![1; 5]),
        ] {
            let rows = rows(count);
            let lengths: Vec<_> = parts(&rows.rows, most).into_iter().map(<[_]>::len).collect();
            assert_eq!(lengths, expected, "{count} rows, {most} parts");
        }
    }

    #[test]
    fn parts_are_written_compressed_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let folder = StagingFolder::create(Some(dir.path()), &RunName::new()).unwrap();
        let names = folder.write_parts(0, &rows(2), DIALECT, None).unwrap();
        let text = |name: &str| decompress(&fs::read(folder.file(name)).unwrap()).unwrap();
        assert_eq!(names, ["batch_0000_part_0000.csv.gz", "batch_0000_part_0001.csv.gz"]);
        assert_eq!(text(&names[1]), "1\u{1e}\u{1f}a\u{1e}b\u{1f}\u{1e}@NULL@\n");
        folder.remove().unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_null_marker_is_no_value() {
        let dir = tempfile::tempdir().unwrap();
        let folder = StagingFolder::create(Some(dir.path()), &RunName::new()).unwrap();
        let mut rows = rows(3);
        rows.rows[1][2] = Some(NULL.to_owned());
        let error = folder.write_parts(0, &rows, DIALECT, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "row 2, column `none`: the value `@NULL@` is what stands for NULL in staged files"
        );
    }
}
