//! What the runner tells while it runs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::causes::NeededBy;
use crate::verdict::Verdict;

/// One trial, when it is over.
#[derive(Clone, Debug, Serialize)]
pub struct TrialReport {
    /// The scenario's name.
    pub scenario: String,
    /// Its point of the matrix.
    pub cell: BTreeMap<String, String>,
    /// What was pulled; none for the baseline.
    pub pulled: Option<String>,
    /// What it came to.
    pub verdict: Verdict,
    /// Where the flow broke.
    pub step: Option<String>,
    /// What the user would see.
    pub error: Option<String>,
    /// The true cause, from what the harness knows; or why the trial was skipped.
    pub cause: Option<String>,
    /// Who needs what was pulled; none for the baseline, and where nothing broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_by: Option<NeededBy>,
    /// How sure the words are that a pull is expected to break with, and where they come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// What the built-in agent warned of, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Each call but the harness's own, in order: who, what, and how it was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
    /// What a connector's program wrote, a step after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<ProgramOutput>,
    /// How long it took.
    pub milliseconds: u64,
    /// Whether it is what the scenario wants.
    #[serde(skip)]
    pub as_told: bool,
}

/// What a connector's program wrote in one step: the end of it, where it is long.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramOutput {
    /// The step's name.
    pub step: String,
    /// On standard output.
    pub stdout: String,
    /// On standard error.
    pub stderr: String,
    /// Its exit code, or that its time was over.
    pub ended: String,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Progress {
    /// So many trials will be run.
    Planned(usize),
    /// One is over.
    Done(Box<TrialReport>),
    /// A part of a document was taken out, and this came of it.
    Tried(String),
}
