//! A document as parts that can be taken out one at a time: how a least document is found.

use std::fmt;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::{Position, place};

/// A document's statements, each known by its place in the text it was read from, whatever is taken out.
///
/// Nothing is validated: names that stand for something else (`${..}`) may still be in its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    fields: Map<String, Value>,
    statements: Vec<(usize, Map<String, Value>)>,
}

/// A part of a document. A statement is told by its position in the text, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A whole statement.
    Statement(usize),
    /// One of several members of a statement's `Action` or `Resource`.
    Member {
        /// The statement.
        statement: usize,
        /// Which of the two lists.
        element: Element,
        /// As written.
        text: String,
    },
}

/// The lists of a statement that say what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// `Action`
    Action,
    /// `Resource`
    Resource,
}

/// The text is no object with a `Statement` of objects.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("not a JSON object with a `Statement`{}", .0.map(|at| format!(": see {}:{}", at.line, at.column)).unwrap_or_default())]
pub struct NoDraft(Option<Position>);

impl Element {
    /// Its name in a document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Action => "Action",
            Self::Resource => "Resource",
        }
    }

    fn negation(self) -> &'static str {
        match self {
            Self::Action => "NotAction",
            Self::Resource => "NotResource",
        }
    }
}

impl Part {
    /// The position of the statement that it is, or is of.
    pub fn statement(&self) -> usize {
        match self {
            Self::Statement(statement) | Self::Member { statement, .. } => *statement,
        }
    }

    /// Where it stands in the text of a document.
    pub fn place(&self, source: &str) -> Option<Position> {
        match self {
            Self::Statement(statement) => place::of_statement(source, *statement),
            Self::Member { statement, element, text } => {
                place::of_member(source, *statement, element.name(), text)
            }
        }
    }
}

impl Draft {
    /// Reads a document's text.
    ///
    /// # Errors
    /// [`NoDraft`], with the place where the text stops being JSON.
    pub fn parse(source: &str) -> Result<Self, NoDraft> {
        let at =
            |error: serde_json::Error| NoDraft(Some(Position { line: error.line(), column: error.column() }));
        let mut fields: Map<String, Value> = serde_json::from_str(source).map_err(at)?;
        let statements = match fields.shift_remove("Statement") {
            Some(Value::Array(statements)) => statements,
            Some(single) => vec![single],
            None => return Err(NoDraft(None)),
        };
        let numbered = statements.into_iter().enumerate().map(|(at, statement)| match statement {
            Value::Object(statement) => Ok((at, statement)),
            _ => Err(NoDraft(None)),
        });
        Ok(Self { fields, statements: numbered.collect::<Result<_, _>>()? })
    }

    /// Every part that grants something and can be taken out: each Allow statement, then its members where there
    /// are several.
    pub fn parts(&self) -> Vec<Part> {
        let allowing = self.statements.iter().filter(|(_, fields)| text(fields, "Effect") == Some("Allow"));
        let parts = allowing.flat_map(|(statement, fields)| {
            let members = [Element::Action, Element::Resource].into_iter().flat_map(move |element| {
                let texts = members(fields, element).filter(|texts| texts.len() > 1).unwrap_or_default();
                texts.into_iter().map(move |text| Part::Member { statement: *statement, element, text })
            });
            std::iter::once(Part::Statement(*statement)).chain(members)
        });
        parts.collect()
    }

    /// The texts of an element; none where the statement has its `Not..` twin, or neither.
    pub fn members(&self, statement: usize, element: Element) -> Option<Vec<String>> {
        members(&self.statements.iter().find(|(at, _)| *at == statement)?.1, element)
    }

    /// The document without a part; none where it has no such part, or no statement is left.
    #[must_use]
    pub fn without(&self, part: &Part) -> Option<Self> {
        self.parts().contains(part).then_some(())?;
        let mut left = self.clone();
        match part {
            Part::Statement(statement) => left.statements.retain(|(at, _)| at != statement),
            Part::Member { statement, element, text } => {
                let mut texts = self.members(*statement, *element)?;
                texts.retain(|known| known != text);
                left = left.with(*statement, *element, texts);
            }
        }
        (!left.statements.is_empty()).then_some(left)
    }

    /// The document with another list in a statement, in the place of the element or of its `Not..` twin.
    #[must_use]
    pub fn with(mut self, statement: usize, element: Element, mut texts: Vec<String>) -> Self {
        let value = match texts.len() {
            1 => Value::String(texts.remove(0)),
            _ => Value::from(texts),
        };
        for (_, fields) in self.statements.iter_mut().filter(|(at, _)| *at == statement) {
            let renamed = std::mem::take(fields).into_iter().map(|(name, old)| {
                if name == element.name() || name == element.negation() {
                    (element.name().to_owned(), value.clone())
                } else {
                    (name, old)
                }
            });
            *fields = renamed.collect();
        }
        self
    }

    /// The document's statements as people call them: by `Sid`, else by position, counted from 1.
    pub fn name(&self, statement: usize) -> String {
        let fields = self.statements.iter().find(|(at, _)| *at == statement).map(|(_, fields)| fields);
        match fields.and_then(|fields| text(fields, "Sid")).filter(|sid| !sid.is_empty()) {
            Some(sid) => format!("`{sid}`"),
            None => (statement + 1).to_string(),
        }
    }
}

/// The document as JSON, its fields in their order and the statements last.
impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut document = self.fields.clone();
        let statements = self.statements.iter().map(|(_, fields)| Value::Object(fields.clone()));
        document.insert("Statement".to_owned(), statements.collect());
        write!(f, "{:#}", Value::Object(document))
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}

fn members(fields: &Map<String, Value>, element: Element) -> Option<Vec<String>> {
    match fields.get(element.name())? {
        Value::String(single) => Some(vec![single.clone()]),
        Value::Array(texts) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = r#"{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":["a","b"]}"#;
    const WRITE: &str = r#"{"Effect":"Allow","Action":["s3:PutObject","s3:DeleteObject"],"Resource":"*"}"#;
    const DENY: &str = r#"{"Effect":"Deny","Action":["x:A","x:B"],"Resource":"*"}"#;
    const REST: &str = r#"{"Effect":"Allow","NotAction":["x:A","x:B"],"Resource":"*"}"#;

    fn draft(statements: &str) -> Draft {
        Draft::parse(&format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#)).unwrap()
    }

    fn told(part: &Part) -> String {
        match part {
            Part::Statement(statement) => statement.to_string(),
            Part::Member { statement, element, text } => format!("{statement} {} {text}", element.name()),
        }
    }

    #[test]
    fn the_parts_are_as_in_a_table() {
        for (statements, parts) in [
            (READ.to_owned(), vec!["0", "0 Resource a", "0 Resource b"]),
            (format!("[{DENY},{WRITE}]"), vec!["1", "1 Action s3:PutObject", "1 Action s3:DeleteObject"]),
            (format!("[{REST}]"), vec!["0"]),
            (DENY.to_owned(), vec![]),
        ] {
            assert_eq!(
                draft(&statements).parts().iter().map(told).collect::<Vec<_>>(),
                parts,
                "{statements}"
            );
        }
    }

    #[test]
    fn a_part_is_known_by_its_place_whatever_else_is_gone() {
        let both = draft(&format!("[{READ},{WRITE}]"));
        let put = Part::Member { statement: 1, element: Element::Action, text: "s3:PutObject".to_owned() };
        let left = both.without(&Part::Statement(0)).and_then(|left| left.without(&put)).unwrap();
        assert_eq!(left, {
            let mut expected = draft(&format!(
                "[{READ},{}]",
                WRITE.replace(r#"["s3:PutObject","s3:DeleteObject"]"#, r#""s3:DeleteObject""#)
            ));
            expected.statements.remove(0);
            expected
        });
        assert_eq!(left.without(&put), None, "the last action goes with its statement only");
        assert_eq!(left.without(&Part::Statement(1)), None, "a document without statements is none");
    }

    #[test]
    fn a_list_takes_the_place_of_its_twin() {
        let narrowed = draft(REST).with(0, Element::Action, vec!["x:C".to_owned()]).to_string();
        assert_eq!(
            serde_json::from_str::<Value>(&narrowed).unwrap()["Statement"].to_string(),
            r#"[{"Effect":"Allow","Action":"x:C","Resource":"*"}]"#
        );
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_place() {
        assert_eq!(
            Draft::parse("{\n  ${x}}").unwrap_err().to_string(),
            "not a JSON object with a `Statement`: see 2:3"
        );
        assert_eq!(
            Draft::parse(r#"{"Version":"1"}"#).unwrap_err().to_string(),
            "not a JSON object with a `Statement`"
        );
        assert!(Draft::parse(r#"{"Statement":[1]}"#).is_err());
    }
}
