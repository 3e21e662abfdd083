//! `IGNORE NULLS` and `RESPECT NULLS` of window functions, inside their parentheses or behind them. PostgreSQL knows neither.

use super::expression::{Source, list, parenthesized};
use super::refuse::Unsupported;
use super::token::Token;

/// Functions that take them.
const FUNCTIONS: [&str; 5] = ["first_value", "last_value", "nth_value", "lag", "lead"];

/// A call that says what NULLs are to it.
struct Call<'t, 'a> {
    name: &'t Token<'a>,
    arguments: Vec<&'t [Token<'a>]>,
    ignores: bool,
    /// How many tokens it is, without its window.
    length: usize,
}

impl<'t, 'a> Call<'t, 'a> {
    fn of(rest: &'t [Token<'a>]) -> Option<Call<'t, 'a>> {
        let (name, behind) = rest.split_first().filter(|(name, _)| name.is_any_word(&FUNCTIONS))?;
        let (inner, length) = parenthesized(behind)?;
        let is_clause = |words: &[Token<'_>]| matches!(words, [how, nulls] if how.is_any_word(&["ignore", "respect"]) && nulls.is_word("nulls"));
        let (arguments, inside) = inner.split_at(inner.len().saturating_sub(2));
        let outside = behind.get(length..length + 2).unwrap_or_default();
        let (inner, clause, length) = if is_clause(inside) {
            (arguments, inside, length + 1)
        } else if is_clause(outside) {
            (inner, outside, length + 3)
        } else {
            return None;
        };
        let ignores = clause.first().is_some_and(|how| how.is_word("ignore"));
        Some(Call { name, arguments: list(inner), ignores, length })
    }

    /// The frame that makes an aggregate of a function whose rows are counted from the current one; `None` where there is none.
    fn frame(&self) -> Option<&'static str> {
        let next = matches!(self.arguments.as_slice(), [_] | [_, [_]])
            && self.arguments.get(1).is_none_or(|offset| offset.iter().all(|number| number.text == "1"));
        match self.name.text.to_lowercase().as_str() {
            "first_value" | "last_value" => Some(""),
            "lag" if next => Some(" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"),
            "lead" if next => Some(" ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"),
            _ => None,
        }
    }
}

/// What the call that `rest` begins with is to PostgreSQL, and how many tokens it is.
pub(crate) fn call(source: &Source<'_>, rest: &[Token<'_>]) -> Option<(String, usize)> {
    let call = Call::of(rest)?;
    let name = call.name.text.to_lowercase();
    if !call.ignores {
        let arguments: Vec<_> = call.arguments.iter().map(|argument| source.render(argument)).collect();
        return Some((format!("{name}({})", arguments.join(", ")), call.length));
    }
    let (value, frame) = (source.render(call.arguments.first()?), call.frame()?);
    let window = match rest.get(call.length..)? {
        [over, window @ ..] if over.is_word("over") => parenthesized(window)?,
        _ => return None,
    };
    let text = format!("pg_internal.{name}({value}) OVER ({}{frame})", source.render(window.0));
    Some((text, call.length + window.1 + 1))
}

/// Why the call that `rest` begins with is refused, if it is.
pub(crate) fn refusal(rest: &[Token<'_>]) -> Option<Unsupported> {
    let call = Call::of(rest).filter(|call| call.ignores && call.frame().is_none())?;
    let what = match call.name.text.to_lowercase().as_str() {
        "nth_value" => "NTH_VALUE .. IGNORE NULLS",
        _ => "LAG or LEAD by more than one row with IGNORE NULLS",
    };
    Some(Unsupported::LeftOut { what, hint: "leave NULLs out in a query inside" })
}
