//! What a vendor's guide asks for.

use std::{fmt, path::PathBuf};

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// `R57`.
    pub number: String,
    /// Whether and how it can be shown.
    pub kind: RequirementKind,
    /// Where it comes from: `spec-A`, `spec-B`, `vendor`, `aws`, `peer`, `measured`, `inferred`, `unsourced`.
    pub source: String,
    /// What it asks for, in our words.
    pub says: String,
    /// Why it cannot be shown, where it cannot.
    pub reason: Option<String>,
    /// The table of decisions that shows it, under `fixtures/`.
    pub check: Option<PathBuf>,
}

/// Whether and how a requirement can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequirementKind {
    /// A scenario proves it.
    Shown,
    /// A table of policy decisions shows it; nothing runs.
    Static,
    /// Only real AWS can show it.
    RemoteOnly,
    /// Nothing can be checked.
    NotCheckable,
}

impl fmt::Display for RequirementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shown => "shown",
            Self::Static => "shown by a table of decisions",
            Self::RemoteOnly => "only real AWS can show it",
            Self::NotCheckable => "not checkable",
        })
    }
}
