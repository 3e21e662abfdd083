//! The documents of a scenario that grant something.

use std::path::{Path, PathBuf};

use linchpin_policy::{Document, DocumentKind, Draft, MalformedPolicy, NoDraft, Part};
use thiserror::Error;

use crate::{
    model::{Pin, PinKind, Scenario, When},
    text::{Names, UnknownName, names_in},
};

/// A document as a scenario gives it.
pub(crate) struct Target {
    /// The pin's name.
    pub(crate) pin: String,
    /// The pin's cells.
    pub(crate) when: When,
    /// Under the fixtures.
    pub(crate) path: PathBuf,
    /// Who or what has it.
    pub(crate) holder: Holder,
    /// The file's text.
    pub(crate) source: String,
    /// The same, in parts.
    pub(crate) written: Draft,
}

/// Who or what has a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Users and roles, by their names.
    Principals(Vec<String>),
    /// The scenario's name of a bucket.
    Bucket(String),
    /// The scenario's name of a KMS key.
    Key(String),
}

/// Why a scenario's documents cannot be looked at.
#[derive(Debug, Error)]
pub enum TargetError {
    /// It has none.
    #[error("`{0}` gives nobody a policy: no pin of it is a `policy:`, `bucket policy of:` or `key:`")]
    None(String),
    /// A file cannot be read.
    #[error("cannot read the policy `{}`: {source}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is known only once a trial runs.
    #[error("the pin `{pin}` names its policy as `{}`: which file that is depends on the cell, and only one can be made smaller", .path.display())]
    Named {
        /// Whose.
        pin: String,
        /// As written.
        path: PathBuf,
    },
    /// A file is no document before its names are filled in.
    #[error("`{}` is {source}", .path.display())]
    NoDraft {
        /// Which.
        path: PathBuf,
        /// Why.
        source: NoDraft,
    },
    /// A file is no policy.
    #[error("`{}` is not a policy: {source}", .path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Why.
        source: MalformedPolicy,
    },
    /// A name in a file stands for nothing.
    #[error(transparent)]
    Name(#[from] UnknownName),
}

/// Every policy of users, roles, buckets and keys, in the order of the pins.
pub(crate) fn targets(scenario: &Scenario, fixtures: &Path) -> Result<Vec<Target>, TargetError> {
    let targets = scenario.pins.iter().filter_map(|pin| target(pin, fixtures));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    if targets.is_empty() { Err(TargetError::None(scenario.name.clone())) } else { Ok(targets) }
}

/// The documents that are left as they are: whom a role trusts is no matter of least rights.
pub(crate) fn untouched(scenario: &Scenario) -> Vec<String> {
    let trust = scenario.pins.iter().filter_map(|pin| match &pin.kind {
        PinKind::Trust { document, role, .. } => {
            Some(format!("the trust policy of `{role}` ({})", document.display()))
        }
        _ => None,
    });
    trust.collect()
}

fn target(pin: &Pin, fixtures: &Path) -> Option<Result<Target, TargetError>> {
    let (path, holder) = match &pin.kind {
        PinKind::Policy { document, on, .. } => (document, Holder::Principals(on.clone())),
        PinKind::BucketPolicy { document: Some(document), bucket, .. } => {
            (document, Holder::Bucket(bucket.clone()))
        }
        PinKind::Key { policy, key, .. } => (policy, Holder::Key(key.clone())),
        _ => return None,
    };
    Some(read(pin, path, holder, fixtures))
}

fn read(pin: &Pin, path: &Path, holder: Holder, fixtures: &Path) -> Result<Target, TargetError> {
    let path = path.to_owned();
    if names_in(&path.to_string_lossy()).next().is_some() {
        return Err(TargetError::Named { pin: pin.name.clone(), path });
    }
    let source = match std::fs::read_to_string(fixtures.join(&path)) {
        Ok(source) => source,
        Err(source) => return Err(TargetError::Unreadable { path, source }),
    };
    let written = match Draft::parse(&source) {
        Ok(written) => written,
        Err(source) => return Err(TargetError::NoDraft { path, source }),
    };
    Ok(Target { pin: pin.name.clone(), when: pin.when.clone(), path, holder, source, written })
}

impl Target {
    /// The document as it stood in a trial.
    pub(crate) fn document(&self, names: &Names) -> Result<Document, TargetError> {
        let kind = match self.holder {
            Holder::Principals(_) => DocumentKind::Identity,
            Holder::Bucket(_) | Holder::Key(_) => DocumentKind::Resource,
        };
        let document = Document::parse(&names.fill(&self.source)?, kind);
        document.map_err(|source| TargetError::Malformed { path: self.path.clone(), source })
    }

    /// `policies/minimal.json:6:15`: of the part, or of its statement where the file does not hold the part itself.
    pub(crate) fn place(&self, part: &Part) -> String {
        let file = self.path.display();
        let statement = || Part::Statement(part.statement()).place(&self.source);
        match part.place(&self.source).or_else(statement) {
            Some(at) => format!("{file}:{}:{}", at.line, at.column),
            None => file.to_string(),
        }
    }

    /// A part in words.
    pub(crate) fn name(&self, part: &Part) -> String {
        let statement = self.written.name(part.statement());
        match part {
            Part::Statement(_) => format!("statement {statement}"),
            Part::Member { element, text, .. } => {
                format!("{} `{text}` of statement {statement}", element.name().to_ascii_lowercase())
            }
        }
    }
}
