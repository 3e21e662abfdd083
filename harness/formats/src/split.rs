//! How records of delimited text and CSV end, and how they fall into fields.

use memchr::memchr;

use crate::record::{Record, RecordError, RecordErrorKind};

/// The layout of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Delimited text.
    Delimited(Delimited),
    /// Comma-separated values.
    Csv(Csv),
    /// Columns of fixed width.
    FixedWidth(FixedWidth),
}

/// Delimited text, Redshift's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimited {
    /// What stands between two fields.
    pub delimiter: u8,
    /// The field that means NULL.
    pub null: Vec<u8>,
    /// What a backslash means.
    pub escape: Escape,
    /// What a quote around a field means.
    pub quotes: Quotes,
}

/// CSV after RFC 4180, blanks around quoted fields ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// What stands between two fields.
    pub delimiter: u8,
    /// What may surround a field; doubled, it stands for itself.
    pub quote: u8,
    /// The field that means NULL.
    pub null: Vec<u8>,
}

/// Columns of fixed width, nothing between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedWidth {
    /// Widths in characters.
    pub widths: Vec<usize>,
    /// The field that means NULL.
    pub null: Vec<u8>,
}

/// What a backslash means in delimited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// Nothing.
    Off,
    /// The next byte stands for itself (ESCAPE).
    Backslash,
}

/// What quotes around a field of delimited text mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// Nothing.
    Keep,
    /// One surrounding pair is taken off, delimiters inside are data (REMOVEQUOTES).
    Remove,
}

/// The state of the search for the end of a record, kept over chunks so that no byte is looked at twice.
#[derive(Debug, Default)]
pub(crate) struct RecordEnd {
    scanned: usize,
    newlines: u64,
    inside: Inside,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Inside {
    #[default]
    Plain,
    Quotes,
    Escape,
}

impl RecordEnd {
    /// Length of the first record in `pending`, its newline included.
    pub(crate) fn find(&mut self, layout: &Layout, pending: &[u8]) -> Option<usize> {
        match layout {
            Layout::Delimited(Delimited { escape: Escape::Off, .. }) | Layout::FixedWidth(_) => {
                self.find_newline(pending)
            }
            Layout::Delimited(_) => self.find_with(pending, b'\\', Inside::escape),
            Layout::Csv(csv) => self.find_with(pending, csv.quote, Inside::quote),
        }
    }

    /// Length of the first line in `pending`, its newline included.
    pub(crate) fn find_newline(&mut self, pending: &[u8]) -> Option<usize> {
        let found = memchr(b'\n', pending.get(self.scanned..)?).map(|at| self.scanned + at + 1);
        self.scanned = found.unwrap_or(pending.len());
        self.newlines += u64::from(found.is_some());
        found
    }

    fn find_with(
        &mut self,
        pending: &[u8],
        special: u8,
        step: fn(Inside, IsSpecial) -> Inside,
    ) -> Option<usize> {
        while let Some(&byte) = pending.get(self.scanned) {
            if self.inside != Inside::Escape {
                let rest = pending.get(self.scanned..)?;
                let Some(skip) = memchr::memchr2(b'\n', special, rest) else {
                    self.scanned = pending.len();
                    return None;
                };
                if skip > 0 {
                    self.scanned += skip;
                    continue;
                }
            }
            self.scanned += 1;
            self.newlines += u64::from(byte == b'\n');
            if byte == b'\n' && self.inside == Inside::Plain {
                return Some(self.scanned);
            }
            self.inside = step(self.inside, IsSpecial(byte == special));
        }
        None
    }

    /// How many lines the record that was found takes; at the end of the file the last one has no newline.
    pub(crate) fn newlines(&self, at_end: bool) -> u64 {
        self.newlines + u64::from(at_end)
    }

    /// Turns the search for a record's end into one for its line's end.
    pub(crate) fn restart_line(&mut self) {
        self.inside = Inside::Plain;
        self.newlines = 0;
        self.scanned = 0;
    }

    /// Follows the buffer when it is emptied.
    pub(crate) fn forget_position(&mut self) {
        self.scanned = 0;
    }
}

/// Whether the byte at hand is the one the layout looks for.
#[derive(Clone, Copy)]
struct IsSpecial(bool);

impl Inside {
    fn escape(self, special: IsSpecial) -> Inside {
        if special.0 && self == Inside::Plain { Inside::Escape } else { Inside::Plain }
    }

    fn quote(self, special: IsSpecial) -> Inside {
        match (self, special.0) {
            (inside, false) => inside,
            (Inside::Quotes, true) => Inside::Plain,
            (_, true) => Inside::Quotes,
        }
    }
}

impl Layout {
    /// Splits the record `raw`, which has no line end any more, into the fields of `record`.
    pub(crate) fn split(&self, line: u64, raw: &[u8], record: &mut Record) -> Result<(), RecordError> {
        record.reset(line, raw);
        let result = match self {
            Layout::Delimited(layout) => layout.split(raw, record),
            Layout::Csv(layout) => layout.split(raw, record),
            Layout::FixedWidth(layout) => layout.split(raw, record),
        };
        result.map_err(|(position, kind)| RecordError { line, position, kind, raw: raw.to_vec() })
    }
}

type Mistake = (usize, RecordErrorKind);

/// NUL ends a record of text (documented), and more than the newline after it is a mistake.
fn reject_nul(raw: &[u8]) -> Result<(), Mistake> {
    match memchr(0, raw) {
        Some(at) => Err((at, RecordErrorKind::Nul(raw.get(at + 1).copied().unwrap_or(b'\n')))),
        None => Ok(()),
    }
}

impl Delimited {
    fn split(&self, raw: &[u8], record: &mut Record) -> Result<(), Mistake> {
        if self.null != b"\0" {
            reject_nul(raw)?;
        }
        match (self.escape, self.quotes) {
            (Escape::Off, Quotes::Keep) => self.split_plain(raw, record),
            _ => self.split_marked(raw, record)?,
        }
        Ok(())
    }

    fn split_plain(&self, raw: &[u8], record: &mut Record) {
        let mut position = 0;
        for value in raw.split(|&byte| byte == self.delimiter) {
            record.put_written(position, value.len(), value == self.null);
            position += value.len() + 1;
        }
    }

    fn split_marked(&self, raw: &[u8], record: &mut Record) -> Result<(), Mistake> {
        let mut position = 0;
        loop {
            let start = record.data.len();
            let end = self.take_field(raw, position, record)?;
            let written = raw.get(position..end).unwrap_or_default();
            let value = record.data.get(start..).unwrap_or_default();
            // Under the default null string `\N` and `\\N` both mean NULL (documented).
            let null = written == self.null || value == self.null;
            record.end_field(start, position, null);
            if end >= raw.len() {
                return Ok(());
            }
            position = end + 1;
        }
    }

    /// Appends the field at `position` to the record's data and returns where it ends.
    fn take_field(&self, raw: &[u8], position: usize, record: &mut Record) -> Result<usize, Mistake> {
        let first = raw.get(position).copied();
        let opened = first.filter(|byte| self.quotes == Quotes::Remove && matches!(byte, b'"' | b'\''));
        let mut at = position + usize::from(opened.is_some());
        while let Some(&byte) = raw.get(at) {
            match (byte, opened) {
                (b'\\', _) if self.escape == Escape::Backslash => {
                    at += 1;
                    record.data.extend(raw.get(at));
                }
                (_, Some(quote)) if byte == quote && self.ends_field(raw, at + 1) => return Ok(at + 1),
                (_, None) if byte == self.delimiter => return Ok(at),
                _ => record.data.push(byte),
            }
            at += 1;
        }
        match opened {
            Some(_) => Err((position, RecordErrorKind::UnmatchedQuote)),
            None => Ok(raw.len()),
        }
    }

    fn ends_field(&self, raw: &[u8], at: usize) -> bool {
        raw.get(at).is_none_or(|&byte| byte == self.delimiter)
    }
}

impl Csv {
    fn split(&self, raw: &[u8], record: &mut Record) -> Result<(), Mistake> {
        if self.null != b"\0" {
            reject_nul(raw)?;
        }
        let mut position = 0;
        loop {
            let start = record.data.len();
            let end = self.take_field(raw, position, record)?;
            let null = record.data.get(start..) == Some(self.null.as_slice());
            record.end_field(start, position, null);
            if end >= raw.len() {
                return Ok(());
            }
            position = end + 1;
        }
    }

    fn take_field(&self, raw: &[u8], position: usize, record: &mut Record) -> Result<usize, Mistake> {
        let opening = self.skip_blanks(raw, position);
        if raw.get(opening) == Some(&self.quote) {
            return self.take_quoted(raw, opening, record);
        }
        let rest = raw.get(position..).unwrap_or_default();
        let length = memchr(self.delimiter, rest).unwrap_or(rest.len());
        let value = rest.get(..length).unwrap_or_default();
        if let Some(at) = memchr(self.quote, value) {
            return Err((position + at, RecordErrorKind::InvalidQuote));
        }
        record.data.extend_from_slice(value);
        Ok(position + length)
    }

    fn take_quoted(&self, raw: &[u8], opening: usize, record: &mut Record) -> Result<usize, Mistake> {
        let mut at = opening + 1;
        loop {
            let rest = raw.get(at..).unwrap_or_default();
            let Some(length) = memchr(self.quote, rest) else {
                return Err((opening, RecordErrorKind::InvalidQuote));
            };
            record.data.extend_from_slice(rest.get(..length).unwrap_or_default());
            at += length + 1;
            if raw.get(at) != Some(&self.quote) {
                break;
            }
            record.data.push(self.quote);
            at += 1;
        }
        let end = self.skip_blanks(raw, at);
        match raw.get(end) {
            None => Ok(end),
            Some(byte) if *byte == self.delimiter => Ok(end),
            Some(_) => Err((at, RecordErrorKind::InvalidQuote)),
        }
    }

    /// Skips blanks, unless the delimiter is one.
    fn skip_blanks(&self, raw: &[u8], from: usize) -> usize {
        let rest = raw.get(from..).unwrap_or_default();
        let blanks = rest.iter().take_while(|&&b| (b == b' ' || b == b'\t') && b != self.delimiter).count();
        from + blanks
    }
}

impl FixedWidth {
    /// A short line has fewer fields, its last one cut; what stands after the last column is a field too many.
    fn split(&self, raw: &[u8], record: &mut Record) -> Result<(), Mistake> {
        if self.null != b"\0" {
            reject_nul(raw)?;
        }
        let mut position = 0;
        for width in &self.widths {
            let rest = raw.get(position..).unwrap_or_default();
            if rest.is_empty() && !record.is_empty() {
                return Ok(());
            }
            let length = characters(rest, *width);
            self.field(rest.get(..length).unwrap_or(rest), position, record);
            position += length;
        }
        let rest = raw.get(position..).unwrap_or_default();
        if !rest.is_empty() {
            self.field(rest, position, record);
        }
        Ok(())
    }

    fn field(&self, value: &[u8], position: usize, record: &mut Record) {
        let start = record.data.len();
        record.data.extend_from_slice(value);
        record.end_field(start, position, value == self.null);
    }
}

/// How many bytes the first `count` characters take; a byte that is no UTF-8 is a character of its own.
fn characters(text: &[u8], count: usize) -> usize {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte & 0xc0 != 0x80);
    starts.map(|(at, _)| at).nth(count).unwrap_or(text.len())
}
