//! A YAML document as a tree with positions in bytes.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScanError, Span};

use super::Diagnostic;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// The three shapes of YAML; scalars stay text until somebody asks for more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    pub(crate) fn shape(&self) -> &'static str {
        match self.value {
            Value::Scalar(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    pub(crate) fn text(&self) -> Result<&str, Diagnostic> {
        match &self.value {
            Value::Scalar(text) => Ok(text),
            Value::List(_) | Value::Map(_) => Err(self.expected("a text")),
        }
    }

    pub(crate) fn number(&self) -> Result<u64, Diagnostic> {
        self.text()?.parse().map_err(|_| self.expected("a whole number"))
    }

    pub(crate) fn list(&self) -> Result<&[Node], Diagnostic> {
        match &self.value {
            Value::List(items) => Ok(items),
            Value::Scalar(_) | Value::Map(_) => Err(self.expected("a list")),
        }
    }

    /// A list, or one value that stands for a list of one.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar(_) | Value::Map(_) => std::slice::from_ref(self),
        }
    }

    pub(crate) fn texts(&self) -> Result<Vec<String>, Diagnostic> {
        self.items().iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    pub(crate) fn map(&self) -> Result<&[(Node, Node)], Diagnostic> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            Value::Scalar(_) | Value::List(_) => Err(self.expected("a mapping")),
        }
    }

    /// The value of a key, where this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let entries = self.map().ok()?;
        entries.iter().find(|(known, _)| known.text() == Ok(key)).map(|(_, value)| value)
    }

    pub(crate) fn expected(&self, what: &str) -> Diagnostic {
        Diagnostic::new(self.span.clone(), format!("expected {what}"), format!("this is {}", self.shape()))
    }
}

/// Reads one document.
pub(crate) fn parse(source: &str) -> Result<Node, Diagnostic> {
    let lines = Lines::of(source);
    let mut builder = Builder { lines: &lines, events: Parser::new_from_str(source) };
    loop {
        match builder.next()? {
            Some((Event::StreamEnd, _)) | None => {
                return Err(Diagnostic::new(
                    0..source.len().min(1),
                    "the file is empty",
                    "expected a scenario",
                ));
            }
            Some((Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _)) => {}
            Some((event, span)) => return builder.node(event, span),
        }
    }
}

struct Builder<'a> {
    lines: &'a Lines<'a>,
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Diagnostic> {
        self.events.next().transpose().map_err(|error| self.lines.scan_error(&error))
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Diagnostic> {
        let range = self.lines.range(&span);
        match event {
            Event::Scalar(text, ..) => Ok(Node { span: range, value: Value::Scalar(text.into_owned()) }),
            Event::SequenceStart(..) => self.list(range),
            Event::MappingStart(..) => self.mapping(range),
            _ => Err(Diagnostic::new(
                range,
                "anchors and aliases are not part of the language",
                "write it out here",
            )),
        }
    }

    fn list(&mut self, start: Range<usize>) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            items.push(self.node(event, span)?);
        }
        Ok(Node { span: around(start, items.last()), value: Value::List(items) })
    }

    fn mapping(&mut self, start: Range<usize>) -> Result<Node, Diagnostic> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.node(event, span)?;
            if entries.iter().any(|(earlier, _)| earlier.value == key.value) {
                return Err(Diagnostic::new(key.span, "the key stands twice", "its first place is above"));
            }
            let Some((event, span)) = self.next()? else { break };
            let value = self.node(event, span)?;
            entries.push((key, value));
        }
        let span = around(start, entries.last().map(|(_, value)| value));
        Ok(Node { span, value: Value::Map(entries) })
    }
}

fn around(start: Range<usize>, last: Option<&Node>) -> Range<usize> {
    start.start..last.map_or(start.end, |last| last.span.end).max(start.end)
}

/// The parser counts lines and characters; editors and diagnostics want bytes.
struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(source: &'a str) -> Self {
        let starts = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { source, starts }
    }

    /// Lines count from 1, columns from 0.
    fn byte(&self, line: usize, column: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.source.len());
        let rest = self.source.get(start..).unwrap_or_default();
        start + rest.chars().take(column).map(char::len_utf8).sum::<usize>()
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let start = self.byte(span.start.line(), span.start.col());
        let end = self.byte(span.end.line(), span.end.col());
        start..end.max(start)
    }

    fn scan_error(&self, error: &ScanError) -> Diagnostic {
        let at = self.byte(error.marker().line(), error.marker().col()).min(self.source.len());
        Diagnostic::new(
            at..(at + 1).min(self.source.len()).max(at),
            "this is not YAML",
            error.info().to_owned(),
        )
    }
}
