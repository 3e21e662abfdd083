//! JSON that refuses repeated keys, which `serde_json` on its own lets the last one win.

use std::{collections::HashSet, fmt};

use bumpalo::{Bump, collections::Vec as BumpVec};
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

use crate::malformed::Position;

/// A JSON value whose objects have distinct keys. It stands in an arena of its text's, which is faster than a place of
/// its own for each part; texts without escapes are those of the source.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    /// A number as it is printed.
    Number(&'a str),
    Text(&'a str),
    List(&'a [Node<'a>]),
    Object(&'a [Field<'a>]),
}

/// A key and its value.
pub(crate) type Field<'a> = (&'a str, Node<'a>);

/// An arena for the nodes of a text, which measured take two to four times its length.
pub(crate) fn arena(source: &str) -> Bump {
    Bump::with_capacity(4 * source.len())
}

impl<'a> Node<'a> {
    /// Parses a whole text, or tells where it goes wrong.
    pub(crate) fn parse(source: &'a str, arena: &'a Bump) -> Result<Self, Position> {
        let mut json = serde_json::Deserializer::from_str(source);
        let node = NodeSeed(arena).deserialize(&mut json);
        let whole = node.and_then(|node| json.end().map(|()| node));
        whole.map_err(|error| Position { line: error.line(), column: error.column() })
    }

    /// A list's members; anything else is a list of one.
    pub(crate) fn one_or_many(&'a self) -> &'a [Self] {
        match self {
            Self::List(members) => members,
            single => std::slice::from_ref(single),
        }
    }

    pub(crate) fn as_text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The text of a condition's value, which may be written as a JSON number or boolean.
    pub(crate) fn scalar_text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(text) => Some(text),
            Self::Bool(value) => Some(if *value { "true" } else { "false" }),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }
}

impl Node<'_> {
    /// The value as JSON again.
    pub(crate) fn to_json(self) -> String {
        let mut json = String::new();
        self.write(&mut json);
        json
    }

    fn write(&self, json: &mut String) {
        match self {
            Self::Null => json.push_str("null"),
            Self::Bool(value) => json.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => json.push_str(number),
            Self::Text(text) => write_text(text, json),
            Self::List(members) => {
                json.push('[');
                write_all(members, json, |member, json| member.write(json));
                json.push(']');
            }
            Self::Object(fields) => {
                json.push('{');
                write_all(fields, json, |(name, value), json| {
                    write_text(name, json);
                    json.push(':');
                    value.write(json);
                });
                json.push('}');
            }
        }
    }
}

/// Members with commas between them.
fn write_all<T>(members: &[T], json: &mut String, write: impl Fn(&T, &mut String)) {
    for (position, member) in members.iter().enumerate() {
        if position > 0 {
            json.push(',');
        }
        write(member, json);
    }
}

/// Most texts have nothing to escape.
fn write_text(text: &str, json: &mut String) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        json.push_str(&serde_json::Value::from(text).to_string());
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}

/// Makes nodes in an arena.
#[derive(Clone, Copy)]
struct NodeSeed<'a>(&'a Bump);

impl<'a, 'de: 'a> DeserializeSeed<'de> for NodeSeed<'a> {
    type Value = Node<'a>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, 'de: 'a> Visitor<'de> for NodeSeed<'a> {
    type Value = Node<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'a>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'a>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'a>, E> {
        Ok(Node::Number(self.0.alloc_str(&value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'a>, E> {
        Ok(Node::Number(self.0.alloc_str(&value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'a>, E> {
        Ok(Node::Number(self.0.alloc_str(&value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node<'a>, E> {
        Ok(Node::Text(self.0.alloc_str(value)))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Node<'a>, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'a>, A::Error> {
        let mut members = BumpVec::new_in(self.0);
        while let Some(member) = seq.next_element_seed(self)? {
            members.push(member);
        }
        Ok(Node::List(members.into_bump_slice()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'a>, A::Error> {
        let mut fields = Fields { fields: BumpVec::with_capacity_in(USUAL_KEYS, self.0), index: None };
        // Keys of JSON are texts.
        while let Some(Node::Text(key)) = map.next_key_seed(self)? {
            if fields.has(key) {
                return Err(A::Error::custom(format_args!("the key `{key}` is repeated")));
            }
            fields.add(key, map.next_value_seed(self)?);
        }
        Ok(Node::Object(fields.fields.into_bump_slice()))
    }
}

/// A statement rarely has more.
const USUAL_KEYS: usize = 6;

/// Beyond this many keys an index is faster than looking at each.
const FEW_KEYS: usize = 32;

/// The fields of an object that is being read.
struct Fields<'a> {
    fields: BumpVec<'a, Field<'a>>,
    /// Once there are many.
    index: Option<HashSet<&'a str>>,
}

impl<'a> Fields<'a> {
    fn has(&self, key: &str) -> bool {
        match &self.index {
            None => self.fields.iter().any(|(known, _)| *known == key),
            Some(index) => index.contains(key),
        }
    }

    fn add(&mut self, key: &'a str, value: Node<'a>) {
        if let Some(index) = &mut self.index {
            index.insert(key);
        }
        self.fields.push((key, value));
        if self.fields.len() == FEW_KEYS {
            self.index = Some(self.fields.iter().map(|(key, _)| *key).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_were_read() {
        for json in
            [r#"{"a":[1,-2,true,null,"x"],"b":{},"c":[]}"#, r#"{"quoted \" key":"line\nbreak"}"#, r#""é""#]
        {
            assert_eq!(Node::parse(json, &arena(json)).unwrap().to_json(), json);
        }
    }

    #[test]
    fn a_key_is_repeated_among_few_and_among_many() {
        for count in [1, FEW_KEYS, FEW_KEYS + 1, 200] {
            let fields: Vec<String> = (0..count).map(|key| format!("\"k{key}\":0")).collect();
            let object = |last: &str| format!("{{{},{last}}}", fields.join(","));
            let is_json = |json: String| Node::parse(&json, &arena(&json)).is_ok();
            assert!(is_json(object("\"k\":0")));
            assert!(!is_json(object("\"k0\":0")));
            assert!(!is_json(object(&format!("\"k{}\":0", count - 1))));
        }
    }
}
