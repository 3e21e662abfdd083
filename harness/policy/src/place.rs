//! Where the parts of a document stand in its text.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Position;

type Fields<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The statement at a position, counted from 0; none where the text has none.
pub(crate) fn of_statement(source: &str, statement: usize) -> Option<Position> {
    position(source, statement_text(source, statement)?)
}

/// The member of a statement's element that reads so.
pub(crate) fn of_member(source: &str, statement: usize, element: &str, text: &str) -> Option<Position> {
    let element = fields(statement_text(source, statement)?)?.get(element)?.get();
    let reads = |member: &&str| serde_json::from_str::<Cow<'_, str>>(member).is_ok_and(|read| read == text);
    position(source, one_or_many(element).into_iter().find(reads)?)
}

fn statement_text(source: &str, statement: usize) -> Option<&str> {
    one_or_many(fields(source)?.get("Statement")?.get()).get(statement).copied()
}

fn fields(text: &str) -> Option<Fields<'_>> {
    serde_json::from_str(text).ok()
}

fn one_or_many(text: &str) -> Vec<&str> {
    match <Vec<&RawValue>>::deserialize(&mut serde_json::Deserializer::from_str(text)) {
        Ok(members) => members.into_iter().map(RawValue::get).collect(),
        Err(_) => vec![text],
    }
}

/// The place of a slice of the source.
fn position(source: &str, part: &str) -> Option<Position> {
    let at = (part.as_ptr() as usize).checked_sub(source.as_ptr() as usize)?;
    let before = source.get(..at)?;
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Some(Position {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..)?.chars().count() + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "{\n\t\"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": [\"s3:é\", \"s3:B\"],\n     \"Resource\": \"\\u0061\"},\n    {\"Effect\": \"Deny\"}\n  ]\n}";

    #[test]
    fn parts_stand_where_a_table_says() {
        let at = |place: Option<Position>| place.map(|Position { line, column }| (line, column));
        assert_eq!(at(of_statement(SOURCE, 0)), Some((4, 5)));
        assert_eq!(at(of_statement(SOURCE, 1)), Some((6, 5)));
        assert_eq!(at(of_statement(SOURCE, 2)), None);
        assert_eq!(at(of_member(SOURCE, 0, "Action", "s3:B")), Some((4, 44)));
        assert_eq!(at(of_member(SOURCE, 0, "Resource", "a")), Some((5, 18)));
        assert_eq!(at(of_member(SOURCE, 0, "Action", "s3:C")), None);
    }
}
