//! `QUALIFY`, which compares window functions (documented): the SELECT becomes a query inside, with the condition as its last
//! column, and the rows for which it holds are selected from that.

use super::expression::{list, parenthesized, quoted};
use super::lateral;
use super::navigation::{alias, chain};
use super::token::{Token, TokenKind, text_of, tokenize};

/// Words that end the condition at its own depth.
const ENDS: [&str; 8] = ["order", "limit", "offset", "union", "except", "intersect", "minus", "into"];

/// The names of the query inside and of its last column.
const ROWS: &str = "linchpin_rows";
const QUALIFIED: &str = "linchpin_qualified";

/// Whether the word at `at` begins a clause: it stands behind what ends an expression or a table, and before an expression.
pub(super) fn is_clause(tokens: &[Token<'_>], at: usize) -> bool {
    if !tokens.get(at).is_some_and(|token| token.is_word("qualify")) {
        return false;
    }
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let ends = before.is_some_and(|token| {
        token.is_symbol(')')
            || (token.kind != TokenKind::Symbol
                && !token.is_any_word(&["as", "select", "by", "all", "distinct"]))
    });
    let begins = tokens.get(at + 1).is_some_and(|token| {
        token.is_symbol('(') || (token.kind != TokenKind::Symbol && !token.is_any_word(&["from", "as"]))
    });
    ends && begins
}

/// Whether a statement has such a clause.
pub(crate) fn qualifies(tokens: &[Token<'_>]) -> bool {
    (0..tokens.len()).any(|at| is_clause(tokens, at))
}

/// How many clauses of a statement are rewritten: each takes a reading of it.
const ROUNDS: usize = 20;

/// The statement without QUALIFY; `None` where it has none. One that has no short counterpart stays.
pub(crate) fn unqualified(sql: &str, tokens: &[Token<'_>]) -> Option<String> {
    let mut text = without_last(sql, tokens)?;
    for _ in 1..ROUNDS {
        let Some(shorter) = tokenize(&text).ok().and_then(|tokens| without_last(&text, &tokens)) else {
            break;
        };
        text = shorter;
    }
    Some(text)
}

/// The statement without its last QUALIFY.
fn without_last(sql: &str, tokens: &[Token<'_>]) -> Option<String> {
    let at = (0..tokens.len()).rev().find(|at| is_clause(tokens, *at))?;
    let start = lateral::select_before(tokens, at)?;
    let list_end = lateral::end(tokens, start + 1, &["from"]);
    let condition_end = lateral::end(tokens, at + 1, &ENDS);
    let ordered = tokens.get(condition_end).is_some_and(|token| token.is_word("order"));
    let order_end =
        if ordered { lateral::end(tokens, condition_end, &["limit", "offset"]) } else { condition_end };
    let text = |from: usize, to: usize| text_of(sql, tokens.get(from..to).unwrap_or_default());
    let from = tokens.get(list_end + 1..at)?;
    let (inner, outer) = columns(sql, tokens.get(start + 1..list_end)?, from)?;
    let (first, last) = (tokens.get(start)?, tokens.get(order_end.checked_sub(1)?)?);
    let (body, condition, order) =
        (text(list_end, at), text(at + 1, condition_end), text(condition_end, order_end));
    Some(format!(
        "{}SELECT {outer} FROM (SELECT {inner}, ({condition}) AS {QUALIFIED} {body} {order}) AS {ROWS} WHERE {QUALIFIED}{}",
        sql.get(tokens.first()?.offset..first.offset)?,
        sql.get(last.end()..tokens.last()?.end())?
    ))
}

/// The list of the query inside, and what is selected from it.
fn columns(sql: &str, items: &[Token<'_>], from: &[Token<'_>]) -> Option<(String, String)> {
    if items.first()?.is_any_word(&["distinct", "top", "all"]) {
        return None;
    }
    let (mut inner, mut outer) = (Vec::new(), Vec::new());
    for item in list(items) {
        let whole = match item {
            [star] if star.is_symbol('*') => tables(from)?,
            [table, dot, star] if dot.is_symbol('.') && star.is_symbol('*') => vec![table.identifier()?],
            _ => Vec::new(),
        };
        if whole.is_empty() {
            let (expression, name) = named(item)?;
            let name = quoted(&name);
            inner.push(format!("{} AS {name}", text_of(sql, expression)));
            outer.push(name);
        }
        for table in whole {
            let row = quoted(&format!("linchpin_row_{table}"));
            inner.push(format!("{} AS {row}", quoted(&table)));
            outer.push(format!("({ROWS}.{row}).*"));
        }
    }
    Some((inner.join(", "), outer.join(", ")))
}

/// The tables of a FROM clause by the names that they have there; `None` where columns of two are one.
fn tables(from: &[Token<'_>]) -> Option<Vec<String>> {
    let end = lateral::end(from, 0, &["where", "group", "having"]);
    let from = from.get(..end)?;
    if from.iter().any(|token| token.is_any_word(&["using", "natural"])) {
        return None;
    }
    let (mut names, mut at, mut begins) = (Vec::new(), 0, true);
    while let Some(token) = from.get(at) {
        let inside = parenthesized(from.get(at..)?).map(|(_, length)| at + length);
        if begins {
            let chain = chain(from, at);
            let behind = inside.unwrap_or(chain.end);
            let (name, end) = alias(from, behind);
            let own = chain.clone().rev().find_map(|at| from.get(at)?.identifier());
            names.push(name.or(own)?);
            at = end.max(at + 1);
            begins = false;
            continue;
        }
        begins = token.is_word("join") || token.is_symbol(',');
        at = inside.unwrap_or(at + 1);
    }
    Some(names)
}

/// An item of the list, and the name of its column.
fn named<'t, 'a>(item: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], String)> {
    if let Some((name, expression)) = lateral::name(item, &(0..item.len())) {
        return Some((item.get(expression)?, name));
    }
    let first = item.first()?;
    let is_call = item.get(1).is_some_and(|token| token.is_symbol('('));
    let is_column = chain(item, 0).len() == item.len();
    let last = if is_column { item.last()? } else { first };
    let name = last.identifier().filter(|_| is_call || is_column);
    let name = name.map(|name| if is_call && name == "extract" { "date_part".to_owned() } else { name });
    Some((item, name.unwrap_or_else(|| "?column?".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: Option<&str>) {
        let text = unqualified(sql, &tokenize(sql).unwrap()).map(|text| text.replace("linchpin_", ""));
        assert_eq!(text.as_deref(), expected, "{sql}");
    }

    #[test]
    fn a_condition_becomes_a_column() {
        check(
            "select t.a, f(b) c, max(d) from s.t where e group by f qualify rank() over (order by g) = 1 order by c limit 2",
            Some(
                "SELECT \"a\", \"c\", \"max\" FROM (SELECT t.a AS \"a\", f(b) AS \"c\", max(d) AS \"max\", (rank() over (order by g) = 1) \
                 AS qualified from s.t where e group by f order by c) AS rows WHERE qualified limit 2",
            ),
        );
        check(
            "create table u as (select * from s.t join (select 1) as v on t.a = v.b qualify count(*) over () > 1)",
            Some(
                "create table u as (SELECT (rows.\"row_t\").*, (rows.\"row_v\").* FROM (SELECT \"t\" AS \"row_t\", \"v\" AS \"row_v\", \
                 (count(*) over () > 1) AS qualified from s.t join (select 1) as v on t.a = v.b ) AS rows WHERE qualified)",
            ),
        );
    }

    #[test]
    fn what_has_no_short_counterpart() {
        for sql in [
            "select distinct a from t qualify count(*) over () > 1",
            "select * from t natural join u qualify count(*) over () > 1",
            "select qualify from t where qualify = 1",
        ] {
            check(sql, None);
        }
    }
}
