//! Window functions that Redshift wants a frame of.

use super::expression::parenthesized;
use super::refuse::Unsupported;
use super::token::Token;

/// Aggregates, and what counts within a frame as they do.
const FRAMED: [&str; 15] = [
    "avg",
    "count",
    "max",
    "min",
    "sum",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "variance",
    "var_pop",
    "var_samp",
    "first_value",
    "last_value",
    "nth_value",
    "any_value",
];

/// An aggregate over an ordered window that does not say its frame (documented).
pub(super) fn refusal(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let mut overs = (0..tokens.len()).filter(|at| tokens.get(*at).is_some_and(|token| token.is_word("over")));
    overs.any(|at| lacks_frame(tokens, at) == Some(true)).then_some(Unsupported::WindowWithoutRows)
}

fn lacks_frame(tokens: &[Token<'_>], over: usize) -> Option<bool> {
    let (window, _) = parenthesized(tokens.get(over + 1..)?)?;
    let ordered = window
        .windows(2)
        .any(|pair| matches!(pair, [order, by] if order.is_word("order") && by.is_word("by")));
    let framed = window.iter().any(|token| token.is_any_word(&["rows", "range", "groups"]));
    Some(ordered && !framed && function(tokens, over)?.is_any_word(&FRAMED))
}

/// The name of the function whose window begins at `over`.
fn function<'t, 'a>(tokens: &'t [Token<'a>], over: usize) -> Option<&'t Token<'a>> {
    let call = tokens.get(..over)?;
    let close = call.iter().rposition(|token| !token.is_any_word(&["ignore", "respect", "nulls"]))?;
    let mut depth = 0_i32;
    let open = call.get(..=close)?.iter().rposition(|token| {
        depth += i32::from(token.is_symbol(')')) - i32::from(token.is_symbol('('));
        depth == 0
    })?;
    call.get(open.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::*;

    #[test]
    fn ordered_aggregates_say_their_frame() {
        for (sql, refused) in [
            ("select sum(a) over (order by b) from t", true),
            ("select max(f(a, b)) over (partition by c order by b desc) from t", true),
            ("select last_value(a ignore nulls) over (order by b) from t", true),
            ("select first_value(a) ignore nulls over (order by b) from t", true),
            ("select sum(a) over (order by b rows unbounded preceding) from t", false),
            ("select sum(a) over (partition by b) from t", false),
            ("select rank() over (order by b), lag(a) over (order by b) from t", false),
            ("select a as over from t", false),
        ] {
            assert_eq!(refusal(&tokenize(sql).unwrap()).is_some(), refused, "{sql}");
        }
    }
}
