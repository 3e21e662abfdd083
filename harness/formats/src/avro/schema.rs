//! Avro schemas. Logical types are left out: COPY takes the values as they are stored (documented for times).

use std::collections::HashMap;

use serde_json::{Map, Value};

/// How deep schemas nest at most.
const DEPTH: usize = 64;

#[derive(Debug, Clone)]
pub(super) enum Schema {
    Null,
    Boolean,
    /// `int` and `long`.
    Integer,
    Float,
    Double,
    Bytes,
    String,
    Fixed(usize),
    Enum(Vec<String>),
    Array(Box<Schema>),
    Map(Box<Schema>),
    Union(Vec<Schema>),
    Record(Vec<(String, Schema)>),
    /// A type that is defined elsewhere in the schema.
    Named(String),
}

/// A schema, and the types that it names.
#[derive(Debug, Clone)]
pub(super) struct Types {
    pub(super) root: Schema,
    pub(super) named: HashMap<String, Schema>,
}

impl Types {
    /// Reads a schema whose root is a record. `None`: it is none.
    pub(super) fn parse(text: &[u8]) -> Option<Types> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let mut named = HashMap::new();
        let root = parse(&value, "", &mut named, 0)?;
        let types = Types { root, named };
        matches!(types.resolve(&types.root), Some(Schema::Record(_))).then_some(types)
    }

    /// The type behind a name.
    pub(super) fn resolve<'s>(&'s self, schema: &'s Schema) -> Option<&'s Schema> {
        match schema {
            Schema::Named(name) => self.named.get(name),
            other => Some(other),
        }
    }
}

type Named = HashMap<String, Schema>;

fn parse(value: &Value, space: &str, named: &mut Named, depth: usize) -> Option<Schema> {
    if depth > DEPTH {
        return None;
    }
    match value {
        Value::String(name) => Some(primitive(name).unwrap_or_else(|| Schema::Named(full_name(name, space)))),
        Value::Array(branches) => {
            let branch = |branch: &Value| parse(branch, space, named, depth + 1);
            branches.iter().map(branch).collect::<Option<_>>().map(Schema::Union)
        }
        Value::Object(object) => parse_object(object, space, named, depth),
        _ => None,
    }
}

fn parse_object(object: &Map<String, Value>, space: &str, named: &mut Named, depth: usize) -> Option<Schema> {
    let kind = object.get("type")?;
    match kind.as_str() {
        Some("array") => {
            parse(object.get("items")?, space, named, depth + 1).map(|items| Schema::Array(Box::new(items)))
        }
        Some("map") => {
            parse(object.get("values")?, space, named, depth + 1).map(|values| Schema::Map(Box::new(values)))
        }
        Some("record" | "enum" | "fixed") => {
            let space = object.get("namespace").and_then(Value::as_str).unwrap_or(space);
            let name = full_name(object.get("name")?.as_str()?, space);
            let space = name.rsplit_once('.').map_or("", |(space, _)| space);
            let schema = define(object, space, named, depth)?;
            named.insert(name.clone(), schema);
            Some(Schema::Named(name))
        }
        // `{"type": "int", "logicalType": ..}`, or a type in a type.
        _ => parse(kind, space, named, depth + 1),
    }
}

fn define(object: &Map<String, Value>, space: &str, named: &mut Named, depth: usize) -> Option<Schema> {
    match object.get("type")?.as_str()? {
        "enum" => {
            let symbol = |symbol: &Value| symbol.as_str().map(str::to_owned);
            object.get("symbols")?.as_array()?.iter().map(symbol).collect::<Option<_>>().map(Schema::Enum)
        }
        "fixed" => usize::try_from(object.get("size")?.as_u64()?).ok().map(Schema::Fixed),
        _ => {
            let field = |field: &Value| {
                let name = field.get("name")?.as_str()?.to_owned();
                Some((name, parse(field.get("type")?, space, named, depth + 1)?))
            };
            object.get("fields")?.as_array()?.iter().map(field).collect::<Option<_>>().map(Schema::Record)
        }
    }
}

fn primitive(name: &str) -> Option<Schema> {
    Some(match name {
        "null" => Schema::Null,
        "boolean" => Schema::Boolean,
        "int" | "long" => Schema::Integer,
        "float" => Schema::Float,
        "double" => Schema::Double,
        "bytes" => Schema::Bytes,
        "string" => Schema::String,
        _ => return None,
    })
}

fn full_name(name: &str, space: &str) -> String {
    if space.is_empty() || name.contains('.') { name.to_owned() } else { format!("{space}.{name}") }
}
