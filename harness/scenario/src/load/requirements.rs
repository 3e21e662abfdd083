//! `requirements.yaml`: what is to be shown, and where it comes from.

use std::path::Path;

use super::scenario::{LoadError, read_file};
use crate::{
    model::{Requirement, RequirementKind},
    syntax::{Diagnostic, Fields, Node, choice, parse},
};

/// The file's name, beside the folders of scenarios.
pub(super) const FILE: &str = "requirements.yaml";

const KINDS: [(&str, RequirementKind); 4] = [
    ("shown", RequirementKind::Shown),
    ("static", RequirementKind::Static),
    ("remote only", RequirementKind::RemoteOnly),
    ("not checkable", RequirementKind::NotCheckable),
];

/// The requirements of a folder of scenarios, in the order of the file.
///
/// # Errors
/// The file cannot be read, or its content is wrong.
pub fn load_requirements(folder: &Path) -> Result<Vec<Requirement>, LoadError> {
    let path = folder.join(FILE);
    let source = read_file(&path)?;
    read(&source).map_err(|wrong| LoadError::Wrong(wrong.in_file(&path, &source)))
}

fn read(source: &str) -> Result<Vec<Requirement>, Diagnostic> {
    parse(source)?.map()?.iter().map(|(number, body)| requirement(number, body)).collect()
}

fn requirement(number: &Node, body: &Node) -> Result<Requirement, Diagnostic> {
    let mut fields = Fields::of(body)?;
    let kind = fields.required("kind")?;
    let requirement = Requirement {
        number: number.text()?.to_owned(),
        kind: choice(kind, "kind of requirement", &KINDS)?,
        source: fields.text("source")?,
        says: fields.text("says")?,
        reason: fields.optional_text("reason")?,
        check: fields.optional_text("check")?.map(Into::into),
    };
    fields.finish()?;
    if (requirement.kind == RequirementKind::Static) != requirement.check.is_some() {
        return Err(Diagnostic::new(
            kind.span.clone(),
            "`check` is missing, or needless",
            "`static` names a table of decisions under the fixtures, the other kinds name none",
        ));
    }
    let needs_reason =
        matches!(requirement.kind, RequirementKind::RemoteOnly | RequirementKind::NotCheckable);
    if needs_reason && requirement.reason.is_none() {
        return Err(Diagnostic::new(
            kind.span.clone(),
            "`reason` is missing",
            "why can it not be shown here?",
        ));
    }
    Ok(requirement)
}
