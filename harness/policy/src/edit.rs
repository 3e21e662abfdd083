//! Documents with a part taken out: what remains when one permission is pulled.

use serde_json::{Map, Value};

use crate::Document;

/// What is left of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The document without the part, as JSON.
    Document(String),
    /// The part was all there was: the whole policy goes, since a document without statements is malformed.
    NothingLeft,
    /// The document has no such part.
    NotFound,
}

impl Document {
    /// Takes one action pattern, as written but for its case, out of every Allow statement that lists it. A
    /// statement whose last action it was goes too.
    pub fn without_action(&self, action: &str) -> Edited {
        self.edit(|statement| {
            if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
                return Change::None;
            }
            match statement.get_mut("Action") {
                Some(Value::Array(actions)) => {
                    let before = actions.len();
                    actions.retain(|listed| !is_action(listed, action));
                    match actions.len() {
                        after if after == before => Change::None,
                        0 => Change::Remove,
                        _ => Change::Edited,
                    }
                }
                Some(single) if is_action(single, action) => Change::Remove,
                _ => Change::None,
            }
        })
    }

    /// Takes the statement with this `Sid` out.
    pub fn without_statement(&self, sid: &str) -> Edited {
        self.edit(|statement| {
            let named = statement.get("Sid").and_then(Value::as_str) == Some(sid);
            if named { Change::Remove } else { Change::None }
        })
    }

    fn edit(&self, mut change: impl FnMut(&mut Map<String, Value>) -> Change) -> Edited {
        // A parsed document is an object with a `Statement`; the other arms cannot be reached.
        let Ok(Value::Object(mut document)) = serde_json::from_str(self.source()) else {
            return Edited::NotFound;
        };
        let mut statements = match document.get_mut("Statement").map(Value::take) {
            Some(Value::Array(statements)) => statements,
            Some(single) => vec![single],
            None => return Edited::NotFound,
        };
        let mut found = false;
        statements.retain_mut(|statement| {
            let change = statement.as_object_mut().map_or(Change::None, &mut change);
            found |= change != Change::None;
            change != Change::Remove
        });
        match (found, statements.is_empty()) {
            (false, _) => Edited::NotFound,
            (true, true) => Edited::NothingLeft,
            (true, false) => {
                document.insert("Statement".to_owned(), Value::Array(statements));
                Edited::Document(format!("{:#}", Value::Object(document)))
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    Edited,
    Remove,
}

fn is_action(listed: &Value, action: &str) -> bool {
    listed.as_str().is_some_and(|listed| listed.eq_ignore_ascii_case(action))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DocumentKind;

    fn document(statements: &str) -> Document {
        let source = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
        Document::parse(&source, DocumentKind::Identity).unwrap()
    }

    fn statements(edited: Edited) -> String {
        match edited {
            Edited::Document(source) => {
                Document::parse(&source, DocumentKind::Identity).unwrap();
                serde_json::from_str::<Value>(&source).unwrap()["Statement"].to_string()
            }
            other => format!("{other:?}"),
        }
    }

    const READ: &str = r#"{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
    const BOTH: &str =
        r#"{"Sid":"Both","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}"#;
    const PUT: &str = r#"{"Sid":"Both","Effect":"Allow","Action":["s3:PutObject"],"Resource":"*"}"#;
    const DENY: &str = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}"#;

    #[test]
    fn actions_are_taken_out_as_in_a_table() {
        for (before, action, after) in [
            (READ.to_owned(), "s3:GetObject", "NothingLeft".to_owned()),
            (format!("[{READ}]"), "S3:getobject", "NothingLeft".to_owned()),
            (READ.to_owned(), "s3:PutObject", "NotFound".to_owned()),
            (READ.to_owned(), "s3:*", "NotFound".to_owned()),
            (BOTH.to_owned(), "s3:GetObject", format!("[{PUT}]")),
            (format!("[{READ},{BOTH}]"), "s3:GetObject", format!("[{PUT}]")),
            (DENY.to_owned(), "s3:GetObject", "NotFound".to_owned()),
            (format!("[{DENY},{READ}]"), "s3:GetObject", format!("[{DENY}]")),
        ] {
            assert_eq!(statements(document(&before).without_action(action)), after, "{before} less {action}");
        }
    }

    #[test]
    fn statements_are_taken_out_by_sid() {
        let both = document(&format!("[{READ},{BOTH}]"));
        assert_eq!(statements(both.without_statement("Read")), format!("[{BOTH}]"));
        assert_eq!(both.without_statement("Write"), Edited::NotFound);
        assert_eq!(document(READ).without_statement("Read"), Edited::NothingLeft);
    }

    #[test]
    fn actions_are_listed_once() {
        let document = document(&format!("[{READ},{BOTH},{DENY}]"));
        assert_eq!(document.actions(), ["s3:GetObject", "s3:PutObject"]);
    }
}
