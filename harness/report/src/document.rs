//! The report as one document.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use linchpin_scenario::{TrialReport, Verdict};
use serde::Serialize;
use thiserror::Error;

use crate::{KnownDifference, known_differences};

/// A run, as `report.json` holds it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The kind of stack: `embedded`, `containers` or `upstream`.
    pub stack: String,
    /// How long the run took, in seconds.
    pub seconds: f64,
    /// Every trial, in the order of the scenarios' names, cells and pins.
    pub trials: Vec<TrialReport>,
    /// How many trials came to each verdict; those that none came to are left out.
    pub summary: BTreeMap<Verdict, usize>,
    /// Where trials of this stack are known to come to something else than embedded ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_differences: Vec<KnownDifference>,
}

/// The report could not be written.
#[derive(Debug, Error)]
#[error("cannot write the report to `{}`: {source}; name another folder with `--report`", .path.display())]
pub struct WriteError {
    path: PathBuf,
    source: io::Error,
}

impl Report {
    /// A report of these trials.
    pub fn new(stack: &str, took: Duration, trials: Vec<TrialReport>) -> Self {
        let mut summary = BTreeMap::new();
        for trial in &trials {
            *summary.entry(trial.verdict).or_default() += 1;
        }
        let known_differences = if stack == "containers" { known_differences() } else { Vec::new() };
        Self { stack: stack.to_owned(), seconds: took.as_secs_f64(), trials, summary, known_differences }
    }

    /// Whether every trial came to what its scenario wants.
    pub fn is_as_told(&self) -> bool {
        self.trials.iter().all(|trial| trial.as_told)
    }

    /// The document.
    ///
    /// # Errors
    /// None that can happen: every key is a text. The type is serde's.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// Writes `report.json` into a folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn write(&self, folder: &Path) -> Result<PathBuf, WriteError> {
        let path = folder.join("report.json");
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| self.to_json().map_err(io::Error::from))
            .and_then(|json| std::fs::write(&path, json + "\n"));
        written.map_err(|source| WriteError { path: path.clone(), source })?;
        Ok(path)
    }
}
