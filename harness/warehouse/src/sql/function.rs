//! Functions of Redshift that no function of PostgreSQL's can be: their arguments are no plain values.

use super::edits::Edits;
use super::expression::{Source, list, parenthesized};
use super::token::{Token, TokenKind};

/// Functions whose first argument is a part of a date, bare or quoted.
const DATE_PARTS: [&str; 6] = ["dateadd", "datediff", "date_add", "date_diff", "date_part", "datepart"];

/// Changes the call that `rest` begins with; returns how many tokens are done with.
pub(crate) fn call(source: &Source<'_>, rest: &[Token<'_>], edits: &mut Edits) -> usize {
    let Some((name, behind)) = rest.split_first() else { return 1 };
    let Some((inner, length)) = parenthesized(behind) else { return 1 };
    let arguments = list(inner);
    let whole = rest.get(..=length).unwrap_or_default();
    if name.is_word("nvl") {
        edits.replace(&[*name], "coalesce");
    } else if name.is_word("nvarchar") || name.is_word("varchar") {
        edits.replace(&[*name], "varchar");
        if let [max] = inner
            && max.is_word("max")
        {
            edits.replace(&[*max], "65535");
        }
    } else if name.is_any_word(&DATE_PARTS) {
        if let Some([part]) = arguments.first()
            && part.kind == TokenKind::Word
        {
            edits.replace(&[*part], format!("'{}'", part.text));
            return 3;
        }
    } else if name.is_word("nvl2")
        && let [value, some, none] = arguments.as_slice()
    {
        let [value, some, none] = [value, some, none].map(|argument| source.render(argument));
        edits.replace(whole, format!("CASE WHEN ({value}) IS NOT NULL THEN {some} ELSE {none} END"));
        return whole.len();
    } else if name.is_word("decode") && arguments.len() > 2 {
        edits.replace(whole, decode(source, &arguments));
        return whole.len();
    } else if name.is_word("median") {
        edits
            .replace(whole, format!("percentile_cont(0.5) WITHIN GROUP (ORDER BY {})", source.render(inner)));
        return whole.len();
    } else if name.is_word("listagg") {
        return listagg(source, rest, &arguments, whole.len(), edits);
    }
    1
}

/// `DECODE(value, search, result, .., default)`, to which a NULL equals a NULL (documented).
fn decode(source: &Source<'_>, arguments: &[&[Token<'_>]]) -> String {
    let Some((value, pairs)) = arguments.split_first() else { return String::new() };
    let value = source.render(value);
    let mut text = "CASE".to_owned();
    let pairs =
        pairs.chunks(2).map(|pair| pair.iter().map(|argument| source.render(argument)).collect::<Vec<_>>());
    for pair in pairs {
        text += &match pair.as_slice() {
            [search, result] => format!(" WHEN ({value}) IS NOT DISTINCT FROM ({search}) THEN {result}"),
            default => format!(" ELSE {}", default.concat()),
        };
    }
    text + " END"
}

/// `LISTAGG([DISTINCT] value [, delimiter]) [WITHIN GROUP (ORDER BY ..)]`: an aggregate with its order inside.
fn listagg(
    source: &Source<'_>,
    rest: &[Token<'_>],
    arguments: &[&[Token<'_>]],
    length: usize,
    edits: &mut Edits,
) -> usize {
    let Some((first, delimiter)) = arguments.split_first() else { return 1 };
    let (quantifier, value) = match first {
        [distinct, value @ ..] if distinct.is_word("distinct") => ("DISTINCT ", value),
        value => ("", *value),
    };
    let value_text = format!("({})::text", source.render(value));
    let delimiter = delimiter.first().map_or_else(|| "''".to_owned(), |delimiter| source.render(delimiter));
    let (order, taken) = within_group(rest.get(length..).unwrap_or_default());
    let order = match order {
        [] => String::new(),
        // With DISTINCT, PostgreSQL orders by arguments only.
        [_, _, by @ ..] if !quantifier.is_empty() && by.starts_with(value) => {
            let direction = by.get(value.len()..).unwrap_or_default();
            format!(" ORDER BY {value_text} {}", source.render(direction))
        }
        order => format!(" {}", source.render(order)),
    };
    let all = rest.get(..length + taken).unwrap_or_default();
    edits.replace(all, format!("listagg({quantifier}{value_text}, {delimiter}{order})"));
    length + taken
}

/// What stands in the parentheses of a `WITHIN GROUP`, and how many tokens it is.
fn within_group<'t, 'a>(behind: &'t [Token<'a>]) -> (&'t [Token<'a>], usize) {
    match behind {
        [within, group, order @ ..] if within.is_word("within") && group.is_word("group") => {
            parenthesized(order).map_or((&[], 0), |(inner, length)| (inner, length + 2))
        }
        _ => (&[], 0),
    }
}
