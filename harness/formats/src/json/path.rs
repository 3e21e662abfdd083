//! JSONPath expressions as COPY takes them: bracket or dot notation, no wildcards, no filters.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// The way from a root value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(pub(crate) Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// A JSONPaths file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonPathError {
    /// The file is no JSON object.
    #[error("the JSONPaths file is no JSON object")]
    Malformed,
    /// `jsonpaths` is no list of strings.
    #[error("`jsonpaths` is no list of strings")]
    NoList,
    /// An expression of another form.
    #[error("`{0}` is no path in dot or bracket notation")]
    Path(String),
}

#[derive(Deserialize)]
struct File {
    jsonpaths: Option<Value>,
}

/// Reads a JSONPaths file. `None`: it has another key at the top, which means `'auto'` (documented).
///
/// # Errors
/// When the file or one of its paths is malformed.
pub fn parse_json_paths(file: &[u8]) -> Result<Option<Vec<JsonPath>>, JsonPathError> {
    let file: File = serde_json::from_slice(file).map_err(|_| JsonPathError::Malformed)?;
    let Some(paths) = file.jsonpaths else { return Ok(None) };
    let Value::Array(paths) = paths else { return Err(JsonPathError::NoList) };
    let parse = |path: &Value| match path {
        Value::String(text) => JsonPath::parse(text).ok_or(JsonPathError::Path(text.clone())),
        _ => Err(JsonPathError::NoList),
    };
    paths.iter().map(parse).collect::<Result<_, _>>().map(Some)
}

impl JsonPath {
    /// Reads `$['a'][0]` or `$.a[0]`; the notations do not mix (documented).
    #[must_use]
    pub fn parse(text: &str) -> Option<JsonPath> {
        let mut rest = text.strip_prefix('$')?;
        let (mut steps, mut dots, mut brackets) = (Vec::new(), false, false);
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('.') {
                Some(after) => {
                    dots = true;
                    dotted(after)?
                }
                None => bracketed(rest.strip_prefix('[')?)?,
            };
            brackets |= matches!(step, Step::Key(_)) && rest.starts_with('[');
            steps.push(step);
            rest = after;
        }
        (!(dots && brackets)).then_some(JsonPath(steps))
    }
}

/// A name up to the next dot or bracket.
fn dotted(rest: &str) -> Option<(Step, &str)> {
    let (name, after) = rest.split_at_checked(rest.find(['.', '[']).unwrap_or(rest.len()))?;
    let plain = !name.is_empty() && !name.contains(['*', '?', '@', '\'', '"', ']']);
    plain.then(|| (Step::Key(name.to_owned()), after))
}

/// A number, or a name in quotes, up to the closing bracket.
fn bracketed(rest: &str) -> Option<(Step, &str)> {
    let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"')) else {
        let (index, after) = rest.split_once(']')?;
        return Some((Step::Index(index.parse().ok()?), after));
    };
    let (mut name, mut chars) = (String::new(), rest.chars());
    chars.next();
    loop {
        match chars.next()? {
            '\\' => name.push(chars.next()?),
            char if char == quote => break,
            char => name.push(char),
        }
    }
    chars.as_str().strip_prefix(']').map(|after| (Step::Key(name), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> Option<String> {
        let steps = JsonPath::parse(path)?.0;
        let step = |step: &Step| match step {
            Step::Key(key) => format!("/{key}"),
            Step::Index(index) => format!("[{index}]"),
        };
        Some(steps.iter().map(step).collect())
    }

    #[test]
    fn paths() {
        for (path, expected) in [
            ("$", Some("")),
            ("$.a.b", Some("/a/b")),
            ("$.a[3].b", Some("/a[3]/b")),
            ("$['a']['b c'][0]", Some("/a/b c[0]")),
            ("$[\"a\"]", Some("/a")),
            ("$['it\\'s']", Some("/it's")),
            ("$[12]", Some("[12]")),
            ("a", None),
            ("$a", None),
            ("$.", None),
            ("$..a", None),
            ("$.*", None),
            ("$[*]", None),
            ("$[?(@.a)]", None),
            ("$[-1]", None),
            ("$['a'", None),
            ("$.a['b']", None),
        ] {
            assert_eq!(shown(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn files() {
        let parse =
            |text: &str| parse_json_paths(text.as_bytes()).map(|paths| paths.map(|paths| paths.len()));
        assert_eq!(parse(r#"{"jsonpaths": ["$.a", "$['b']"]}"#), Ok(Some(2)));
        assert_eq!(parse(r#"{"paths": ["$.a"]}"#), Ok(None));
        assert_eq!(parse("[]x"), Err(JsonPathError::Malformed));
        assert_eq!(parse(r#"{"jsonpaths": {}}"#), Err(JsonPathError::NoList));
        assert_eq!(parse(r#"{"jsonpaths": [1]}"#), Err(JsonPathError::NoList));
        assert_eq!(parse(r#"{"jsonpaths": [""]}"#), Err(JsonPathError::Path(String::new())));
    }
}
