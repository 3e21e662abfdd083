//! One statement of Redshift's, as PostgreSQL takes it.

use super::expression::Source;
use super::token::Token;
use super::{alter, assume_role, maintenance, setting, table};

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
}

/// Rewrites the statement that `tokens` are.
pub(crate) fn rewrite(source: &Source<'_>, tokens: &[Token<'_>]) -> Rewritten {
    let special = match tokens {
        [create, ..] if create.is_word("create") => {
            table::create(source, tokens).or_else(|| maintenance::view(source, tokens))
        }
        [alter, table, ..] if alter.is_word("alter") && table.is_word("table") => {
            alter::table(source, tokens)
        }
        [verb, ..] if verb.is_any_word(&["grant", "revoke"]) => assume_role::rewrite(tokens),
        [verb, ..] if verb.is_any_word(&["set", "show", "reset"]) => setting::rewrite(tokens, source.sql),
        _ => maintenance::rewrite(source, tokens),
    };
    special.unwrap_or_else(|| plain(source, tokens))
}

/// Names, functions and types only.
fn plain(source: &Source<'_>, tokens: &[Token<'_>]) -> Rewritten {
    let edits = source.edits(tokens);
    if edits.is_empty() { Rewritten::Unchanged } else { Rewritten::Text(edits.apply(source.sql, tokens)) }
}
