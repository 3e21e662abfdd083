//! Functions of Redshift that no function of PostgreSQL's can be: their arguments are no plain values.

use super::aggregate;
use super::edits::Edits;
use super::expression::{Source, VARBYTE, VARBYTE_OF_NO_LENGTH, list, parenthesized, varbyte};
use super::setting;
use super::token::{Token, TokenKind};

/// Functions whose first argument is a part of a date, bare or quoted.
const DATE_PARTS: [&str; 6] = ["dateadd", "datediff", "date_add", "date_diff", "date_part", "datepart"];

/// What their columns are called, where that is another name (documented examples).
const COLUMNS: [(&str, &str); 2] = [("dateadd", "date_add"), ("datediff", "date_diff")];

/// Changes the call that `rest` begins with; returns how many tokens are done with.
pub(crate) fn call(source: &Source<'_>, rest: &[Token<'_>], edits: &mut Edits) -> usize {
    let Some((name, behind)) = rest.split_first() else { return 1 };
    let Some((inner, length)) = parenthesized(behind) else { return 1 };
    let arguments = list(inner);
    let whole = rest.get(..=length).unwrap_or_default();
    if name.is_word("nvl") {
        edits.replace(&[*name], "coalesce");
    } else if name.is_any_word(&["nvarchar", "varchar", "varying"]) {
        edits.replace(&[*name], if name.is_word("varying") { "varying" } else { "varchar" });
        longest(inner, "65535", edits);
    } else if name.is_any_word(&["char", "character", "nchar", "bpchar"]) {
        longest(inner, "4096", edits);
    } else if name.is_word("varbinary") {
        edits.replace(&[*name], VARBYTE);
    } else if name.is_word("cast")
        && let Some(at) = inner.iter().rposition(|token| token.is_word("as"))
        && let Some((value, [_, kind @ ..])) = inner.split_at_checked(at)
        && let Some((_, [])) = varbyte(kind)
    {
        edits.replace(whole, cast(source, value, kind));
        return whole.len();
    } else if name.is_any_word(&DATE_PARTS) {
        if let Some([part]) = arguments.first()
            && let Some(spelled) = date_part(part)
        {
            if let Some((_, column)) = COLUMNS.iter().find(|(called, _)| name.is_word(called)) {
                edits.replace(&[*name], *column);
            }
            edits.replace(&[*part], format!("'{spelled}'"));
            return 3;
        }
    } else if name.is_word("extract")
        && let [part, from, ..] = inner
        && from.is_word("from")
        && let Some(spelled) = date_part(part)
    {
        // Its column is named so, as in PostgreSQL 8.0.
        edits.replace(&[*name], "pg_internal.date_part");
        if spelled.eq_ignore_ascii_case("epoch") {
            // A function of its own, as it is longer than other parts.
            edits.remove(&[*part, *from]);
            return 4;
        }
        edits.replace(&[*part], format!("'{spelled}'"));
        edits.replace(&[*from], ",");
        return 4;
    } else if name.is_any_word(&["current_setting", "set_config"]) {
        setting::call(name, &arguments, whole, edits);
    } else if name.is_word("json_extract_path_text")
        && let [value, path @ .., [flag]] = arguments.as_slice()
        && flag.is_any_word(&["true", "false"])
    {
        let rest: Vec<_> = path.iter().map(|argument| format!(", {}", source.render(argument))).collect();
        let value = source.render(value);
        edits.replace(whole, format!("json_extract_path_text({}, {value}{})", flag.text, rest.concat()));
        return whole.len();
    } else if name.is_word("nvl2")
        && let [value, some, none] = arguments.as_slice()
    {
        let [value, some, none] = [value, some, none].map(|argument| source.render(argument));
        edits.replace(whole, format!("CASE WHEN ({value}) IS NOT NULL THEN {some} ELSE {none} END"));
        return whole.len();
    } else if name.is_any_word(&["object", "array"]) && !is_query(inner) {
        edits.replace(whole, construct(source, name, inner, &arguments));
        return whole.len();
    } else if name.is_word("convert")
        && let [kind, value] = arguments.as_slice()
    {
        // `CONVERT(type, value)`, a cast (documented).
        edits.replace(whole, cast(source, value, kind));
        return whole.len();
    } else if name.is_word("decode") && arguments.len() > 2 {
        edits.replace(whole, decode(source, &arguments));
        return whole.len();
    } else if let Some(text) = name.is_word("try_cast").then(|| try_cast(source, inner)).flatten() {
        edits.replace(whole, text);
        return whole.len();
    } else if let Some((text, taken)) =
        aggregate::call(source, rest).or_else(|| super::nulls::call(source, rest))
    {
        edits.replace(rest.get(..taken).unwrap_or_default(), text);
        return taken;
    }
    1
}

/// Writes what MAX means for a length.
fn longest(length: &[Token<'_>], most: &str, edits: &mut Edits) {
    if let [max] = length
        && max.is_word("max")
    {
        edits.replace(length, most);
    }
}

fn cast(source: &Source<'_>, value: &[Token<'_>], kind: &[Token<'_>]) -> String {
    let kind = match varbyte(kind) {
        Some((_, [])) => VARBYTE_OF_NO_LENGTH.to_owned(),
        _ => source.render(kind),
    };
    format!("CAST({} AS {kind})", source.render(value))
}

/// `OBJECT(key, value, ..)` and `ARRAY(value, ..)`, which make a SUPER of any values.
fn construct(
    source: &Source<'_>,
    name: &Token<'_>,
    inner: &[Token<'_>],
    arguments: &[&[Token<'_>]],
) -> String {
    let name = name.text.to_lowercase();
    let part = |argument: &&[Token<'_>]| format!("pg_internal.part({})", source.render(argument));
    let parts = if inner.is_empty() { Vec::new() } else { arguments.iter().map(part).collect() };
    format!("pg_catalog.\"{name}\"(pg_catalog.json_build_{name}({}))", parts.join(", "))
}

/// `TRY_CAST(value AS type)`, which is NULL where the value is none of the type's (documented).
fn try_cast(source: &Source<'_>, inner: &[Token<'_>]) -> Option<String> {
    let (value, kind) = inner.split_at_checked(inner.iter().rposition(|token| token.is_word("as"))?)?;
    let (value, kind) = (source.render(value), source.render(kind.get(1..)?));
    let name = super::attributes::literal(&kind);
    Some(format!("pg_catalog.try_cast({value}, {name}, NULL::{kind})"))
}

fn is_query(inner: &[Token<'_>]) -> bool {
    inner.first().is_some_and(|token| token.is_any_word(&["select", "with"]))
}

/// The parts of a date that PostgreSQL knows by one name only.
const SPELLINGS: [(&str, &[&str]); 2] =
    [("dow", &["dayofweek", "dw", "weekday"]), ("doy", &["dayofyear", "dy", "yearday"])];

/// The part of a date that `token` is, as PostgreSQL spells it; `None` if it is no name of one.
fn date_part(token: &Token<'_>) -> Option<String> {
    let name = match token.kind {
        TokenKind::Word => token.text.to_owned(),
        TokenKind::Literal => token.literal()?.to_lowercase(),
        _ => return None,
    };
    let known = SPELLINGS.iter().find(|(_, others)| others.contains(&name.to_lowercase().as_str()));
    Some(known.map_or(name, |(spelled, _)| (*spelled).to_owned()))
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
