//! Materialized views: their physical clauses are kept as those of tables are.

use super::alter::{name_length, physical};
use super::attributes::Attributes;
use super::expression::Source;
use super::rewrite::{Ending, Rewritten, Script};
use super::table;
use super::token::Token;

/// Rewrites `CREATE MATERIALIZED VIEW name clauses AS query`; `None` if it has no clause.
pub(crate) fn create(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let [_, materialized, view, rest @ ..] = tokens else { return None };
    if !(materialized.is_word("materialized") && view.is_word("view")) {
        return None;
    }
    let (name, rest) = rest.split_at_checked(name_length(rest))?;
    let (clauses, query) = rest.split_at_checked(rest.iter().position(|token| token.is_word("as"))?)?;
    let (refresh, clauses) = refreshed(clauses);
    let (mut kept, more) = table::clauses(source, &clauses);
    kept.autorefresh = refresh;
    if kept.is_empty() {
        return None;
    }
    let name = source.render(name);
    // What is none of the clauses is for PostgreSQL to refuse.
    let (more, query) = (source.render(more), source.render(query));
    let create = format!("CREATE MATERIALIZED VIEW {name} {more} {query}");
    let statements = vec![create, kept.statement(&name)];
    Some(Rewritten::Script(Script { statements, command: None, ending: Ending::Open }))
}

/// Rewrites `REFRESH MATERIALIZED VIEW name RESTRICT`, which says what happens anyway (documented).
pub(crate) fn refresh(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let [verb, .., how] = tokens else { return None };
    let restricts = verb.is_word("refresh") && how.is_word("restrict") && tokens.len() > 4;
    restricts.then(|| Rewritten::Text(source.render(tokens.get(..tokens.len() - 1).unwrap_or_default())))
}

/// What AUTO REFRESH says, and the other clauses.
fn refreshed<'a>(clauses: &[Token<'a>]) -> (Option<String>, Vec<Token<'a>>) {
    let begins = |two: &[Token<'_>]| matches!(two, [auto, refresh] if auto.is_word("auto") && refresh.is_word("refresh"));
    let Some(at) = clauses.windows(2).position(begins) else { return (None, clauses.to_vec()) };
    let others = clauses.iter().take(at).chain(clauses.iter().skip(at + 3)).copied().collect();
    (clauses.get(at + 2).and_then(Token::identifier), others)
}

/// Rewrites `ALTER MATERIALIZED VIEW name AUTO REFRESH ..` and `ALTER DISTKEY ..` and the like.
pub(crate) fn alter(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let [verb, materialized, view, rest @ ..] = tokens else { return None };
    if !(verb.is_word("alter") && materialized.is_word("materialized") && view.is_word("view")) {
        return None;
    }
    let (name, action) = rest.split_at_checked(name_length(rest))?;
    let kept = match action {
        [auto, refresh, how] if auto.is_word("auto") && refresh.is_word("refresh") => {
            Attributes { autorefresh: how.identifier(), ..Attributes::default() }
        }
        [alter, rest @ ..] if alter.is_word("alter") => physical(source, rest)?,
        _ => return None,
    };
    let statements = vec![kept.statement(&source.render(name))];
    let command = Some("ALTER MATERIALIZED VIEW");
    Some(Rewritten::Script(Script { statements, command, ending: Ending::Open }))
}
