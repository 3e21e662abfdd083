//! From a root value to the fields of a record.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

use super::path::{JsonPath, Step};
use crate::record::{Record, RecordErrorKind};

/// How the members of root objects find their fields.
#[derive(Debug, Clone)]
pub struct JsonFields {
    wanted: Wanted,
    /// Indexes of the fields that are JSON themselves: their strings keep the quotes.
    verbatim: Vec<usize>,
}

#[derive(Debug, Clone)]
enum Wanted {
    Names { fields: HashMap<String, usize>, names: FieldNames },
    Paths(Vec<JsonPath>),
    Whole,
}

/// How names of members are compared with names of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldNames {
    /// Byte by byte.
    Exact,
    /// In lower case.
    IgnoreCase,
}

impl JsonFields {
    fn new(wanted: Wanted) -> JsonFields {
        JsonFields { wanted, verbatim: Vec::new() }
    }

    /// Makes these fields JSON text, strings with their quotes.
    #[must_use]
    pub fn verbatim(self, fields: Vec<usize>) -> JsonFields {
        JsonFields { verbatim: fields, ..self }
    }

    /// Members go to the fields of the same name; the others are ignored, and missing ones are NULL.
    #[must_use]
    pub fn by_name<'a>(fields: impl IntoIterator<Item = &'a str>, names: FieldNames) -> JsonFields {
        let fields =
            fields.into_iter().enumerate().map(|(index, name)| (names.fold(name).into_owned(), index));
        JsonFields::new(Wanted::Names { fields: fields.collect(), names })
    }

    /// The values at the end of these paths, in order.
    #[must_use]
    pub fn by_path(paths: Vec<JsonPath>) -> JsonFields {
        JsonFields::new(Wanted::Paths(paths))
    }

    /// One field, the whole value.
    #[must_use]
    pub fn whole() -> JsonFields {
        JsonFields::new(Wanted::Whole)
    }

    /// Splits the root value `raw` into the fields of `record`.
    pub(crate) fn split(&self, raw: &str, record: &mut Record) -> Result<(), RecordErrorKind> {
        match &self.wanted {
            Wanted::Names { fields, names } => {
                let members = Members { fields, names: *names };
                let mut deserializer = serde_json::Deserializer::from_str(raw);
                let found = members.deserialize(&mut deserializer).map_err(|_| RecordErrorKind::Json)?;
                deserializer.end().map_err(|_| RecordErrorKind::Json)?;
                found.into_iter().try_for_each(|value| self.put(raw, value, record))
            }
            Wanted::Paths(paths) => {
                let root: &RawValue = parse(raw)?;
                paths.iter().try_for_each(|path| self.put(raw, follow(root, &path.0)?, record))
            }
            Wanted::Whole => {
                let root: &RawValue = parse(raw)?;
                record.put_field(root.get().as_bytes(), 0);
                Ok(())
            }
        }
    }

    /// Appends a value as text: strings without quotes, objects and arrays as JSON (documented).
    fn put(&self, raw: &str, value: Option<&RawValue>, record: &mut Record) -> Result<(), RecordErrorKind> {
        let Some(value) = value.map(RawValue::get).filter(|value| *value != "null") else {
            record.put_null();
            return Ok(());
        };
        let position = (value.as_ptr() as usize).saturating_sub(raw.as_ptr() as usize);
        let text = value.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match text.filter(|_| !self.verbatim.contains(&record.len())) {
            Some(text) if !text.contains('\\') => record.put_field(text.as_bytes(), position),
            Some(_) => record.put_field(parse::<String>(value)?.as_bytes(), position),
            None => record.put_field(value.as_bytes(), position),
        }
        Ok(())
    }
}

impl FieldNames {
    fn fold(self, name: &str) -> Cow<'_, str> {
        match self {
            FieldNames::Exact => Cow::Borrowed(name),
            FieldNames::IgnoreCase => Cow::Owned(name.to_lowercase()),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(raw: &'a str) -> Result<T, RecordErrorKind> {
    serde_json::from_str(raw).map_err(|_| RecordErrorKind::Json)
}

/// The value at the end of the path. A missing key is NULL, a missing element a mistake (documented).
fn follow<'a>(root: &'a RawValue, steps: &[Step]) -> Result<Option<&'a RawValue>, RecordErrorKind> {
    let mut value = root;
    for step in steps {
        let next = match (step, value.get().as_bytes().first()) {
            (Step::Key(key), Some(b'{')) => {
                let fields = HashMap::from([(key.clone(), 0)]);
                let members = Members { fields: &fields, names: FieldNames::Exact };
                let found = members.deserialize(&mut serde_json::Deserializer::from_str(value.get()));
                found.map_err(|_| RecordErrorKind::Json)?.first().copied().flatten()
            }
            (Step::Key(_), _) => None,
            (Step::Index(index), Some(b'[')) => {
                let elements: Vec<&RawValue> = parse(value.get())?;
                Some(*elements.get(*index).ok_or(RecordErrorKind::JsonIndex)?)
            }
            (Step::Index(_), _) => return Err(RecordErrorKind::JsonIndex),
        };
        match next {
            Some(next) => value = next,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

/// Reads the members of an object that are wanted.
struct Members<'f> {
    fields: &'f HashMap<String, usize>,
    names: FieldNames,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = vec![None; self.fields.len()];
        while let Some(Key(key)) = map.next_key()? {
            let index = self.fields.get(self.names.fold(&key).as_ref());
            match index.and_then(|index| found.get_mut(*index)) {
                Some(slot) => *slot = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// A key, borrowed unless it has escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'de>, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}
