//! `PRIMARY KEY`, `UNIQUE` and `FOREIGN KEY`: declared to the catalog, since PostgreSQL would enforce them.

use serde::Serialize;

use super::alter::name_length;
use super::attributes::{literal, names};
use super::expression::{Source, parenthesized, quoted};
use super::token::Token;

/// A key of a table.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Key {
    kind: Kind,
    /// As PostgreSQL names it, where the statement does not.
    name: Option<String>,
    columns: Vec<String>,
    /// The table that a foreign key refers to, and its columns; the primary key's where none are said.
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referenced: Option<Vec<String>>,
}

/// What it is, by the letter of `pg_constraint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum Kind {
    #[serde(rename = "p")]
    Primary,
    #[serde(rename = "u")]
    Unique,
    #[serde(rename = "f")]
    Foreign,
}

impl Key {
    /// The key that an element of a table is: `[CONSTRAINT name] PRIMARY KEY (..)` and the like, and how many tokens.
    pub(crate) fn of_table(source: &Source<'_>, element: &[Token<'_>]) -> Option<(Key, usize)> {
        let (name, taken, rest) = named(source, element);
        let (kind, words) = match rest {
            [primary, key, ..] if primary.is_word("primary") && key.is_word("key") => (Kind::Primary, 2),
            [unique, ..] if unique.is_word("unique") => (Kind::Unique, 1),
            [foreign, key, ..] if foreign.is_word("foreign") && key.is_word("key") => (Kind::Foreign, 2),
            _ => return None,
        };
        let (columns, length) = parenthesized(rest.get(words..)?)?;
        let key = Key { kind, name, columns: names(source, columns), references: None, referenced: None };
        let behind = words + length;
        if kind != Kind::Foreign {
            return Some((key, taken + behind));
        }
        let (key, length) = key.referring(source, rest.get(behind..)?)?;
        Some((key, taken + behind + length))
    }

    /// The key that an attribute of `column` is, and how many tokens.
    pub(crate) fn of_column(
        source: &Source<'_>,
        column: &str,
        attribute: &[Token<'_>],
    ) -> Option<(Key, usize)> {
        let (name, taken, rest) = named(source, attribute);
        let key = |kind| {
            let (name, columns) = (name.clone(), vec![column.to_owned()]);
            Key { kind, name, columns, references: None, referenced: None }
        };
        match rest {
            [primary, word, ..] if primary.is_word("primary") && word.is_word("key") => {
                Some((key(Kind::Primary), taken + 2))
            }
            [unique, ..] if unique.is_word("unique") => Some((key(Kind::Unique), taken + 1)),
            [references, ..] if references.is_word("references") => {
                let (key, length) = key(Kind::Foreign).referring(source, rest)?;
                Some((key, taken + length))
            }
            _ => None,
        }
    }

    /// `REFERENCES table [(columns)]`.
    fn referring(mut self, source: &Source<'_>, rest: &[Token<'_>]) -> Option<(Key, usize)> {
        let (references, rest) = rest.split_first()?;
        if !references.is_word("references") {
            return None;
        }
        let (table, behind) = rest.split_at_checked(name_length(rest))?;
        self.references = Some(source.render(table));
        let columns = parenthesized(behind);
        self.referenced = columns.map(|(columns, _)| names(source, columns));
        Some((self, 1 + table.len() + columns.map_or(0, |(_, length)| length)))
    }

    /// A primary key's columns are NOT NULL.
    pub(crate) fn not_null(&self, table: &str) -> Vec<String> {
        let columns = if self.kind == Kind::Primary { self.columns.as_slice() } else { &[] };
        let statement =
            |column: &String| format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", quoted(column));
        columns.iter().map(statement).collect()
    }

    /// The statement that declares it, for the table of that name.
    pub(crate) fn statement(&self, table: &str) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("SELECT pg_catalog.linchpin_add_constraint({}, {})", literal(table), literal(&json))
    }
}

/// The name that `CONSTRAINT name` gives, how many tokens that is, and the rest.
fn named<'t, 'a>(source: &Source<'_>, tokens: &'t [Token<'a>]) -> (Option<String>, usize, &'t [Token<'a>]) {
    match tokens {
        [constraint, name, rest @ ..] if constraint.is_word("constraint") => (source.name(name), 2, rest),
        rest => (None, 0, rest),
    }
}
