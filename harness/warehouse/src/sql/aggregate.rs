//! Aggregates whose clauses PostgreSQL writes otherwise, or does not take over a window.

use super::expression::{Source, list, parenthesized};
use super::token::Token;

/// What the aggregate that `rest` begins with is to PostgreSQL, and how many tokens it is with its clauses.
pub(crate) fn call(source: &Source<'_>, rest: &[Token<'_>]) -> Option<(String, usize)> {
    let (name, behind) = rest.split_first()?;
    let (inner, length) = parenthesized(behind)?;
    let call = Call::new(rest, inner, length + 1);
    if name.is_word("listagg") {
        call.listagg(source)
    } else if name.is_word("median") {
        Some(call.median(source))
    } else if name.is_word("percentile_cont") {
        call.percentile(source)
    } else if name.is_word("percentile_disc") {
        call.discrete_percentile(source)
    } else if name.is_word("ratio_to_report") {
        call.ratio(source)
    } else {
        None
    }
}

/// Whether `rest` begins with `LISTAGG(DISTINCT ..) .. OVER`, which PostgreSQL has not.
pub(super) fn is_distinct_window(rest: &[Token<'_>]) -> bool {
    let inner = rest.get(1..).and_then(parenthesized);
    inner.is_some_and(|(inner, length)| {
        let call = Call::new(rest, inner, length + 1);
        call.window.is_some() && inner.first().is_some_and(|token| token.is_word("distinct"))
    })
}

/// Where an order leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// A call with what follows its parentheses.
struct Call<'t, 'a> {
    inner: &'t [Token<'a>],
    /// What stands in WITHIN GROUP.
    order: &'t [Token<'a>],
    /// What stands in OVER.
    window: Option<&'t [Token<'a>]>,
    /// How many tokens all of it is.
    length: usize,
}

impl<'t, 'a> Call<'t, 'a> {
    fn new(rest: &'t [Token<'a>], inner: &'t [Token<'a>], length: usize) -> Call<'t, 'a> {
        let (order, taken) = match rest.get(length..).unwrap_or_default() {
            [within, group, order @ ..] if within.is_word("within") && group.is_word("group") => {
                parenthesized(order).map_or((&[][..], 0), |(inner, length)| (inner, length + 2))
            }
            _ => (&[][..], 0),
        };
        let length = length + taken;
        let window = match rest.get(length..).unwrap_or_default() {
            [over, window @ ..] if over.is_word("over") => parenthesized(window),
            _ => None,
        };
        let length = length + window.map_or(0, |(_, length)| length + 1);
        Call { inner, order, window: window.map(|(inner, _)| inner), length }
    }

    /// `LISTAGG([DISTINCT] value [, delimiter]) [WITHIN GROUP (ORDER BY ..)] [OVER (..)]`: an aggregate with its order
    /// inside; over a window, the order is the window's, and the frame all of it. Around it stands what limits the length.
    fn listagg(&self, source: &Source<'_>) -> Option<(String, usize)> {
        let arguments = list(self.inner);
        let (first, delimiter) = arguments.split_first()?;
        let (quantifier, value) = match first {
            [distinct, value @ ..] if distinct.is_word("distinct") => ("DISTINCT ", value),
            value => ("", *value),
        };
        let value_text = format!("({})::text", source.render(value));
        let delimiter =
            delimiter.first().map_or_else(|| "''".to_owned(), |delimiter| source.render(delimiter));
        let order = match self.order {
            [] => String::new(),
            // With DISTINCT, PostgreSQL orders by arguments only.
            [_, _, by @ ..] if !quantifier.is_empty() && by.starts_with(value) => {
                let direction = by.get(value.len()..).unwrap_or_default();
                format!(" ORDER BY {value_text} {}", source.render(direction))
            }
            order => format!(" {}", source.render(order)),
        };
        let text = match self.window {
            None => format!("listagg(listagg({quantifier}{value_text}, {delimiter}{order}))"),
            Some(window) => {
                let frame = if order.is_empty() {
                    ""
                } else {
                    " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
                };
                let window = source.render(window);
                format!(
                    "listagg(listagg({quantifier}{value_text}, {delimiter}) OVER ({window}{order}{frame}))"
                )
            }
        };
        Some((text, self.length))
    }

    /// `MEDIAN(value) [OVER (..)]`.
    fn median(&self, source: &Source<'_>) -> (String, usize) {
        let value = source.render(self.inner);
        let text = match self.window {
            None => format!("median(percentile_cont(0.5) WITHIN GROUP (ORDER BY {value}))"),
            Some(window) => {
                let window = source.render(window);
                format!("median(linchpin_percentile_cont(({value})::float8, 0.5) OVER ({window}))")
            }
        };
        (text, self.length)
    }

    /// `PERCENTILE_CONT(fraction) WITHIN GROUP (ORDER BY value) OVER (..)`; without a window PostgreSQL has it.
    fn percentile(&self, source: &Source<'_>) -> Option<(String, usize)> {
        let window = source.render(self.window?);
        let fraction = source.render(self.inner);
        let (value, direction) = self.ordered()?;
        let fraction = if direction == Direction::Down { format!("1 - ({fraction})") } else { fraction };
        let value = source.render(value);
        let text = format!(
            "percentile_cont(linchpin_percentile_cont(({value})::float8, {fraction}) OVER ({window}))"
        );
        Some((text, self.length))
    }

    /// `PERCENTILE_DISC(fraction) WITHIN GROUP (ORDER BY value) OVER (..)`; without a window PostgreSQL has it.
    fn discrete_percentile(&self, source: &Source<'_>) -> Option<(String, usize)> {
        let (window, fraction) = (source.render(self.window?), source.render(self.inner));
        let (value, direction) = self.ordered()?;
        let name = if direction == Direction::Down { "percentile_disc_desc" } else { "percentile_disc" };
        let values = format!("pg_catalog.array_agg({}) OVER ({window})", source.render(value));
        Some((format!("pg_internal.{name}({values}, {fraction})"), self.length))
    }

    /// What WITHIN GROUP orders by.
    fn ordered(&self) -> Option<(&'t [Token<'a>], Direction)> {
        Some(match self.order.get(2..)? {
            [value @ .., last] if last.is_word("desc") => (value, Direction::Down),
            [value @ .., last] if last.is_word("asc") => (value, Direction::Up),
            value => (value, Direction::Up),
        })
    }

    /// `RATIO_TO_REPORT(value) OVER (..)`.
    fn ratio(&self, source: &Source<'_>) -> Option<(String, usize)> {
        let (value, window) = (source.render(self.inner), source.render(self.window?));
        let text =
            format!("ratio_to_report(({value})::float8 / nullif(sum(({value})::float8) OVER ({window}), 0))");
        Some((text, self.length))
    }
}
