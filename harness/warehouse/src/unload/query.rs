//! What the query of an UNLOAD may be.

use super::parse::UnloadParseError;
use crate::sql::{SyntaxError, Token, tokenize};

/// The query must be one SELECT whose parentheses match, so that it stays inside PostgreSQL's `COPY (..)`.
pub(super) fn check_query(query: &str) -> Result<(), UnloadParseError> {
    let tokens = tokenize(query).map_err(|_| SyntaxError::End)?;
    if !tokens
        .first()
        .is_some_and(|token| token.is_word("select") || token.is_word("with") || token.is_symbol('('))
    {
        return Err(UnloadParseError::NotASelect);
    }
    if let Some(change) = data_change(&tokens) {
        return Err(SyntaxError::Near(change.to_owned()).into());
    }
    let mut depth = 0_i32;
    for token in unwrapped(&tokens) {
        depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
        match depth {
            ..0 => return Err(SyntaxError::Near(")".to_owned()).into()),
            0 if token.is_symbol(';') => return Err(SyntaxError::Near(";".to_owned()).into()),
            0 if token.is_word("limit") || token.is_word("fetch") => return Err(UnloadParseError::Limit),
            _ => {}
        }
    }
    if depth == 0 { Ok(()) } else { Err(SyntaxError::End.into()) }
}

/// The word of a data change in a WITH: PostgreSQL knows them there, Redshift does not (documented: WITH takes SELECTs).
fn data_change<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    tokens.windows(3).find_map(|window| match window {
        [before, open, word]
            if open.is_symbol('(') && (before.is_word("as") || before.is_word("materialized")) =>
        {
            let changes = ["insert", "update", "delete", "merge"];
            changes.iter().any(|change| word.is_word(change)).then_some(word.text)
        }
        _ => None,
    })
}

/// The tokens without parentheses around the whole query.
fn unwrapped<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match tokens {
        [open, inner @ .., close] if open.is_symbol('(') && close.is_symbol(')') && is_balanced(inner) => {
            unwrapped(inner)
        }
        _ => tokens,
    }
}

/// No parenthesis closes one that opened outside.
fn is_balanced(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_i32;
    tokens.iter().all(|token| {
        depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
        depth >= 0
    }) && depth == 0
}
