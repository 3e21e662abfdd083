//! A mapping whose keys are known: each is asked for once, and what is left over is a mistake.

use super::{Diagnostic, Node};

/// The fields of one mapping.
pub(crate) struct Fields<'a> {
    node: &'a Node,
    left: Vec<(&'a str, &'a Node, &'a Node)>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(node: &'a Node) -> Result<Self, Diagnostic> {
        let entries = node.map()?.iter().map(|(key, value)| Ok((key.text()?, key, value)));
        Ok(Self { node, left: entries.collect::<Result<_, Diagnostic>>()?, known: Vec::new() })
    }

    /// Keys that are none of these are told first: a misspelt one would only be missing.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Diagnostic> {
        match self.left.iter().find(|(name, ..)| !known.contains(name)) {
            None => Ok(()),
            Some((name, key, _)) => Err(unknown("key", name, key, known)),
        }
    }

    /// A field that may be there.
    pub(crate) fn optional(&mut self, name: &'static str) -> Option<&'a Node> {
        self.known.push(name);
        let at = self.left.iter().position(|(key, ..)| *key == name)?;
        Some(self.left.remove(at).2)
    }

    /// A field that must be there.
    pub(crate) fn required(&mut self, name: &'static str) -> Result<&'a Node, Diagnostic> {
        let missing = || {
            Diagnostic::new(
                self.node.span.clone(),
                format!("`{name}` is missing"),
                format!("expected a key `{name}`"),
            )
        };
        let missing = missing();
        self.optional(name).ok_or(missing)
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<String, Diagnostic> {
        Ok(self.required(name)?.text()?.to_owned())
    }

    pub(crate) fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, Diagnostic> {
        self.optional(name).map(|node| node.text().map(str::to_owned)).transpose()
    }

    /// Whether a key is there, without taking it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(key, ..)| *key == name)
    }

    /// Nothing may be left over.
    pub(crate) fn finish(self) -> Result<(), Diagnostic> {
        match self.left.first() {
            None => Ok(()),
            Some((name, key, _)) => Err(unknown("key", name, key, &self.known)),
        }
    }
}

/// Reads one of several words.
pub(crate) fn choice<T: Copy>(node: &Node, what: &str, words: &[(&'static str, T)]) -> Result<T, Diagnostic> {
    let text = node.text()?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    let known: Vec<&'static str> = words.iter().map(|(word, _)| *word).collect();
    found.ok_or_else(|| unknown(what, text, node, &known))
}

/// An unknown word, with the nearest known one.
pub(crate) fn unknown(what: &str, word: &str, node: &Node, known: &[&str]) -> Diagnostic {
    let nearest = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3 + 1)
        .min();
    let expected = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let diagnostic = Diagnostic::new(
        node.span.clone(),
        format!("unknown {what} `{word}`"),
        format!("expected one of {expected}"),
    );
    match nearest {
        Some((_, candidate)) => diagnostic.help(format!("did you mean `{candidate}`?")),
        None => diagnostic,
    }
}
