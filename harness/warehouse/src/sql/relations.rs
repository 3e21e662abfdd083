//! Which relations a statement reads: Redshift's leader node takes more of PostgreSQL's than its tables do.

use super::token::Token;

/// What the names of system relations begin with.
const CATALOG: [&str; 6] = ["pg_", "stl_", "stv_", "svl_", "svv_", "sys_"];

/// Words that end a FROM clause at its own depth.
const ENDS: [&str; 11] =
    ["where", "group", "having", "order", "limit", "offset", "fetch", "union", "except", "intersect", "set"];

/// What is read inside one pair of parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `extract(year from x)` has no FROM clause.
    Expression,
    Query,
    From,
}

/// The first word of each relation's name in FROM and JOIN; functions are none.
fn relations(tokens: &[Token<'_>]) -> Vec<String> {
    let (mut places, mut found, mut begins) = (vec![Place::Query], Vec::new(), false);
    for (at, token) in tokens.iter().enumerate() {
        if token.is_symbol('(') {
            // `from (a join b)`: still a FROM clause.
            places.push(if begins { Place::From } else { Place::Expression });
        } else if token.is_symbol(')') {
            places.pop();
        }
        let Some(place) = places.last_mut() else { break };
        let called = tokens.get(at + 1).is_some_and(|next| next.is_symbol('('));
        let skipped = token.is_any_word(&["select", "lateral", "only"]);
        found.extend(token.identifier().filter(|_| begins && !called && !skipped));
        begins = match *place {
            _ if token.is_word("select") => {
                *place = Place::Query;
                false
            }
            Place::Query if token.is_word("from") => {
                *place = Place::From;
                true
            }
            Place::From if token.is_any_word(&ENDS) => {
                *place = Place::Query;
                false
            }
            Place::From => {
                token.is_any_word(&["join", "only"])
                    || token.is_symbol(',')
                    || (begins && token.is_symbol('('))
            }
            Place::Query | Place::Expression => false,
        };
    }
    found
}

/// The names that WITH gives, their columns behind them or not.
fn common(tokens: &[Token<'_>]) -> Vec<String> {
    let opens = |at: usize| tokens.get(at).is_some_and(|token| token.is_symbol('('));
    let named = tokens.iter().enumerate().filter(|(at, token)| token.is_word("as") && opens(at + 1));
    named.filter_map(|(at, _)| tokens.get(name_before(tokens, at)?)?.identifier()).collect()
}

/// Where the name stands that ends before `at`: in front of the columns, if there are some.
fn name_before(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let last = at.checked_sub(1)?;
    if !tokens.get(last)?.is_symbol(')') {
        return Some(last);
    }
    let open = tokens.get(..last)?.iter().rposition(|token| token.is_symbol('('))?;
    open.checked_sub(1)
}

fn is_catalog(name: &str) -> bool {
    CATALOG.iter().any(|prefix| name.starts_with(prefix)) || name == "information_schema"
}

/// Whether all relations of a query are the catalog's, and there are some.
pub(crate) fn reads_catalog_only(tokens: &[Token<'_>]) -> bool {
    if !tokens.first().is_some_and(|token| token.is_any_word(&["select", "with"])) {
        return false;
    }
    let (common, relations) = (common(tokens), relations(tokens));
    let mut others = relations.iter().filter(|name| !common.contains(name)).peekable();
    others.peek().is_some() && others.all(|name| is_catalog(name))
}

/// Whether a query reads a relation that is not the catalog's.
pub(crate) fn reads_tables(tokens: &[Token<'_>]) -> bool {
    let common = common(tokens);
    relations(tokens).iter().any(|name| !is_catalog(name) && !common.contains(name))
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::*;

    #[test]
    fn relations_of_a_query() {
        for (sql, expected) in [
            ("select 1", ""),
            (
                "select extract(year from a), (select max(x) from u) from t, s.v as b join (w) on true",
                "u t s w",
            ),
            ("select a, b from t where c in (1, x) group by d, e", "t"),
            ("select * from (select a, b from t) s, pg_class", "t pg_class"),
            ("select trim(both from a) from f(1, b) g, ((h cross join i))", "h i"),
            ("select * from t join u on t.a = any (b) and f(c, d) = 1, only v", "t u v"),
        ] {
            assert_eq!(relations(&tokenize(sql).unwrap()).join(" "), expected, "{sql}");
        }
    }

    #[test]
    fn queries_of_the_catalog() {
        for (sql, expected) in [
            ("select extract(epoch from now()) from pg_class c, pg_namespace n", true),
            ("with a as (select 1 from pg_class) select * from a, information_schema.tables", true),
            ("with recursive a(x, y) as (select 1 from pg_class where oid = any (b)) select * from a", true),
            ("select unnest(c.conkey) from pg_constraint c, unnest(c.conkey) k", true),
            ("select * from pg_class, t", false),
            ("select 1", false),
            ("insert into t select * from pg_class", false),
        ] {
            assert_eq!(reads_catalog_only(&tokenize(sql).unwrap()), expected, "{sql}");
        }
    }
}
