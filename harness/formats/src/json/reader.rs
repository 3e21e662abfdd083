//! The push reader of JSON: chunks in, a record for each root object or array out.

use crate::reader::MAX_RECORD;
use crate::record::{Record, RecordError, RecordErrorKind};

use super::fields::JsonFields;

/// How much of a value that is too long goes into its error.
const EXCERPT: usize = 1024;

/// Splits pushed chunks into root values, white space between them and nothing else (documented).
#[derive(Debug)]
pub struct JsonReader {
    fields: JsonFields,
    buffer: Vec<u8>,
    /// Where the current value starts in `buffer`.
    start: usize,
    /// How far the current value was looked at, from `start`.
    scanned: usize,
    depth: usize,
    inside: Inside,
    line: u64,
    header_lines: u64,
    finished: bool,
    skipping: Skipping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Value,
    Text,
    Escape,
}

/// What is thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Skipping {
    Nothing,
    /// The rest of a value that is too long.
    Value,
    /// The rest of a line that starts no value.
    Line,
}

impl JsonReader {
    /// A reader that skips the first `header_lines` lines.
    #[must_use]
    pub fn new(fields: JsonFields, header_lines: u64) -> JsonReader {
        JsonReader {
            fields,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            depth: 0,
            inside: Inside::Value,
            line: 1,
            header_lines,
            finished: false,
            skipping: Skipping::Nothing,
        }
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(chunk);
    }

    /// Says that no more bytes follow.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// How many lines ended so far.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.line - 1
    }

    /// Fills `record` with the next value. `None`: push more, or, after `finish`, the end.
    pub fn read(&mut self, record: &mut Record) -> Option<Result<(), RecordError>> {
        loop {
            let Some(&byte) = self.buffer.get(self.start + self.scanned) else { return self.run_dry() };
            self.scanned += 1;
            self.line += u64::from(byte == b'\n');
            if self.header_lines > 0 || self.skipping == Skipping::Line {
                self.forget();
                if byte == b'\n' {
                    self.header_lines = self.header_lines.saturating_sub(1);
                    self.skipping = Skipping::Nothing;
                }
            } else if self.depth == 0 && byte.is_ascii_whitespace() {
                self.forget();
            } else if self.depth == 0 && !matches!(byte, b'{' | b'[') {
                self.skipping = Skipping::Line;
                return Some(Err(self.error(RecordErrorKind::Json)));
            } else if self.ends_with(byte) {
                match std::mem::replace(&mut self.skipping, Skipping::Nothing) {
                    Skipping::Nothing => return Some(self.value(record)),
                    _ => self.forget(),
                }
            } else if self.skipping == Skipping::Value {
                self.forget();
            } else if self.scanned > MAX_RECORD {
                self.skipping = Skipping::Value;
                return Some(Err(self.error(RecordErrorKind::TooLong)));
            }
        }
    }

    /// Follows quotes and brackets. True: `byte` ends the value.
    fn ends_with(&mut self, byte: u8) -> bool {
        match (self.inside, byte) {
            (Inside::Escape, _) => self.inside = Inside::Text,
            (Inside::Text, b'\\') => self.inside = Inside::Escape,
            (Inside::Text, b'"') => self.inside = Inside::Value,
            (Inside::Text, _) => {}
            (Inside::Value, b'"') => self.inside = Inside::Text,
            (Inside::Value, b'{' | b'[') => self.depth += 1,
            (Inside::Value, b'}' | b']') => {
                self.depth -= 1;
                return self.depth == 0;
            }
            (Inside::Value, _) => {}
        }
        false
    }

    /// At the end of the buffer: the end of the file may stand in the middle of a value.
    fn run_dry(&mut self) -> Option<Result<(), RecordError>> {
        if !self.finished || self.depth == 0 || self.skipping != Skipping::Nothing {
            return None;
        }
        self.depth = 0;
        Some(Err(self.error(RecordErrorKind::Json)))
    }

    fn value(&mut self, record: &mut Record) -> Result<(), RecordError> {
        let raw = self.buffer.get(self.start..self.start + self.scanned).unwrap_or_default();
        record.reset(self.line, raw);
        let split = std::str::from_utf8(raw).map_err(|_| RecordErrorKind::Json);
        let split = split.and_then(|raw| self.fields.split(raw, record));
        let result = split.map_err(|kind| self.error(kind));
        self.forget();
        result
    }

    /// The error of the value at hand, which is done with.
    fn error(&mut self, kind: RecordErrorKind) -> RecordError {
        let raw = self.buffer.get(self.start..self.start + self.scanned).unwrap_or_default();
        let raw = raw.get(..EXCERPT).unwrap_or(raw).to_vec();
        self.forget();
        RecordError { line: self.line, position: 0, kind, raw }
    }

    /// Goes on after what was looked at.
    fn forget(&mut self) {
        self.start += self.scanned;
        self.scanned = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{FieldNames, JsonPath};

    fn names(names: FieldNames) -> JsonFields {
        JsonFields::by_name(["id", "name"], names)
    }

    fn paths(paths: &[&str]) -> JsonFields {
        JsonFields::by_path(paths.iter().map(|path| JsonPath::parse(path).unwrap()).collect())
    }

    fn show(fields: &JsonFields, header: u64, input: &str, size: usize) -> Vec<String> {
        let mut reader = JsonReader::new(fields.clone(), header);
        let (mut record, mut shown) = (Record::default(), Vec::new());
        let mut drain = |reader: &mut JsonReader| {
            while let Some(result) = reader.read(&mut record) {
                let field = |f: crate::Field<'_>| {
                    if f.null { "<null>".into() } else { String::from_utf8_lossy(f.value).into_owned() }
                };
                shown.push(match result {
                    Ok(()) => {
                        let fields: Vec<_> = record.fields().map(field).collect();
                        format!("{}: {}", record.line, fields.join("/"))
                    }
                    Err(error) => error.to_string(),
                });
            }
        };
        for chunk in input.as_bytes().chunks(size) {
            reader.push(chunk);
            drain(&mut reader);
        }
        reader.finish();
        drain(&mut reader);
        shown
    }

    fn check(fields: &JsonFields, header: u64, input: &str, expected: &[&str]) {
        for size in [1, 3, 1 << 20] {
            assert_eq!(show(fields, header, input, size), expected, "{input} by {size}");
        }
    }

    #[test]
    fn members_go_by_name() {
        let exact = names(FieldNames::Exact);
        check(&exact, 0, "", &[]);
        check(&exact, 0, r#"{"id": 1, "name": "a"}{"name":"b","x":[1]}"#, &["1: 1/a", "1: <null>/b"]);
        check(
            &exact,
            0,
            "{\"id\":1.50,\n\"name\":null}\n\n{\"id\":true}\n",
            &["2: 1.50/<null>", "4: true/<null>"],
        );
        check(
            &exact,
            0,
            r#"{"id": "a\"}\u00e9\n", "name": {"b": [1, "}"]}}"#,
            &["1: a\"}\u{e9}\n/{\"b\": [1, \"}\"]}"],
        );
        check(&exact, 0, r#"{"ID": 1, "n\u0061me": 2}"#, &["1: <null>/2"]);
        check(&names(FieldNames::IgnoreCase), 0, r#"{"ID": 1, "Name": 2}"#, &["1: 1/2"]);
        check(&exact, 1, "head {\n{\"id\":1}", &["2: 1/<null>"]);
    }

    #[test]
    fn mistakes_do_not_stop_the_reader() {
        let exact = names(FieldNames::Exact);
        check(&exact, 0, "{\"id\" 1}\n{\"id\":2}", &["line 1, byte 0: invalid JSON", "2: 2/<null>"]);
        check(&exact, 0, "1, {}\n{\"id\":2}", &["line 1, byte 0: invalid JSON", "2: 2/<null>"]);
        check(&exact, 0, "[1]{\"id\":2}", &["line 1, byte 0: invalid JSON", "1: 2/<null>"]);
        check(&exact, 0, "{\"id\":2}\n{\"id\":", &["1: 2/<null>", "line 2, byte 0: invalid JSON"]);
        check(&exact, 0, "{]", &["line 1, byte 0: invalid JSON"]);
    }

    #[test]
    fn values_go_by_path() {
        let input = r#"{"a": {"b": [10, {"c": "x"}]}, "d": null}"#;
        check(&paths(&["$.a.b[0]", "$.a.b[1].c", "$.d", "$.e.f"]), 0, input, &["1: 10/x/<null>/<null>"]);
        check(&paths(&["$['a']"]), 0, input, &["1: {\"b\": [10, {\"c\": \"x\"}]}"]);
        check(&paths(&["$[1]", "$[0]"]), 0, "[1, \"two\"]", &["1: two/1"]);
        check(&paths(&["$.a.b[2]"]), 0, input, &["line 1, byte 0: not an array or index out of range"]);
        check(&JsonFields::whole(), 0, "{\"a\": 1}\n[2]", &["1: {\"a\": 1}", "2: [2]"]);
    }

    #[test]
    fn a_value_without_end_is_given_up_and_not_kept() {
        let mut reader = JsonReader::new(names(FieldNames::Exact), 0);
        let (mut record, mut errors) = (Record::default(), 0);
        reader.push(b"{\"id\": \"");
        for _ in 0..16 {
            reader.push(&vec![b'x'; 1 << 20]);
            while let Some(result) = reader.read(&mut record) {
                assert_eq!(result.unwrap_err().kind, RecordErrorKind::TooLong);
                errors += 1;
            }
            assert!(reader.buffer.len() <= MAX_RECORD + (2 << 20));
        }
        reader.push(b"\"} {\"id\": 7}");
        assert_eq!(errors, 1);
        assert!(matches!(reader.read(&mut record), Some(Ok(()))));
        assert_eq!(record.field(0).unwrap().value, b"7");
    }
}
