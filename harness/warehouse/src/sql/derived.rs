//! Queries in FROM without a name, which PostgreSQL 15 refuses and Redshift names itself.

use super::edits::Edits;
use super::expression::parenthesized;
use super::token::{Token, TokenKind};

/// Words that may follow a query in FROM: anything else is its name.
pub(super) const FOLLOWS: [&str; 20] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "fetch",
    "union",
    "except",
    "intersect",
    "minus",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "on",
    "qualify",
];

/// Names them `derived_table1` and so on (client source: redshift_connector reads such a query).
pub(crate) fn name(tokens: &[Token<'_>], edits: &mut Edits) {
    // For each parenthesis that is open, whether a query stands in it: `extract(year from (select ..))` has no FROM clause.
    let (mut queries, mut count) = (vec![false], 0);
    for (at, token) in tokens.iter().enumerate() {
        if token.is_symbol('(') {
            queries.push(false);
        } else if token.is_symbol(')') {
            queries.pop();
        }
        let Some(is_query) = queries.last_mut() else { return };
        *is_query |= token.is_word("select");
        let rest = tokens.get(at + 1..).unwrap_or_default();
        if *is_query && token.is_any_word(&["from", "join"]) && begins_query(rest) {
            let Some((_, length)) = parenthesized(rest) else { return };
            if let Some(last) = rest.get(length - 1).filter(|_| is_nameless(rest.get(length))) {
                count += 1;
                edits.append(last, format!(" AS derived_table{count}"));
            }
        }
    }
}

fn begins_query(rest: &[Token<'_>]) -> bool {
    matches!(rest, [open, select, ..] if open.is_symbol('(') && select.is_word("select"))
}

fn is_nameless(next: Option<&Token<'_>>) -> bool {
    next.is_none_or(|next| match next.kind {
        TokenKind::Word => next.is_any_word(&FOLLOWS),
        _ => next.is_any_symbol(&[')', ';', ',']),
    })
}
