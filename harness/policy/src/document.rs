//! Policy documents: parsed and validated.

use crate::{
    json::Node,
    malformed::MalformedPolicy,
    parse,
    statement::{Effect, Statement},
};

/// Where a document is attached; the elements it may hold depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// An identity policy, boundary or session policy: `Resource`, no `Principal`.
    Identity,
    /// A bucket or key policy: `Principal` and `Resource`.
    Resource,
    /// A role's trust policy: `Principal`, no `Resource`.
    Trust,
}

/// A policy document, parsed once and valid.
#[derive(Clone, Debug)]
pub struct Document {
    source: String,
    kind: DocumentKind,
    statements: Vec<Statement>,
}

impl Document {
    /// Parses and validates a document.
    ///
    /// # Errors
    /// [`MalformedPolicy`] with IAM's reason.
    pub fn parse(source: &str, kind: DocumentKind) -> Result<Self, MalformedPolicy> {
        let statements = parse::statements(source, kind)?;
        Ok(Self { source: source.to_owned(), kind, statements })
    }

    /// Validates a document that is part of a larger JSON text.
    pub(crate) fn from_node(node: &Node, kind: DocumentKind) -> Result<Self, MalformedPolicy> {
        Ok(Self { source: node.to_json(), kind, statements: parse::statements_of(node, kind)? })
    }

    /// The text that was parsed, unchanged.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What the document was parsed as.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The statements, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The `Action` patterns of the Allow statements, each once, as first written.
    pub fn actions(&self) -> Vec<&str> {
        let mut actions: Vec<&str> = Vec::new();
        let allowing = self.statements.iter().filter(|statement| statement.effect() == Effect::Allow);
        for action in allowing.flat_map(Statement::actions) {
            if !actions.iter().any(|known| known.eq_ignore_ascii_case(action)) {
                actions.push(action);
            }
        }
        actions
    }
}

/// Two documents are equal when they read the same in the same place.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.kind == other.kind
    }
}

impl Eq for Document {}
