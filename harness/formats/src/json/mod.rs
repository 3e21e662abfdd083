//! JSON: concatenated root values, and how their members find their fields.

mod fields;
mod path;
mod reader;

pub use fields::{FieldNames, JsonFields};
pub use path::{JsonPath, JsonPathError, parse_json_paths};
pub use reader::JsonReader;
