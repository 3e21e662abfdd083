//! What Redshift writes otherwise within any statement: names, functions, types.

use super::derived;
use super::edits::Edits;
use super::function;
use super::group;
use super::token::{Token, TokenKind};

/// Whether quoted identifiers keep their case (`enable_case_sensitive_identifier`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum IdentifierCase {
    #[default]
    Folded,
    Kept,
}

/// A text, and what its meaning depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) sql: &'a str,
    /// The database of the session.
    pub(crate) database: &'a str,
    pub(crate) identifiers: IdentifierCase,
}

impl Source<'_> {
    /// `tokens` as PostgreSQL takes them.
    pub(crate) fn render(&self, tokens: &[Token<'_>]) -> String {
        self.edits(tokens).apply(self.sql, tokens)
    }

    /// The name that `token` is.
    pub(crate) fn name(&self, token: &Token<'_>) -> Option<String> {
        let name = token.identifier()?;
        Some(if self.identifiers == IdentifierCase::Folded { name.to_lowercase() } else { name })
    }

    /// What must change in `tokens`.
    pub(crate) fn edits(&self, tokens: &[Token<'_>]) -> Edits {
        let (mut edits, mut rest, mut before) = (Edits::default(), tokens, None);
        extend_catalog(tokens, &mut edits);
        derived::name(tokens, &mut edits);
        group::name(tokens, &mut edits);
        while let Some(first) = rest.first() {
            let taken = self.step(before, rest, &mut edits).max(1);
            before = taken.checked_sub(1).and_then(|last| rest.get(last)).or(Some(first));
            rest = rest.get(taken..).unwrap_or_default();
        }
        edits
    }

    /// Changes the start of `rest`; returns how many tokens are done with.
    fn step(&self, before: Option<&Token<'_>>, rest: &[Token<'_>], edits: &mut Edits) -> usize {
        let after_dot = before.is_some_and(|token| token.is_symbol('.'));
        if !after_dot && let Some(taken) = self.strip_database(rest, edits) {
            return taken;
        }
        match rest {
            [name, ..] if is_temporary(name) => {
                edits.replace(&[*name], quoted(&name.text.to_lowercase()));
                1
            }
            [name, open, ..] if name.kind == TokenKind::Word && open.is_symbol('(') && !after_dot => {
                function::call(self, rest, edits)
            }
            [name, ..] if name.kind == TokenKind::QuotedIdentifier => {
                if let Some(folded) =
                    self.name(name).filter(|folded| name.identifier().as_ref() != Some(folded))
                {
                    edits.replace(&[*name], quoted(&folded));
                }
                1
            }
            [word, ..] if word.kind == TokenKind::Word && !after_dot => word_alone(before, rest, edits),
            [number, ..] if number.kind == TokenKind::Number => {
                if let Some((digits, word)) = joined(number.text) {
                    edits.replace(&[*number], format!("{digits} {word}"));
                }
                1
            }
            _ => 1,
        }
    }

    /// `database.schema.table`: PostgreSQL takes the name of the session's own database too, but not of columns.
    fn strip_database(&self, rest: &[Token<'_>], edits: &mut Edits) -> Option<usize> {
        let [database, first, schema, second, table, ..] = rest else { return None };
        let dots = first.is_symbol('.') && second.is_symbol('.');
        let own = self.name(database).is_some_and(|name| name == self.database);
        if !(dots && own && schema.identifier().is_some() && table.identifier().is_some()) {
            return None;
        }
        edits.remove(&[*database, *first]);
        Some(2)
    }
}

/// Columns that relations of Redshift's catalog have and PostgreSQL's have not: its own, and those of PostgreSQL 8.0.
const CATALOG_COLUMNS: [&str; 12] = [
    "adsrc",
    "reldiststyle",
    "releffectivediststyle",
    "relhasoids",
    "attisdistkey",
    "attsortkeyord",
    "attencodingtype",
    "proisagg",
    "proiswindow",
    "datlastsysoid",
    "datvacuumxid",
    "datconfig",
];

/// Relations of PostgreSQL's catalog whose rows are others in Redshift, or whose columns are fewer.
const OTHER_ROWS: [&str; 3] = ["pg_class", "pg_attribute", "pg_stat_activity"];

/// Those that have more columns.
const OTHER_COLUMNS: [&str; 3] = ["pg_attrdef", "pg_proc", "pg_database"];

/// Words that such a relation follows; its own columns and aliases do not.
const BEFORE_RELATIONS: [&str; 7] = ["from", "join", "only", "table", "into", "update", "using"];

/// Who reads those relations reads views in their place.
fn extend_catalog(tokens: &[Token<'_>], edits: &mut Edits) {
    let names_column = tokens.iter().any(|token| token.is_any_word(&CATALOG_COLUMNS));
    for (at, token) in tokens.iter().enumerate() {
        let Some(name) = token.identifier() else { continue };
        let name = name.as_str();
        if !(OTHER_ROWS.contains(&name) || (names_column && OTHER_COLUMNS.contains(&name))) {
            continue;
        }
        let qualified = at.checked_sub(2).and_then(|start| tokens.get(start..=at)).filter(is_qualified);
        let start = if qualified.is_some() { at.saturating_sub(2) } else { at };
        let before = start.checked_sub(1).and_then(|before| tokens.get(before));
        let is_relation = before
            .is_some_and(|before| before.is_any_word(&BEFORE_RELATIONS) || before.is_any_symbol(&[',', '(']));
        let of_column = tokens.get(at + 1).is_some_and(|dot| dot.is_symbol('.'));
        if (is_relation && !of_column) || qualified.is_some() {
            edits.replace(qualified.unwrap_or(&[*token]), format!("pg_internal.{name}"));
        }
    }
}

/// Whether a name is `pg_catalog.name`.
fn is_qualified(name: &&[Token<'_>]) -> bool {
    matches!(name, [schema, dot, _] if dot.is_symbol('.') && schema.identifier().as_deref() == Some("pg_catalog"))
}

/// A number and the word behind it without a blank, as PostgreSQL 8.0 read them (client source: redshift_connector).
fn joined(number: &str) -> Option<(&str, &str)> {
    let (digits, word) = number.split_at_checked(number.find(|c: char| c.is_ascii_alphabetic())?)?;
    let exponent = word.strip_prefix(['e', 'E']).unwrap_or(word);
    let is_exponent = exponent.is_empty() || exponent.starts_with(|c: char| c.is_ascii_digit());
    (word.len() > 1 && !is_exponent).then_some((digits, word))
}

/// `#name`, a temporary table.
pub(crate) fn is_temporary(name: &Token<'_>) -> bool {
    name.kind == TokenKind::Word && name.text.len() > 1 && name.text.starts_with('#')
}

/// An identifier in quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Words that are no function's name.
fn word_alone(before: Option<&Token<'_>>, rest: &[Token<'_>], edits: &mut Edits) -> usize {
    let Some((word, behind)) = rest.split_first() else { return 1 };
    let follows = |words: &[&str]| behind.first().is_some_and(|token| token.is_any_word(words));
    let is_alias = before.is_some_and(|token| token.is_word("as"));
    if word.is_word("sysdate") && !is_alias {
        edits.replace(&[*word], "pg_catalog.sysdate()");
    } else if word.is_word("current_user_id") && !is_alias {
        edits.replace(&[*word], "pg_catalog.current_user_id()");
    } else if word.is_word("minus") && follows(&["select"]) {
        edits.replace(&[*word], "except");
    } else if word.is_word("approximate") && follows(&["count", "percentile_disc"]) {
        edits.remove(&[*word]);
    } else if let Some((kind, behind)) = varbyte(rest) {
        let has_length = behind.first().is_some_and(|token| token.is_symbol('('));
        let is_cast = before.is_some_and(|token| token.is_symbol(':')) && !has_length;
        edits.replace(kind, if is_cast { VARBYTE_OF_NO_LENGTH } else { VARBYTE });
        return kind.len();
    } else if word.is_word("nvarchar") {
        edits.replace(&[*word], "varchar");
    } else if word.is_word("top")
        && before.is_some_and(|token| token.is_any_word(&["select", "all", "distinct"]))
    {
        return top(rest, edits);
    }
    1
}

/// VARBYTE as PostgreSQL gets it. Without a length it has this one (documented), which makes bytes of a literal.
pub(crate) const VARBYTE: &str = "varbyte";
pub(crate) const VARBYTE_OF_NO_LENGTH: &str = "varbyte(64000)";

/// The name of VARBYTE that `tokens` begin with, any of its three (documented), and what follows it.
pub(crate) fn varbyte<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], &'t [Token<'a>])> {
    let words = match tokens {
        [one, ..] if one.is_any_word(&["varbyte", "varbinary"]) => 1,
        [binary, varying, ..] if binary.is_word("binary") && varying.is_word("varying") => 2,
        _ => return None,
    };
    tokens.split_at_checked(words)
}

/// `TOP n`: a LIMIT behind the query that it stands in.
fn top(rest: &[Token<'_>], edits: &mut Edits) -> usize {
    let [top, count, query @ ..] = rest else { return 1 };
    if count.kind != TokenKind::Number {
        return 1;
    }
    let mut depth = 0_i32;
    let ends = |token: &&Token<'_>| {
        depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
        depth >= 0 && !token.is_symbol(';')
    };
    if let Some(last) = query.iter().take_while(ends).last() {
        edits.remove(&[*top, *count]);
        edits.append(last, format!(" LIMIT {}", count.text));
    }
    2
}

/// What stands in the parentheses that `tokens` begin with, and how many tokens that and they are.
pub(crate) fn parenthesized<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], usize)> {
    let mut depth = 0_i32;
    let end = tokens.iter().position(|token| {
        depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
        depth <= 0
    })?;
    (end > 0).then(|| (tokens.get(1..end).unwrap_or_default(), end + 1))
}

/// `tokens` between commas of their own.
pub(crate) fn list<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_i32;
    let parts = tokens.split(move |token| {
        depth += i32::from(token.is_any_symbol(&['(', '['])) - i32::from(token.is_any_symbol(&[')', ']']));
        depth == 0 && token.is_symbol(',')
    });
    parts.collect()
}
