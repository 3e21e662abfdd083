//! Navigation of SUPER: `s.a.b[0].c`, and values of an array or an object that stand for a table: `FROM t, t.items AS x AT i`,
//! `FROM t, UNPIVOT t.s AS x AT name`. PostgreSQL
//! takes the names for those of schemas and tables, so what is none of the FROM clauses' becomes a call.

use std::collections::HashSet;
use std::ops::Range;

use super::attributes::literal;
use super::derived::FOLLOWS;
use super::edits::Edits;
use super::expression::{parenthesized, quoted};
use super::lateral::{query, select_items};
use super::relations::reads_catalog_only;
use super::token::{Token, TokenKind, text_of, tokenize};

/// Words besides those behind a query that follow a table, or what statements write, and are not its alias.
const NO_ALIAS: [&str; 7] = ["using", "set", "when", "at", "values", "select", "default"];

/// Words that end a FROM clause at its own depth.
const ENDS: [&str; 12] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "union",
    "except",
    "intersect",
    "minus",
    "set",
    "qualify",
];

/// Statements that have expressions.
const VERBS: [&str; 6] = ["select", "with", "insert", "update", "delete", "merge"];

/// A statement whose navigation has become calls.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Navigated {
    pub(crate) sql: String,
    /// The names that were taken for columns since no FROM clause has them.
    pub(crate) columns: HashSet<String>,
}

/// The statement that `tokens` are, with calls in place of its navigation; `None` if it has none.
pub(crate) fn navigate(sql: &str, tokens: &[Token<'_>]) -> Option<Navigated> {
    let verb = tokens.iter().find(|token| !token.is_symbol('('))?;
    if !verb.is_any_word(&VERBS) || reads_catalog_only(tokens) {
        return None;
    }
    let statement = Statement { sql, tokens, scope: Scope::of(tokens) };
    let (mut edits, mut columns) = (Edits::default(), HashSet::new());
    statement.unnest(&mut edits);
    statement.expressions(&mut edits, &mut columns);
    (!edits.is_empty()).then(|| Navigated { sql: edits.apply(sql, tokens), columns })
}

/// The definition of a late-binding view, whose tables need not be there: what its FROM clauses do not name is navigated.
pub(super) fn bound_late(definition: String) -> String {
    let tokens = tokenize(&definition).unwrap_or_default();
    let begins = tokens.iter().position(|token| token.is_any_word(&["select", "with"]));
    let query = begins.and_then(|at| tokens.get(at..)).unwrap_or_default();
    let (Some(first), Some(navigated)) = (query.first(), navigate(&definition, query)) else {
        return definition;
    };
    definition.get(..first.offset).unwrap_or_default().to_owned() + &navigated.sql
}

/// Whether a statement may navigate.
pub(crate) fn navigates(tokens: &[Token<'_>]) -> bool {
    let places = tokens.windows(2).any(|two| {
        let [before, here] = two else { return false };
        (here.is_any_symbol(&['.', '['])) && before.identifier().is_some()
    });
    let query = query(tokens);
    // Who asks only this needs no text.
    places && navigate("", query).is_some()
}

/// What FROM clauses name.
#[derive(Debug, Default)]
struct Scope {
    /// Tables by their aliases, or by their names.
    relations: HashSet<String>,
    /// Tables without an alias, with their schemas.
    qualified: HashSet<(String, String)>,
    /// Values of arrays and objects.
    values: HashSet<String>,
    items: Vec<Item>,
}

/// An array or an object that stands for a table.
#[derive(Debug)]
struct Item {
    /// What gives its values.
    function: &'static str,
    chain: Range<usize>,
    whole: Range<usize>,
    alias: String,
    position: Option<String>,
}

/// What is read inside one pair of parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Expression,
    Query,
    From,
}

impl Scope {
    fn of(tokens: &[Token<'_>]) -> Scope {
        // A query inside may come before the FROM clause whose arrays it reads.
        let Scope { relations, values, .. } = Scope::default().read(tokens);
        Scope { relations, values, ..Scope::default() }.read(tokens)
    }

    fn read(mut self, tokens: &[Token<'_>]) -> Scope {
        let scope = &mut self;
        let (mut places, mut at) = (vec![Place::Query], 0);
        let writes = tokens.first().is_some_and(|verb| verb.is_any_word(&["update", "delete", "merge"]));
        while let Some(token) = tokens.get(at) {
            at += 1;
            if token.is_symbol('(') {
                places.push(Place::Expression);
            } else if token.is_symbol(')') {
                places.pop();
                if places.last() == Some(&Place::From) {
                    at = scope.alias_of_query(tokens, at);
                }
            }
            let Some(place) = places.last_mut() else { break };
            let begins = match *place {
                _ if token.is_word("select") => {
                    *place = Place::Query;
                    false
                }
                Place::Query
                    if token.is_word("from")
                        || (writes && token.is_any_word(&["update", "using", "into"])) =>
                {
                    *place = Place::From;
                    true
                }
                Place::From if token.is_any_word(&ENDS) => {
                    *place = Place::Query;
                    false
                }
                Place::From => token.is_any_word(&["join", "using"]) || token.is_symbol(','),
                Place::Query | Place::Expression => false,
            };
            if begins {
                at = scope.item(tokens, at);
            }
        }
        self
    }

    /// Reads what stands for a table at `at`; returns where it ends.
    fn item(&mut self, tokens: &[Token<'_>], start: usize) -> usize {
        let unpivots = tokens.get(start).is_some_and(|token| token.is_word("unpivot"))
            && tokens
                .get(start + 1)
                .is_some_and(|token| token.identifier().is_some() && !token.is_word("as"));
        let at = start + usize::from(unpivots);
        let chain = chain(tokens, at);
        let called = tokens.get(chain.end).is_some_and(|token| token.is_symbol('('));
        let (Some(first), false) = (tokens.get(at).and_then(Token::identifier), called || chain.is_empty())
        else {
            return at;
        };
        let (alias, end) = alias(tokens, chain.end);
        let names = names(tokens, chain.clone());
        // A value may be an array itself: `FROM t, t.rows AS line, line AS cell`.
        let is_value = self.values.contains(&first);
        if unpivots || is_value || (self.relations.contains(&first) && chain.len() > 1) {
            let function = if unpivots { "linchpin_unpivot" } else { "linchpin_unnest" };
            let alias = alias.or_else(|| names.last().cloned()).unwrap_or_default();
            let (position, end) = position(tokens, end);
            self.values.insert(alias.clone());
            self.items.push(Item { function, chain, whole: start..end, alias, position });
            return end;
        }
        if let ([.., schema, table], None) = (names.as_slice(), &alias) {
            self.qualified.insert((schema.clone(), table.clone()));
        }
        self.relations.extend(alias.or_else(|| names.last().cloned()));
        end
    }

    /// Reads the alias of a query in parentheses, or of a call.
    fn alias_of_query(&mut self, tokens: &[Token<'_>], at: usize) -> usize {
        let (alias, end) = alias(tokens, at);
        self.relations.extend(alias);
        end
    }

    /// How many parts of a chain name a column.
    fn column_length(&self, names: &[String]) -> usize {
        match names {
            [first, ..] if self.values.contains(first) => 1,
            [first, ..] if self.relations.contains(first) => 2,
            [schema, table, ..] if self.qualified.contains(&(schema.clone(), table.clone())) => 3,
            _ => 1,
        }
    }
}

/// Where the names and subscripts stand that begin at `at`: `a.b[0].c`.
pub(super) fn chain(tokens: &[Token<'_>], at: usize) -> Range<usize> {
    // `ARRAY[1]` is PostgreSQL's own.
    if tokens.get(at).is_none_or(|token| token.identifier().is_none() || token.is_word("array")) {
        return at..at;
    }
    let mut end = at + 1;
    loop {
        end = match tokens.get(end..).unwrap_or_default() {
            [dot, name, ..] if dot.is_symbol('.') && name.identifier().is_some() => end + 2,
            [open, ..] if open.is_symbol('[') => match closing(tokens, end) {
                Some(close) => close + 1,
                None => return at..end,
            },
            _ => return at..end,
        };
    }
}

/// Where the bracket closes that opens at `at`.
fn closing(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    let close = tokens.get(at..)?.iter().position(|token| {
        depth += i32::from(token.is_symbol('[')) - i32::from(token.is_symbol(']'));
        depth == 0
    })?;
    Some(at + close)
}

/// The names that a chain begins with, before its first subscript.
fn names(tokens: &[Token<'_>], chain: Range<usize>) -> Vec<String> {
    let parts = tokens.get(chain).unwrap_or_default().iter().take_while(|token| !token.is_symbol('['));
    parts.filter_map(Token::identifier).collect()
}

/// The alias at `at`, and where it ends.
pub(super) fn alias(tokens: &[Token<'_>], at: usize) -> (Option<String>, usize) {
    let spelled = tokens.get(at).is_some_and(|token| token.is_word("as"));
    let at = at + usize::from(spelled);
    let follows = |token: &Token<'_>| token.is_any_word(&FOLLOWS) || token.is_any_word(&NO_ALIAS);
    let name = tokens.get(at).filter(|token| token.kind == TokenKind::QuotedIdentifier || !follows(token));
    match name.and_then(Token::identifier) {
        Some(name) => (Some(name), at + 1),
        None => (None, at),
    }
}

/// `AT name`, and where it ends.
fn position(tokens: &[Token<'_>], end: usize) -> (Option<String>, usize) {
    match tokens.get(end..).unwrap_or_default() {
        [at, name, ..] if at.is_word("at") && name.identifier().is_some() => (name.identifier(), end + 2),
        _ => (None, end),
    }
}

/// Words that follow the first of a type.
const OF_TYPES: [&str; 6] = ["precision", "varying", "with", "without", "time", "zone"];

/// What follows the type that `tokens` begin with.
fn after_type<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let (first, mut rest) = tokens.split_first()?;
    first.identifier()?;
    while let Some((_, behind)) = rest.split_first().filter(|(word, _)| word.is_any_word(&OF_TYPES)) {
        rest = behind;
    }
    match parenthesized(rest) {
        Some((_, length)) => rest.get(length..),
        None => Some(rest),
    }
}

/// Whether `tokens` are nothing but casts: `::int::varchar(3)`.
fn are_casts(mut tokens: &[Token<'_>]) -> bool {
    while let [colon, second, kind @ ..] = tokens {
        let casts = colon.is_symbol(':') && second.is_symbol(':');
        match after_type(kind).filter(|_| casts) {
            Some(rest) => tokens = rest,
            None => return false,
        }
    }
    tokens.is_empty()
}

/// A statement at work.
struct Statement<'t, 'a> {
    sql: &'t str,
    tokens: &'t [Token<'a>],
    scope: Scope,
}

impl Statement<'_, '_> {
    /// Arrays and objects in FROM become calls.
    fn unnest(&self, edits: &mut Edits) {
        for item in &self.scope.items {
            let value = self.call(item.chain.clone()).unwrap_or_else(|| {
                text_of(self.sql, self.tokens.get(item.chain.clone()).unwrap_or_default()).to_owned()
            });
            let (alias, function) = (quoted(&item.alias), item.function);
            let text = match &item.position {
                None => format!("LATERAL pg_catalog.{function}({value}) AS {alias}({alias})"),
                Some(position) => {
                    let position = quoted(position);
                    format!("LATERAL pg_catalog.{function}_at({value}) AS {alias}({alias}, {position})")
                }
            };
            edits.replace(self.tokens.get(item.whole.clone()).unwrap_or_default(), text);
        }
    }

    /// Chains that go on behind a column become calls; a SELECT's own have the name of their last attribute.
    fn expressions(&self, edits: &mut Edits, columns: &mut HashSet<String>) {
        let items = select_items(self.tokens);
        let mut at = 0;
        while at < self.tokens.len() {
            let found = chain(self.tokens, at);
            at = found.end.max(at + 1);
            let Some(text) = self.call(found.clone()).filter(|_| self.is_value(&found)) else { continue };
            let names = names(self.tokens, found.clone());
            if self.scope.column_length(&names) == 1 {
                columns.extend(names.into_iter().next().filter(|name| !self.scope.values.contains(name)));
            }
            let name = if items.contains(&found) { self.last_name(&found) } else { String::new() };
            if let Some(last) = items.iter().find_map(|item| self.cast_of(item, &found)) {
                edits.append(last, self.last_name(&found));
            }
            edits.replace(self.tokens.get(found).unwrap_or_default(), text + &name);
        }
    }

    /// Whether a chain is an expression: no table, type, call or collation.
    fn is_value(&self, chain: &Range<usize>) -> bool {
        let before = chain.start.checked_sub(1).and_then(|at| self.tokens.get(at));
        let next = self.tokens.get(chain.end);
        let named = before.is_some_and(|token| {
            token.is_any_symbol(&[':', '.'])
                || token.is_any_word(&[
                    "from", "join", "into", "update", "table", "view", "collate", "using", "as", "exists",
                ])
        });
        !named && !next.is_some_and(|token| token.is_any_symbol(&['(', '.']))
    }

    /// The call that a chain is; `None` where it is a column and no more.
    fn call(&self, chain: Range<usize>) -> Option<String> {
        let names = names(self.tokens, chain.clone());
        if names.is_empty() {
            return None;
        }
        let column = self.scope.column_length(&names);
        // Names and the dots between them.
        let behind = chain.start + 2 * column.min(names.len()) - 1;
        let path = self.path(behind..chain.end);
        if path.is_empty() {
            return None;
        }
        let column = text_of(self.sql, self.tokens.get(chain.start..behind)?);
        Some(format!("pg_catalog.linchpin_navigate({column}, ARRAY[{}])", path.join(", ")))
    }

    /// What attributes and subscripts a chain goes through.
    fn path(&self, mut parts: Range<usize>) -> Vec<String> {
        let mut path = Vec::new();
        while let Some(token) = self.tokens.get(parts.clone()).and_then(<[_]>::first) {
            let mut end = parts.start + 1;
            if token.is_symbol('[') {
                end = closing(self.tokens, parts.start).unwrap_or(parts.start) + 1;
                let index = self.tokens.get(parts.start + 1..end - 1).unwrap_or_default();
                path.push(format!("({})::text", text_of(self.sql, index)));
            } else if let Some(name) = token.identifier() {
                path.push(literal(&name));
            }
            parts.start = end;
        }
        path
    }

    /// The last token of an item of a SELECT list that casts the chain and has no name: `s.a::int`, `CAST(s.a AS int)`.
    fn cast_of(&self, item: &Range<usize>, chain: &Range<usize>) -> Option<&Token<'_>> {
        let last = self.tokens.get(item.end.checked_sub(1)?)?;
        let begins = self.tokens.get(item.start..chain.start)?;
        let behind = self.tokens.get(chain.end..item.end)?;
        let casts = match (begins, behind) {
            ([], [_, _, ..]) => are_casts(behind),
            ([cast, open], [by, kind @ .., close]) => {
                let called = cast.is_word("cast") && open.is_symbol('(') && close.is_symbol(')');
                called && by.is_word("as") && after_type(kind) == Some(&[])
            }
            _ => false,
        };
        casts.then_some(last)
    }

    /// ` AS name`, after the last attribute of a chain, or its column.
    fn last_name(&self, chain: &Range<usize>) -> String {
        let last =
            self.tokens.get(chain.clone()).unwrap_or_default().iter().rev().find_map(Token::identifier);
        last.map_or_else(String::new, |name| format!(" AS {}", quoted(&name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: Option<&str>) {
        let tokens = tokenize(sql).unwrap();
        let navigated = navigate(sql, query(&tokens))
            .map(|navigated| navigated.sql.replace("pg_catalog.linchpin_", "").replace("ARRAY", ""));
        assert_eq!(navigated.as_deref(), expected, "{sql}");
        assert_eq!(navigates(&tokens), expected.is_some(), "{sql}");
    }

    #[test]
    fn what_is_no_table_is_a_column() {
        check("select s.a from t", Some("select navigate(s, ['a']) AS \"a\" from t"));
        check(
            "select s.a.b[0].c as x, t.s.a + 1, t.id from public.t where f(t.s[1], s.B) = 1",
            Some(
                "select navigate(s, ['a', 'b', (0)::text, 'c']) as x, navigate(t.s, ['a']) + 1, t.id from public.t \
                 where f(navigate(t.s, [(1)::text]), navigate(s, ['b'])) = 1",
            ),
        );
        check(
            "select public.t.s.a, public.t.id from public.t",
            Some("select navigate(public.t.s, ['a']) AS \"a\", public.t.id from public.t"),
        );
        check(
            "update t set v = u.s.a from u where t.id = u.id",
            Some("update t set v = navigate(u.s, ['a']) from u where t.id = u.id"),
        );
        check("select s[0] from t", Some("select navigate(s, [(0)::text]) AS \"s\" from t"));
        check("(select s.a from t)", Some("(select navigate(s, ['a']) AS \"a\" from t)"));
        check(
            "select s.a::double precision, cast(s.b.c as varchar(3)), s.d::int x, s.e::int + 1 from t",
            Some(
                "select navigate(s, ['a'])::double precision AS \"a\", cast(navigate(s, ['b', 'c']) as varchar(3)) AS \"c\", \
                 navigate(s, ['d'])::int x, navigate(s, ['e'])::int + 1 from t",
            ),
        );
    }

    #[test]
    fn arrays_are_tables() {
        check(
            "select x.n, x from t, t.s as x where x.n = 1",
            Some(
                "select navigate(x, ['n']) AS \"n\", x from t, LATERAL unnest(t.s) AS \"x\"(\"x\") where navigate(x, ['n']) = 1",
            ),
        );
        check(
            "select i, y from t a, a.s.items[0] x at i, x.parts as y",
            Some(
                "select i, y from t a, LATERAL unnest_at(navigate(a.s, ['items', (0)::text])) AS \"x\"(\"x\", \"i\"), \
                 LATERAL unnest(navigate(x, ['parts'])) AS \"y\"(\"y\")",
            ),
        );
    }

    #[test]
    fn an_array_of_a_table_outside() {
        check(
            "select (select l.n from t.s l) from t",
            Some(
                "select (select navigate(l, ['n']) AS \"n\" from LATERAL unnest(t.s) AS \"l\"(\"l\")) from t",
            ),
        );
    }

    #[test]
    fn what_is_of_a_table_stays() {
        for sql in [
            "select t.a, u.b from public.t join s.u on t.id = u.id",
            "select x.a from (select 1 as a) x",
            "select x.a from (select 1 as a) as x join f(1) y on y.a = x.a, z w where w.a = 1",
            "with c as (select 1 as a) select c.a, pg_catalog.now(), a::pg_catalog.int4 from c",
            "delete from t using u where t.a = u.a",
            "merge into t using u on t.id = u.id when matched then update set a = u.a",
            "update t as x set a = 1 where x.b = 2",
            "insert into s.t (a) select b.a from b",
            "create table s.t as select a.b from c.a",
            "select extract(year from t.a) from t",
            "drop table s.t",
            "select array[1, 2] from t",
            // Arrays of the catalog's are PostgreSQL's.
            "select conkey[1] from pg_constraint",
        ] {
            check(sql, None);
        }
    }
}
