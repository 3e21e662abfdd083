//! The physical attributes of a table, which PostgreSQL has no place for: they are kept in the catalog.

use std::collections::BTreeMap;

use serde::Serialize;

use super::expression::Source;
use super::token::Token;

/// What a statement says about a table; what it does not say stays as it was.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) diststyle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) distkey: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sortstyle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sortkey: Option<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) encodings: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backup: Option<String>,
    /// Of a materialized view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) autorefresh: Option<String>,
}

impl Attributes {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Attributes::default()
    }

    /// The statement that keeps them, for the table of that name.
    pub(crate) fn statement(&self, table: &str) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("SELECT pg_catalog.linchpin_keep_attributes({}, {})", literal(table), literal(&json))
    }
}

/// A string literal in a session that takes backslash escapes.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// The names in a list of columns.
pub(crate) fn names(source: &Source<'_>, tokens: &[Token<'_>]) -> Vec<String> {
    tokens.iter().filter_map(|token| source.name(token)).collect()
}

/// The encoding that `token` names, as the catalog tells it: of RAW, `none` (documented).
pub(crate) fn encoding(token: &Token<'_>) -> Option<String> {
    token.identifier().map(|name| if name == "raw" { "none".to_owned() } else { name.to_lowercase() })
}
