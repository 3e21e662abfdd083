//! Rows as CSV, with NULL told from the empty string.

use std::fmt;

/// How a CSV file is written. A field is NULL if it is the null string and not in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: char,
    pub(crate) quote: char,
    pub(crate) null: &'static str,
}

/// Files on the agent's machine: NULL is nothing at all, the empty string is a pair of quotes, as PostgreSQL writes CSV.
pub(crate) const LOCAL: Dialect = Dialect { delimiter: ',', quote: '"', null: "" };

/// A value, or NULL.
pub(crate) type Value = Option<String>;

/// Rows with the names of their columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// A value for each column of each row; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A text is no CSV with a header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {mistake}")]
pub struct RowsError {
    line: usize,
    mistake: Mistake,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mistake {
    Unclosed,
    AfterQuote(char),
    NoHeader,
    NoName,
    SameName(String),
    Count { expected: usize, found: usize },
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed => f.write_str("a quoted field has no closing quote"),
            Self::AfterQuote(found) => {
                write!(f, "expected a delimiter or a line end after a closing quote, got `{found}`")
            }
            Self::NoHeader => f.write_str("expected a header with the names of the columns, got nothing"),
            Self::NoName => f.write_str("a column of the header has no name"),
            Self::SameName(name) => write!(f, "two columns of the header are named `{name}`"),
            Self::Count { expected, found } => {
                write!(f, "expected {expected} fields as in the header, got {found}")
            }
        }
    }
}

impl Rows {
    /// Rows from CSV with a header, as this machine's files are written.
    pub fn from_csv(text: &str) -> Result<Self, RowsError> {
        Self::parse(text, LOCAL)
    }

    /// CSV with a header, as this machine's files are written.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        // An UNLOAD that wrote no part told no columns either.
        if self.columns.is_empty() {
            return text;
        }
        let header: Vec<Value> = self.columns.iter().cloned().map(Some).collect();
        for row in std::iter::once(&header).chain(&self.rows) {
            write_row(&mut text, row, LOCAL);
        }
        text
    }

    pub(crate) fn parse(text: &str, dialect: Dialect) -> Result<Self, RowsError> {
        let mut parser = Parser { rest: text.chars().peekable(), dialect, line: 1 };
        let header = parser.record()?.ok_or(RowsError { line: 1, mistake: Mistake::NoHeader })?;
        let columns = names(header).map_err(|mistake| RowsError { line: 1, mistake })?;
        let mut rows = Vec::new();
        loop {
            let line = parser.line;
            let Some(row) = parser.record()? else { return Ok(Self { columns, rows }) };
            let (expected, found) = (columns.len(), row.len());
            if expected != found {
                return Err(RowsError { line, mistake: Mistake::Count { expected, found } });
            }
            rows.push(row);
        }
    }
}

fn names(header: Vec<Value>) -> Result<Vec<String>, Mistake> {
    let mut names = Vec::new();
    for name in header {
        let name = name.filter(|name| !name.is_empty()).ok_or(Mistake::NoName)?;
        if names.contains(&name) {
            return Err(Mistake::SameName(name));
        }
        names.push(name);
    }
    Ok(names)
}

/// Appends a row and its line end.
pub(crate) fn write_row(text: &mut String, row: &[Value], dialect: Dialect) {
    for (index, value) in row.iter().enumerate() {
        if index > 0 {
            text.push(dialect.delimiter);
        }
        match value {
            None => text.push_str(dialect.null),
            Some(value) => write_value(text, value, dialect),
        }
    }
    text.push('\n');
}

/// The empty string is quoted in every dialect: a row of it alone would else be a blank line.
fn write_value(text: &mut String, value: &str, dialect: Dialect) {
    let special = [dialect.delimiter, dialect.quote, '\n', '\r'];
    if !value.is_empty() && value != dialect.null && !value.contains(special) {
        text.push_str(value);
        return;
    }
    text.push(dialect.quote);
    for character in value.chars() {
        if character == dialect.quote {
            text.push(character);
        }
        text.push(character);
    }
    text.push(dialect.quote);
}

struct Parser<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    dialect: Dialect,
    line: usize,
}

impl Parser<'_> {
    /// The next record; `None` at the end.
    fn record(&mut self) -> Result<Option<Vec<Value>>, RowsError> {
        if self.rest.peek().is_none() {
            return Ok(None);
        }
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            match self.rest.next() {
                Some(found) if found == self.dialect.delimiter => {}
                Some('\r') => {
                    self.rest.next_if_eq(&'\n');
                    break;
                }
                _ => break,
            }
        }
        self.line += 1;
        Ok(Some(fields))
    }

    /// A field, up to the delimiter or line end after it.
    fn field(&mut self) -> Result<Value, RowsError> {
        if self.rest.next_if_eq(&self.dialect.quote).is_some() {
            return self.quoted().map(Some);
        }
        let mut value = String::new();
        let ends = [self.dialect.delimiter, '\n', '\r'];
        while let Some(character) = self.rest.next_if(|next| !ends.contains(next)) {
            value.push(character);
        }
        Ok(Some(value).filter(|value| value != self.dialect.null))
    }

    fn quoted(&mut self) -> Result<String, RowsError> {
        let line = self.line;
        let mut value = String::new();
        loop {
            let next = self.rest.next().ok_or(RowsError { line, mistake: Mistake::Unclosed })?;
            if next != self.dialect.quote || self.rest.next_if_eq(&self.dialect.quote).is_some() {
                self.line += usize::from(next == '\n');
                value.push(next);
                continue;
            }
            return match self.rest.peek() {
                Some(&found) if ![self.dialect.delimiter, '\n', '\r'].contains(&found) => {
                    Err(RowsError { line: self.line, mistake: Mistake::AfterQuote(found) })
                }
                _ => Ok(value),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(columns: &[&str], rows: &[&[Option<&str>]]) -> Rows {
        Rows {
            columns: columns.iter().map(ToString::to_string).collect(),
            rows: rows.iter().map(|row| row.iter().map(|value| value.map(str::to_owned)).collect()).collect(),
        }
    }

    #[test]
    fn reads_csv() {
        for (text, expected) in [
            ("a,b\n", rows(&["a", "b"], &[])),
            ("a,b\n1,2\n", rows(&["a", "b"], &[&[Some("1"), Some("2")]])),
            ("a,b\r\n1,\"2\"\r\n,\"\"", rows(&["a", "b"], &[&[Some("1"), Some("2")], &[None, Some("")]])),
            ("a\n\n\"\"\n", rows(&["a"], &[&[None], &[Some("")]])),
            ("\"a b\"\n\"x,\"\"y\"\"\nz\"\n", rows(&["a b"], &[&[Some("x,\"y\"\nz")]])),
            ("a\nx\"y\n", rows(&["a"], &[&[Some("x\"y")]])),
        ] {
            assert_eq!(Rows::from_csv(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_csv() {
        for (text, expected) in [
            ("", "line 1: expected a header with the names of the columns, got nothing"),
            ("a,\n", "line 1: a column of the header has no name"),
            ("a,b,a\n", "line 1: two columns of the header are named `a`"),
            ("a,b\n1,2\n3\n", "line 3: expected 2 fields as in the header, got 1"),
            ("a,b\n\"1\n2\",3\n\n", "line 4: expected 2 fields as in the header, got 1"),
            ("a\n1\n\"2\n3\n", "line 3: a quoted field has no closing quote"),
            ("a\n\"1\"2\n", "line 2: expected a delimiter or a line end after a closing quote, got `2`"),
        ] {
            assert_eq!(Rows::from_csv(text).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let values = [
            None,
            Some(""),
            Some("x"),
            Some("@NULL@"),
            Some("a,b|c"),
            Some("\""),
            Some("\u{1e}\u{1f}"),
            Some("\r\n"),
        ];
        let expected =
            rows(&["a", "b"], &values.map(|value| [value, Some("-")]).each_ref().map(<[_; 2]>::as_slice));
        assert_eq!(Rows::from_csv(&expected.to_csv()), Ok(expected.clone()));
        for dialect in [
            Dialect { delimiter: '\u{1e}', quote: '\u{1f}', null: "@NULL@" },
            Dialect { delimiter: '|', quote: '"', null: "@NULL@" },
        ] {
            let mut text = format!("a{}b\n", dialect.delimiter);
            expected.rows.iter().for_each(|row| write_row(&mut text, row, dialect));
            assert_eq!(Rows::parse(&text, dialect), Ok(expected.clone()), "{dialect:?}");
        }
    }

    #[test]
    fn writes_csv() {
        let table = rows(&["a", "b"], &[&[None, Some("")], &[Some("x,y"), Some("z")]]);
        assert_eq!(table.to_csv(), "a,b\n,\"\"\n\"x,y\",z\n");
    }
}
