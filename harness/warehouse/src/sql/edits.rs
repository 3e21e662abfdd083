//! Changes to a statement's text that leave the rest of it as the client wrote it.

use super::token::Token;

/// Replacements, in any order; of two that overlap, the one added first counts.
#[derive(Debug, Default)]
pub(crate) struct Edits(Vec<Edit>);

#[derive(Debug)]
struct Edit {
    from: usize,
    to: usize,
    text: String,
}

impl Edits {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts `text` in the place of `tokens`.
    pub(crate) fn replace(&mut self, tokens: &[Token<'_>], text: impl Into<String>) {
        if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
            self.push(first.offset, last.end(), text.into());
        }
    }

    /// Takes `tokens` out.
    pub(crate) fn remove(&mut self, tokens: &[Token<'_>]) {
        self.replace(tokens, "");
    }

    /// Puts `text` behind `token`.
    pub(crate) fn append(&mut self, token: &Token<'_>, text: impl Into<String>) {
        self.push(token.end(), token.end(), text.into());
    }

    /// Takes out everything behind `before`, up to and with `last`.
    pub(crate) fn remove_between(&mut self, before: &Token<'_>, last: &Token<'_>) {
        self.push(before.end(), last.end(), String::new());
    }

    /// Adds what does not overlap.
    pub(crate) fn extend(&mut self, other: Edits) {
        other.0.into_iter().for_each(|edit| self.push(edit.from, edit.to, edit.text));
    }

    fn push(&mut self, from: usize, to: usize, text: String) {
        let overlaps = |edit: &Edit| from < edit.to && edit.from < to;
        if !self.0.iter().any(overlaps) {
            self.0.push(Edit { from, to, text });
        }
    }

    /// The text from the first to the last of `tokens`, changed.
    pub(crate) fn apply(mut self, sql: &str, tokens: &[Token<'_>]) -> String {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return String::new() };
        self.0.sort_by_key(|edit| (edit.from, edit.to));
        let (mut text, mut at) = (String::new(), first.offset);
        for edit in self.0 {
            text.push_str(sql.get(at..edit.from).unwrap_or_default());
            text.push_str(&edit.text);
            at = edit.to.max(at);
        }
        text.push_str(sql.get(at..last.end()).unwrap_or_default());
        text
    }
}
