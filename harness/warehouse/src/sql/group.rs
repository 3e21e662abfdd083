//! `GROUP BY ALL` (documented): what the SELECT's list has without an aggregate, by its places there.

use super::edits::Edits;
use super::expression::parenthesized;
use super::lateral::{list_items, select_before};
use super::token::{Token, TokenKind};

/// Redshift's aggregates (documented), and what makes a call one over a window.
const AGGREGATES: [&str; 20] = [
    "any_value",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "listagg",
    "max",
    "median",
    "min",
    "over",
    "percentile_cont",
    "percentile_disc",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "var_pop",
    "var_samp",
];

/// Whether `GROUP BY ALL` ends at `at`. PostgreSQL's own `ALL` stands before expressions.
pub(crate) fn is_by_all(tokens: &[Token<'_>], at: usize) -> bool {
    let before = |count: usize| at.checked_sub(count).and_then(|at| tokens.get(at));
    let words = [(0, "all"), (1, "by"), (2, "group")];
    words.into_iter().all(|(count, word)| before(count).is_some_and(|token| token.is_word(word)))
}

/// Writes the places in.
pub(crate) fn name(tokens: &[Token<'_>], edits: &mut Edits) {
    for at in (0..tokens.len()).filter(|at| is_by_all(tokens, *at)) {
        if let (Some(places), Some(all)) = (places(tokens, at), tokens.get(at)) {
            edits.replace(&[*all], places);
        }
    }
}

/// What is grouped by in the place of the ALL at `at`; `None` where a star hides how many columns there are.
pub(crate) fn places(tokens: &[Token<'_>], at: usize) -> Option<String> {
    let items = list_items(tokens, select_before(tokens, at)?);
    let (mut places, mut place) = (Vec::new(), 1);
    for item in items {
        let item = tokens.get(item)?;
        if item.last().is_some_and(|last| last.is_symbol('*')) {
            return None;
        }
        if !has_aggregate(item) {
            places.push(place.to_string());
        }
        place += 1;
    }
    Some(if places.is_empty() { "()".to_owned() } else { places.join(", ") })
}

/// Whether an aggregate is called, other than by a query inside.
fn has_aggregate(mut item: &[Token<'_>]) -> bool {
    while let Some((first, behind)) = item.split_first() {
        let call = parenthesized(behind);
        if first.kind == TokenKind::Word && call.is_some() && first.is_any_word(&AGGREGATES) {
            return true;
        }
        let query = parenthesized(item)
            .filter(|(inner, _)| inner.first().is_some_and(|token| token.is_word("select")));
        item = query.and_then(|(_, length)| item.get(length..)).unwrap_or(behind);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::*;

    #[test]
    fn what_is_no_aggregate_is_grouped_by() {
        for (sql, expected) in [
            ("select a, sum(b), c + 1 d from t group by all", Some("1, 3")),
            (
                "select top 2 a, (select max(b) from u), rank() over (order by a) from t group by all",
                Some("1, 2"),
            ),
            ("select count(*) from t group by all", Some("()")),
            ("select x.* from (select a, max(b) from t group by a) x group by all", None),
            ("select max(a), min, b from t where c in (select d from u) group by all", Some("2, 3")),
        ] {
            let tokens = tokenize(sql).unwrap();
            let at = (0..tokens.len()).find(|at| is_by_all(&tokens, *at)).unwrap();
            assert_eq!(places(&tokens, at).as_deref(), expected, "{sql}");
        }
    }
}
