//! `CREATE USER` and `ALTER USER`: Redshift's words, and passwords by SHA-256.

use super::attributes::literal;
use super::edits::Edits;
use super::expression::Source;
use super::rewrite::{Ending, Rewritten, Script};
use super::token::Token;

/// Rewrites a `CREATE USER` or `ALTER USER`.
pub(crate) fn user(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let [verb, user, name, rest @ ..] = tokens else { return None };
    if !user.is_word("user") {
        return None;
    }
    let (mut edits, mut password) = (Edits::default(), None);
    for (at, word) in rest.iter().enumerate() {
        let next = rest.get(at + 1);
        if word.is_word("createuser") {
            edits.replace(&[*word], "superuser");
        } else if word.is_word("nocreateuser") {
            edits.replace(&[*word], "nosuperuser");
        } else if let Some(next) = next.filter(|_| word.is_word("password")) {
            password = sha256(next);
            if password.is_some() || next.is_word("disable") {
                edits.replace(&[*next], "NULL");
            }
        }
    }
    edits.extend(source.edits(tokens));
    if edits.is_empty() {
        return Some(Rewritten::Unchanged);
    }
    let sql = edits.apply(source.sql, tokens);
    let Some(password) = password else { return Some(Rewritten::Text(sql)) };
    let (name, password) = (literal(&source.name(name)?), literal(&password));
    let keep = format!("SELECT pg_catalog.linchpin_sha256_password({name}, {password})");
    let command = if verb.is_word("create") { "CREATE USER" } else { "ALTER USER" };
    Some(Rewritten::Script(Script {
        statements: vec![sql, keep],
        command: Some(command),
        ending: Ending::Open,
    }))
}

/// What follows `sha256|` in a password: the password itself, or its digest and the salt (documented).
fn sha256(password: &Token<'_>) -> Option<String> {
    password.literal()?.strip_prefix("sha256|").map(str::to_owned)
}
