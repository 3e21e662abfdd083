//! The file that the record of every AWS call is written to.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use crate::error::CliError;

/// A file that is there before anything runs, so that one that cannot be written is told at once.
pub(crate) struct RecordFile {
    path: PathBuf,
    file: File,
}

impl RecordFile {
    /// Makes the file, where one is asked for.
    pub(crate) fn create(path: Option<&Path>) -> Result<Option<Self>, CliError> {
        let Some(path) = path.map(Path::to_owned) else { return Ok(None) };
        match File::create(&path) {
            Ok(file) => Ok(Some(Self { path, file })),
            Err(source) => Err(CliError::Record { path, source }),
        }
    }

    /// Writes the record's lines.
    pub(crate) fn write(mut self, lines: &str) -> Result<(), CliError> {
        let written = self.file.write_all(lines.as_bytes());
        written.map_err(|source| CliError::Record { path: self.path, source })
    }
}
