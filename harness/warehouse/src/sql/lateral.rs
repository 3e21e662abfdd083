//! Aliases that later expressions of the same SELECT name, in its list (documented) or in WHERE (client source:
//! sqlalchemy-redshift): `SELECT a AS x, x + 1 AS y`. Redshift puts the expression in the alias's place, unless FROM has a
//! column of that name, which only the server can tell.

use std::ops::Range;

use super::edits::Edits;
use super::token::{Token, TokenKind, text_of, tokenize};

/// Words that end a SELECT list at its own depth, besides those that end the SELECT.
const ENDS_OF_LIST: [&str; 3] = ["from", "into", "where"];

/// Words behind which PostgreSQL knows a SELECT's aliases too, or that begin another one.
const ENDS: [&str; 11] = [
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "union",
    "except",
    "intersect",
    "minus",
    "qualify",
    "fetch",
];

/// An expression of a SELECT list that has a name, and where those stand that may use it.
#[derive(Debug)]
struct Alias {
    name: String,
    expression: Range<usize>,
    users: Range<usize>,
}

/// Whether an alias may be named in its own list.
pub(crate) fn refers(tokens: &[Token<'_>]) -> bool {
    aliases(tokens).iter().any(|alias| references(tokens, alias).next().is_some())
}

/// `sql` with the expression of the alias `name` where its list names it; `None` where none does.
pub(crate) fn expand(sql: &str, name: &str) -> Option<String> {
    let tokens = tokenize(sql).ok()?;
    let mut edits = Edits::default();
    // Those of a query inside come later, and hold there.
    for alias in aliases(&tokens).iter().rev().filter(|alias| alias.name == name) {
        let expression = text_of(sql, tokens.get(alias.expression.clone())?);
        for at in references(&tokens, alias) {
            edits.replace(tokens.get(at..=at)?, format!("({expression})"));
        }
    }
    (!edits.is_empty()).then(|| edits.apply(sql, &tokens))
}

/// Statements that a query stands in.
const AROUND: [&str; 4] = ["create", "declare", "explain", "prepare"];

/// The query in a statement that PostgreSQL can prepare: itself, or what a table, a view or a cursor is made of.
pub(crate) fn query<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let begins = |token: &Token<'_>| token.is_any_word(&["select", "with"]);
    let made = tokens.first().is_some_and(|first| first.is_any_word(&AROUND));
    let Some(at) = tokens.iter().position(begins).filter(|_| made) else { return tokens };
    let opened =
        tokens.get(..at).unwrap_or_default().iter().rev().take_while(|token| token.is_symbol('(')).count();
    tokens.get(at - opened..).unwrap_or_default()
}

/// The query that a table is made of.
pub(crate) fn query_of_table<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let (create, rest) = tokens.split_first()?;
    let makes = create.is_word("create") && rest.iter().take(3).any(|token| token.is_word("table"));
    let query = query(tokens);
    let before = tokens.len().checked_sub(query.len() + 1).and_then(|at| tokens.get(at))?;
    (makes && before.is_word("as")).then_some(query)
}

/// The items of every SELECT's list.
pub(super) fn select_items(tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let selects = tokens.iter().enumerate().filter(|(_, token)| token.is_word("select"));
    selects.flat_map(|(at, _)| list_items(tokens, at)).collect()
}

/// The items of the list of the SELECT at `at`.
pub(super) fn list_items(tokens: &[Token<'_>], at: usize) -> Vec<Range<usize>> {
    items(tokens, list_of(tokens, at + 1))
}

/// The SELECT that a clause at `at` belongs to.
pub(super) fn select_before(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    tokens.get(..at)?.iter().rposition(|token| {
        depth += i32::from(token.is_symbol(')')) - i32::from(token.is_symbol('('));
        depth == 0 && token.is_word("select")
    })
}

/// Where the list of the SELECT stands that begins at `start`.
fn list_of(tokens: &[Token<'_>], start: usize) -> Range<usize> {
    let quantified = tokens.get(start).is_some_and(|token| token.is_any_word(&["all", "distinct"]));
    let start = start + usize::from(quantified);
    start..end(tokens, start, &ENDS_OF_LIST).min(end(tokens, start, &ENDS))
}

fn aliases(tokens: &[Token<'_>]) -> Vec<Alias> {
    let selects = tokens.iter().enumerate().filter(|(_, token)| token.is_word("select"));
    selects.flat_map(|(at, _)| of_select(tokens, at + 1)).collect()
}

/// Where the token stands that ends what begins at `start`: one of `words`, or the parenthesis around it.
pub(super) fn end(tokens: &[Token<'_>], start: usize, words: &[&str]) -> usize {
    let mut depth = 0_i32;
    let ends = |token: &Token<'_>| {
        depth += i32::from(token.is_any_symbol(&['(', '['])) - i32::from(token.is_any_symbol(&[')', ']']));
        depth < 0 || (depth == 0 && (token.is_any_word(words) || token.is_symbol(';')))
    };
    let length = tokens.get(start..).and_then(|rest| rest.iter().position(ends));
    length.map_or(tokens.len(), |length| start + length)
}

/// Where the items of a list stand.
fn items(tokens: &[Token<'_>], list: Range<usize>) -> Vec<Range<usize>> {
    let mut from = list.start;
    let parts = super::expression::list(tokens.get(list).unwrap_or_default()).into_iter().map(|part| {
        let item = from..from + part.len();
        from = item.end + 1;
        item
    });
    parts.collect()
}

/// The aliases of the SELECT that begins at `start`. A name holds until the list gives it to another expression.
fn of_select(tokens: &[Token<'_>], start: usize) -> Vec<Alias> {
    let list = list_of(tokens, start);
    let whole = list.start..end(tokens, list.start, &ENDS);
    let items = items(tokens, list);
    let names: Vec<_> = items.iter().map(|item| name(tokens, item)).collect();
    let found = names.iter().zip(&items).enumerate().filter_map(|(index, (name, item))| {
        let (name, expression) = name.clone()?;
        let same =
            |later: &Option<(String, Range<usize>)>| later.as_ref().is_some_and(|later| later.0 == name);
        let again = names.iter().skip(index + 1).position(same);
        let until = again.and_then(|again| items.get(index + 1 + again)).map_or(whole.end, |item| item.end);
        Some(Alias { name, expression, users: item.end..until })
    });
    found.collect()
}

/// The name of an item, and its expression.
pub(super) fn name(tokens: &[Token<'_>], item: &Range<usize>) -> Option<(String, Range<usize>)> {
    let last = item.end.checked_sub(1).filter(|last| *last > item.start)?;
    let name = tokens.get(last)?.identifier()?;
    let before = tokens.get(last - 1)?;
    if before.is_word("as") {
        return (last - 1 > item.start).then(|| (name, item.start..last - 1));
    }
    // `a::int`, `t.a` and `a + b` end with a name that is none of theirs.
    (before.kind != TokenKind::Symbol || before.is_symbol(')')).then_some((name, item.start..last))
}

/// Where the SELECT names the alias: by itself, neither qualified nor called nor given as a name.
fn references<'t>(tokens: &'t [Token<'_>], alias: &'t Alias) -> impl Iterator<Item = usize> + 't {
    alias.users.clone().filter(move |at| {
        let token = |index: Option<usize>| index.and_then(|index| tokens.get(index));
        let (before, next) = (token(at.checked_sub(1)), token(Some(at + 1)));
        let named = before.is_some_and(|before| before.is_symbol('.') || before.is_word("as"));
        let more = next.is_some_and(|next| next.is_any_symbol(&['.', '(']));
        let is_name = token(Some(*at)).and_then(Token::identifier).is_some_and(|name| name == alias.name);
        is_name && !named && !more
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, name: &str, expected: Option<&str>) {
        assert_eq!(expand(sql, name).as_deref(), expected, "{sql}");
        assert_eq!(refers(&tokenize(sql).unwrap()), expected.is_some(), "{sql}");
    }

    #[test]
    fn an_alias_is_its_expression() {
        check(
            "select a + 1 as x, x * 2 as y from t",
            "x",
            Some("select a + 1 as x, (a + 1) * 2 as y from t"),
        );
        check("select f(a, b) x, g(X) from t", "x", Some("select f(a, b) x, g((f(a, b))) from t"));
        check("select distinct a as x, x from t", "x", Some("select distinct a as x, (a) from t"));
        check(
            "select a as \"x\", max(\"x\") over (order by x)",
            "x",
            Some("select a as \"x\", max((a)) over (order by (a))"),
        );
        check(
            "insert into u select 1 as n, n from (select b as n, n + 1 from t) as s",
            "n",
            Some("insert into u select 1 as n, (1) from (select b as n, (b) + 1 from t) as s"),
        );
    }

    #[test]
    fn an_alias_in_where() {
        check(
            "select a as x from t where x = 1 union select b as x from u where x = 2 order by x",
            "x",
            Some("select a as x from t where (a) = 1 union select b as x from u where (b) = 2 order by x"),
        );
    }

    #[test]
    fn what_is_no_reference() {
        check("select a as x, t.x, x.b, x(1), c as x from t group by x having x > 1 order by x", "x", None);
        check("select x, a as x from t", "x", None);
        check("select a::x, x from t", "x", None);
        check("select a from t as x where x.a = 1", "x", None);
    }

    #[test]
    fn a_name_is_given_anew() {
        check(
            "select a as x, x + 1 as x, x from t",
            "x",
            Some("select a as x, (a) + 1 as x, (x + 1) from t"),
        );
    }

    #[test]
    fn the_query_of_a_statement() {
        for (sql, query_of) in [
            ("select 1", "select 1"),
            ("create table t as select 1", "select 1"),
            (
                "create view v as (with a as (select 1) select * from a)",
                "(with a as (select 1) select * from a)",
            ),
            ("explain select 1", "select 1"),
            ("declare c cursor for select 1", "select 1"),
        ] {
            assert_eq!(text_of(sql, query(&tokenize(sql).unwrap())), query_of);
        }
    }

    #[test]
    fn the_query_of_a_table() {
        for (sql, query) in [
            ("create table t as select 1", Some("select 1")),
            ("create local temp table t distkey(a) as (select 1 as a)", Some("(select 1 as a)")),
            ("create table t (a int)", None),
            ("create table t (a int generated always as identity (start with 1))", None),
            ("create materialized view v as select 1", None),
            ("select 1 as \"table\"", None),
        ] {
            let tokens = tokenize(sql).unwrap();
            assert_eq!(query_of_table(&tokens).map(|query| text_of(sql, query)), query, "{sql}");
        }
    }
}
