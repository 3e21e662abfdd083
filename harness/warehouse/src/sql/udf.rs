//! `CREATE FUNCTION`: what a user-defined function of Redshift's cannot be. The rules are documented, the wording is inferred.

use super::body::body;
use super::expression::{list, parenthesized};
use super::refuse::Unsupported;
use super::token::{Token, TokenKind, tokenize};

/// Clauses that the SELECT of a function has not.
const CLAUSES: [&str; 7] = ["from", "into", "where", "group", "having", "order", "limit"];

/// Words that begin a type of several words.
const TYPES: [&str; 5] = ["character", "double", "national", "time", "timestamp"];

/// Why Redshift refuses such a function, if it does.
pub(super) fn refusal(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let at = tokens.iter().take(4).position(|token| token.is_word("function"))?;
    if !tokens.first()?.is_word("create") {
        return None;
    }
    let language =
        tokens.windows(2).find(|pair| pair.first().is_some_and(|word| word.is_word("language")))?;
    let name = language.last()?;
    if name.is_word("plpgsql") {
        return Unsupported::syntax(
            name,
            "Redshift's functions are written in SQL or Python: use a procedure",
        );
    }
    if !name.is_word("sql") {
        return None;
    }
    let open = tokens.iter().skip(at).position(|token| token.is_symbol('('))? + at;
    let (arguments, _) = parenthesized(tokens.get(open..)?)?;
    named(arguments).or_else(|| clause(tokens))
}

/// An argument with a name.
fn named(arguments: &[Token<'_>]) -> Option<Unsupported> {
    let wrong = list(arguments).into_iter().find_map(|argument| match argument {
        [name, kind, ..] if !name.is_any_word(&TYPES) && kind.identifier().is_some() => Some(kind),
        _ => None,
    })?;
    Unsupported::syntax(wrong, "arguments of a function in SQL have no names: write $1, $2")
}

/// A clause outside of parentheses.
fn clause(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let text = body(tokens)?.literal()?;
    let (inside, mut depth) = (tokenize(&text).ok()?, 0_i32);
    let clause = inside.iter().find(|token| {
        depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
        depth == 0 && token.kind == TokenKind::Word && token.is_any_word(&CLAUSES)
    })?;
    Unsupported::syntax(clause, "a function in SQL is one SELECT of an expression")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions() {
        for (sql, refused) in [
            ("create function f(int) returns int volatile as $$ select $1 from t $$ language sql", true),
            ("create function f(a int) returns int stable as $$ select $1 $$ language sql", true),
            ("create or replace function f() returns int as $$ begin end $$ language plpgsql", true),
            ("create function f(a int) returns int stable as $$ return a $$ language plpythonu", false),
            (
                "create function f(double precision, character varying(10), timestamp with time zone) returns int \
                 immutable as $$ select extract(year from $3)::int $$ language sql",
                false,
            ),
            ("create procedure p(a int) as $$ begin select 1 from t; end $$ language plpgsql", false),
        ] {
            assert_eq!(refusal(&tokenize(sql).unwrap()).is_some(), refused, "{sql}");
        }
    }
}
