//! `wordings.yaml`: how sure the words are that a broken flow is expected to say.

use std::path::Path;

use super::scenario::{LoadError, read_file};
use crate::{
    model::{Sureness, Wording, Wordings},
    syntax::{Diagnostic, Fields, Node, choice, parse},
};

/// The file's name, beside the folders of scenarios.
pub(super) const FILE: &str = "wordings.yaml";

/// The wordings of a folder of scenarios; none where it has no such file.
///
/// # Errors
/// The file cannot be read, or its content is wrong.
pub fn load_wordings(folder: &Path) -> Result<Wordings, LoadError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(Wordings::default());
    }
    let source = read_file(&path)?;
    read(&source).map(Wordings).map_err(|wrong| LoadError::Wrong(wrong.in_file(&path, &source)))
}

fn read(source: &str) -> Result<Vec<Wording>, Diagnostic> {
    parse(source)?.map()?.iter().map(|(text, body)| wording(text, body)).collect()
}

fn wording(text: &Node, body: &Node) -> Result<Wording, Diagnostic> {
    let mut fields = Fields::of(body)?;
    let wording = Wording {
        text: text.text()?.to_owned(),
        sure: choice(fields.required("sure")?, "sureness", &Sureness::WORDS)?,
        source: fields.text("source")?,
    };
    fields.finish()?;
    Ok(wording)
}
