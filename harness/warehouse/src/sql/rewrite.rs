//! One statement of Redshift's, as PostgreSQL takes it.

use super::edits::Edits;
use super::expression::Source;
use super::token::Token;
use super::{alter, assume_role, body, grant, maintenance, materialized, setting, table};

/// What becomes of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rewritten {
    /// PostgreSQL takes it as it is.
    Unchanged,
    /// PostgreSQL takes this.
    Text(String),
    /// It takes several statements of PostgreSQL's.
    Script(Script),
}

/// Statements that are one to the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) statements: Vec<String>,
    /// What the client is told has been done; `None`: what PostgreSQL says of the first.
    pub(crate) command: Option<&'static str>,
    pub(crate) ending: Ending,
}

/// What becomes of the transaction after a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It goes on.
    Open,
    /// It is committed.
    Commit,
    /// It is the script's own: in a block, the script is refused.
    Own,
}

/// Rewrites the statement that `tokens` are.
pub(crate) fn rewrite(source: &Source<'_>, tokens: &[Token<'_>]) -> Rewritten {
    let special = match tokens {
        [create, ..] if create.is_word("create") => {
            let special = table::create(source, tokens).or_else(|| materialized::create(source, tokens));
            special.or_else(|| maintenance::view(source, tokens)).or_else(|| body::create(source, tokens))
        }
        [alter, table, ..] if alter.is_word("alter") && table.is_word("table") => {
            alter::table(source, tokens)
        }
        [verb, ..] if verb.is_any_word(&["grant", "revoke"]) => {
            assume_role::rewrite(tokens).or_else(|| grant::rewrite(source, tokens))
        }
        [alter, default, ..] if alter.is_word("alter") && default.is_word("default") => {
            grant::rewrite(source, tokens)
        }
        [delete, table, ..] if delete.is_word("delete") && !table.is_word("from") => {
            Some(delete_from(source, tokens, delete))
        }
        [declare, ..] if declare.is_word("declare") => Some(declared(source, tokens)),
        [verb, ..] if verb.is_any_word(&["set", "show", "reset"]) => setting::rewrite(source, tokens),
        _ => maintenance::rewrite(source, tokens),
    };
    special.unwrap_or_else(|| plain(source, tokens))
}

/// `DECLARE name CURSOR FOR query`: one at a time, and forward only (documented).
fn declared(source: &Source<'_>, tokens: &[Token<'_>]) -> Rewritten {
    let check = "SELECT pg_catalog.linchpin_refuse_second_cursor()".to_owned();
    let mut edits = Edits::default();
    if let Some(cursor) = tokens.get(2).filter(|token| token.is_word("cursor")) {
        edits.replace(&[*cursor], "NO SCROLL CURSOR");
    }
    edits.extend(source.edits(tokens));
    let statements = vec![check, edits.apply(source.sql, tokens)];
    Rewritten::Script(Script { statements, command: Some("DECLARE CURSOR"), ending: Ending::Open })
}

/// `DELETE t`, whose FROM may be left out (documented).
fn delete_from(source: &Source<'_>, tokens: &[Token<'_>], delete: &Token<'_>) -> Rewritten {
    let mut edits = Edits::default();
    edits.append(delete, " FROM");
    edits.extend(source.edits(tokens));
    Rewritten::Text(edits.apply(source.sql, tokens))
}

/// Names, functions and types only.
fn plain(source: &Source<'_>, tokens: &[Token<'_>]) -> Rewritten {
    let edits = source.edits(tokens);
    if edits.is_empty() { Rewritten::Unchanged } else { Rewritten::Text(edits.apply(source.sql, tokens)) }
}
