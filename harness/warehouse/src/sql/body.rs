//! Bodies of procedures and functions: they hold Redshift's SQL too.

use std::ops::Range;

use super::attributes::literal;
use super::edits::Edits;
use super::expression::Source;
use super::refuse::Unsupported;
use super::rewrite::{Ending, Rewritten, Script, rewrite};
use super::token::{Token, TokenKind, tokenize};

/// Statements of a body that are more to PostgreSQL than other names and functions.
const REWRITTEN: [&str; 8] = ["create", "alter", "delete", "drop", "grant", "merge", "revoke", "truncate"];

/// What the front alone carries out, which a body cannot reach.
const OF_THE_FRONT: [&str; 2] = ["copy", "unload"];

/// Rewrites a `CREATE PROCEDURE` or `CREATE FUNCTION` whose body must be another; `None` if it is none.
pub(super) fn create(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let body = body(tokens)?;
    let text = body.literal()?;
    let (inside, source_inside) = (tokenize(&text).ok()?, Source { sql: &text, ..*source });
    let changed = if is_written_in(tokens, "plpgsql") {
        procedure(&source_inside, &inside)
    } else {
        source_inside.edits(&inside)
    };
    if changed.is_empty() {
        return None;
    }
    let mut edits = Edits::default();
    edits.replace(&[*body], quoted_as(body, &changed.apply(&text, &inside)));
    edits.extend(source.edits(tokens));
    Some(Rewritten::Text(edits.apply(source.sql, tokens)))
}

/// Why a body cannot be carried out. What it executes as a text is not seen here.
pub(super) fn refusal(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let text = body(tokens).filter(|_| is_written_in(tokens, "plpgsql"))?.literal()?;
    let inside = tokenize(&text).ok()?;
    let verbs = statements(&inside).into_iter().filter_map(|statement| inside.get(statement.start));
    let refused = verbs.into_iter().find(|verb| verb.is_any_word(&OF_THE_FRONT))?;
    Some(Unsupported::NotCarriedOut(format!("{} inside a procedure", refused.text.to_uppercase())))
}

/// The text behind AS, of a language that the front reads.
pub(super) fn body<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    let is_routine = tokens.iter().take(4).any(|token| token.is_any_word(&["procedure", "function"]));
    let is_read = is_written_in(tokens, "plpgsql") || is_written_in(tokens, "sql");
    let mut pairs = tokens.windows(2).filter(|_| is_routine && is_read);
    pairs.find_map(|pair| match pair {
        [before, body] if before.is_word("as") && body.raw_literal().is_some() => Some(body),
        _ => None,
    })
}

fn is_written_in(tokens: &[Token<'_>], language: &str) -> bool {
    let names = |token: &Token<'_>| {
        token.is_word(language) || token.literal().is_some_and(|name| name.eq_ignore_ascii_case(language))
    };
    tokens.windows(2).any(|pair| matches!(pair, [word, name] if word.is_word("language") && names(name)))
}

/// `text` in quotes as those of `body`.
fn quoted_as(body: &Token<'_>, text: &str) -> String {
    let tag = body.text.get(1..).and_then(|rest| rest.find('$')).and_then(|end| body.text.get(..end + 2));
    match tag.filter(|_| body.kind == TokenKind::DollarLiteral) {
        Some(tag) => format!("{tag}{text}{tag}"),
        None => literal(text),
    }
}

fn procedure(source: &Source<'_>, tokens: &[Token<'_>]) -> Edits {
    let mut edits = Edits::default();
    for end in ends_of_handlers(tokens) {
        // What is caught is thrown again when its handler is done (documented: the transaction is rolled back).
        edits.replace(&[*end], format!("RAISE; {}", end.text));
    }
    for statement in statements(tokens).into_iter().filter_map(|statement| tokens.get(statement)) {
        if !statement.first().is_some_and(|verb| verb.is_any_word(&REWRITTEN)) {
            continue;
        }
        match rewrite(source, statement) {
            Rewritten::Text(text) => edits.replace(statement, text),
            Rewritten::Script(script) => edits.replace(statement, in_procedure(&script)),
            Rewritten::Unchanged => {}
        }
    }
    edits.extend(source.edits(tokens));
    edits
}

/// A procedure's statement has no result: what is a SELECT must be a PERFORM.
fn in_procedure(script: &Script) -> String {
    let performed = script.statements.iter().map(|statement| match statement.strip_prefix("SELECT ") {
        Some(rest) => format!("PERFORM {rest}"),
        None => statement.clone(),
    });
    let commit = (script.ending == Ending::Commit).then(|| "COMMIT".to_owned());
    performed.chain(commit).collect::<Vec<_>>().join("; ")
}

/// Words that a statement may follow, besides a semicolon.
const BEFORE_STATEMENTS: [&str; 4] = ["begin", "then", "else", "loop"];

/// Where the statements of a body stand, with their first words and without their semicolons.
fn statements(tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let starts = (1..tokens.len()).filter(|at| begins_statement(tokens, *at));
    let length = |start: usize| tokens.get(start..)?.iter().position(|token| token.is_symbol(';'));
    starts.filter_map(|start| Some(start..start + length(start)?)).collect()
}

fn begins_statement(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    before.is_none_or(|before| before.is_symbol(';') || before.is_any_word(&BEFORE_STATEMENTS))
}

/// What an END may end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Block,
    /// A block that is in its EXCEPTION part.
    Handlers,
    Other,
}

/// The END of each block that has handlers, and the WHEN of each handler but the first: before them a handler is done.
fn ends_of_handlers<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t Token<'a>> {
    let (mut open, mut ends): (Vec<Open>, Vec<_>) = (Vec::new(), Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        let after_end = at
            .checked_sub(1)
            .and_then(|before| tokens.get(before))
            .is_some_and(|before| before.is_word("end"));
        let begins = begins_statement(tokens, at);
        if token.is_word("begin") {
            open.push(Open::Block);
        } else if !after_end && (token.is_any_word(&["loop", "case"]) || (begins && token.is_word("if"))) {
            open.push(Open::Other);
        } else if begins && token.is_word("exception") {
            open.pop();
            open.push(Open::Handlers);
        } else if begins && token.is_word("when") && open.last() == Some(&Open::Handlers) {
            // The first one stands behind EXCEPTION, and that of EXIT WHEN behind EXIT.
            ends.push(token);
        } else if token.is_word("end") && open.pop() == Some(Open::Handlers) {
            ends.push(token);
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::super::expression::IdentifierCase;
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: Option<&str>) {
        let source = Source { sql, database: "dev", identifiers: IdentifierCase::Folded };
        let rewritten = match create(&source, &tokenize(sql).unwrap()) {
            Some(Rewritten::Text(text)) => Some(text),
            _ => None,
        };
        assert_eq!(rewritten.as_deref(), expected, "{sql}");
    }

    #[test]
    fn bodies() {
        check("create procedure p() as $$ begin insert into t values (1); end $$ language plpgsql", None);
        check(
            "create procedure p() as $$ begin insert into #t values (nvl(a, 1)); end $$ language plpgsql",
            Some(
                "create procedure p() as $$begin insert into \"#t\" values (coalesce(a, 1)); end$$ language plpgsql",
            ),
        );
        check(
            "create or replace function f(int) returns int immutable as 'select nvl($1, 1)' language sql",
            Some(
                "create or replace function f(int) returns int immutable as 'select coalesce($1, 1)' language sql",
            ),
        );
        check("create function f(int) returns int as $$ nvl(1) $$ language plpythonu", None);
    }

    #[test]
    fn what_is_caught_is_thrown_again() {
        check(
            "create procedure p() as $b$ begin if a then b := case when c then 1 end; end if; exception when others then if d then e; end if; end; $b$ language plpgsql",
            Some(
                "create procedure p() as $b$begin if a then b := case when c then 1 end; end if; exception when others then if d then e; end if; RAISE; end;$b$ language plpgsql",
            ),
        );
        check(
            "create procedure p() as $$ begin loop begin a; exception when b then begin c; exception when others then d; end; exit when e; when others then f; end; end loop; end $$ language plpgsql",
            Some(
                "create procedure p() as $$begin loop begin a; exception when b then begin c; exception when others then d; RAISE; end; exit when e; RAISE; when others then f; RAISE; end; end loop; end$$ language plpgsql",
            ),
        );
        check(
            "create procedure p() as $$ begin begin a; exception when others then b; end; loop c; end loop; end $$ language plpgsql",
            Some(
                "create procedure p() as $$begin begin a; exception when others then b; RAISE; end; loop c; end loop; end$$ language plpgsql",
            ),
        );
    }
}
