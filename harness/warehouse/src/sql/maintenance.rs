//! `TRUNCATE`, `VACUUM`, `ANALYZE`, `CANCEL`, `USE`, and late-binding views.

use super::alter::name_length;
use super::attributes::literal;
use super::edits::Edits;
use super::expression::Source;
use super::materialized;
use super::merge;
use super::navigation::bound_late;
use super::principal::dropped;
use super::rewrite::{Ending, Rewritten, Script};
use super::token::{Token, TokenKind, text_of};
use super::user::user;

/// Words of VACUUM that say how, not what.
const VACUUM_WORDS: [&str; 7] = ["full", "sort", "only", "delete", "reindex", "recluster", "boost"];

/// Rewrites the statements that this module is about.
pub(crate) fn rewrite(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let (verb, rest) = tokens.split_first()?;
    if verb.is_word("truncate") {
        // Documented: TRUNCATE commits the transaction that it runs in.
        let statements = vec![source.render(tokens)];
        return Some(Rewritten::Script(Script { statements, command: None, ending: Ending::Commit }));
    }
    if verb.is_word("vacuum") {
        return Some(Rewritten::Text(vacuum(source, rest)));
    }
    if verb.is_any_word(&["analyze", "analyse"]) {
        return analyze(source, tokens, rest);
    }
    if verb.is_word("merge") {
        return merge::rewrite(source, rest);
    }
    if let [process, message @ ..] = rest
        && verb.is_word("cancel")
        && process.kind == TokenKind::Number
        && matches!(message, [] | [Token { kind: TokenKind::Literal, .. }])
    {
        // The message is for the session's log (documented).
        let statements = vec![format!("SELECT pg_catalog.linchpin_cancel({})", process.text)];
        return Some(Rewritten::Script(Script { statements, command: Some("CANCEL"), ending: Ending::Open }));
    }
    if let [database] = rest
        && verb.is_word("use")
        && let Some(name) = source.name(database)
    {
        let statements = vec![format!("SELECT pg_catalog.linchpin_use({})", literal(&name))];
        return Some(Rewritten::Script(Script { statements, command: Some("USE"), ending: Ending::Open }));
    }
    if verb.is_word("refresh") {
        return materialized::refresh(source, tokens);
    }
    if verb.is_any_word(&["alter", "drop"]) {
        let other = || dropped(source, tokens).or_else(|| user(source, tokens));
        return materialized::alter(source, tokens).or_else(other);
    }
    None
}

/// The table is vacuumed as PostgreSQL does it: how does not matter here.
fn vacuum(source: &Source<'_>, rest: &[Token<'_>]) -> String {
    let how = rest.iter().take_while(|token| token.is_any_word(&VACUUM_WORDS)).count();
    let rest = rest.get(how..).unwrap_or_default();
    // What is left may only be `TO n PERCENT` and `BOOST`; anything else is for PostgreSQL to refuse.
    let table = if rest.first().is_some_and(|token| token.is_word("to")) { 0 } else { name_length(rest) };
    let (table, mut behind) = rest.split_at_checked(table).unwrap_or((rest, &[]));
    if let [to, _, percent, boost @ ..] = behind
        && to.is_word("to")
        && percent.is_word("percent")
    {
        behind = boost;
    }
    if let [boost] = behind
        && boost.is_word("boost")
    {
        behind = &[];
    }
    format!("VACUUM {} {}", source.render(table), source.render(behind))
}

/// `ANALYZE [t] [PREDICATE COLUMNS | ALL COLUMNS]` and `ANALYZE COMPRESSION [t]`.
fn analyze(source: &Source<'_>, tokens: &[Token<'_>], rest: &[Token<'_>]) -> Option<Rewritten> {
    if let Some((_, table)) = rest.split_first().filter(|(word, _)| word.is_word("compression")) {
        let table = source.render(table.get(..name_length(table)).unwrap_or_default());
        let sql = format!("SELECT * FROM pg_catalog.linchpin_analyze_compression({})", literal(&table));
        return Some(Rewritten::Text(sql));
    }
    let [.., which, columns] = rest else { return None };
    if !(which.is_any_word(&["predicate", "all"]) && columns.is_word("columns")) {
        return None;
    }
    let mut edits = Edits::default();
    edits.remove(&[*which, *columns]);
    edits.extend(source.edits(tokens));
    Some(Rewritten::Text(edits.apply(source.sql, tokens)))
}

/// `CREATE VIEW .. WITH NO SCHEMA BINDING`, which looks up what it reads when it is read; and users.
pub(crate) fn view(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let [made @ .., with, no, schema, binding] = tokens else { return user(source, tokens) };
    let unbound =
        with.is_word("with") && no.is_word("no") && schema.is_word("schema") && binding.is_word("binding");
    let at = made.iter().position(|token| token.is_word("view")).filter(|_| unbound);
    let Some((create, name)) = at.and_then(|at| made.split_at_checked(at + 1)) else {
        return user(source, tokens);
    };
    let (name, definition) = name.split_at_checked(name_length(name))?;
    let replaced = create.iter().any(|token| token.is_word("replace"));
    let definition = literal(&bound_late(source.render(definition)));
    let name = literal(&source.render(name));
    let given = literal(text_of(source.sql, tokens));
    let bind = format!("SELECT pg_catalog.linchpin_late_binding({replaced}, {name}, {definition}, {given})");
    let (statements, command) = (vec![bind], Some("CREATE VIEW"));
    Some(Rewritten::Script(Script { statements, command, ending: Ending::Open }))
}
