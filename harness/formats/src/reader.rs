//! The push reader: chunks in, records out.

use crate::record::{Record, RecordError, RecordErrorKind};
use crate::split::{Delimited, Escape, Layout, RecordEnd};

/// The longest record that is read: Redshift's maximum input row, 4 MB (documented).
pub const MAX_RECORD: usize = 4 * 1024 * 1024;

/// How much of a record that is too long goes into its error.
const EXCERPT: usize = 1024;

/// Splits pushed chunks into records.
#[derive(Debug)]
pub struct Reader {
    layout: Layout,
    buffer: Vec<u8>,
    /// Where the current record starts in `buffer`.
    start: usize,
    end: RecordEnd,
    /// Number of the line on which the current record starts.
    line: u64,
    header_lines: u64,
    finished: bool,
    /// Set while the rest of a record that was too long is thrown away.
    discarding: bool,
}

impl Reader {
    /// A reader of `layout` that skips the first `header_lines` lines.
    #[must_use]
    pub fn new(layout: Layout, header_lines: u64) -> Reader {
        Reader {
            layout,
            buffer: Vec::new(),
            start: 0,
            end: RecordEnd::default(),
            line: 1,
            header_lines,
            finished: false,
            discarding: false,
        }
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(chunk);
    }

    /// Says that no more bytes follow: what is left is the last record.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// How many lines ended so far.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.line - 1
    }

    /// Fills `record` with the next one. `None`: push more, or, after `finish`, the end.
    pub fn read(&mut self, record: &mut Record) -> Option<Result<(), RecordError>> {
        loop {
            let header = self.header_lines > 0 || self.discarding;
            let pending = self.buffer.get(self.start..).unwrap_or_default();
            let found =
                if header { self.end.find_newline(pending) } else { self.end.find(&self.layout, pending) };
            let length = match found {
                Some(length) => length,
                None if pending.len() > MAX_RECORD && !header => return Some(Err(self.give_up())),
                None if self.finished && !pending.is_empty() => pending.len(),
                None => {
                    self.forget_discarded();
                    return None;
                }
            };
            let line = self.line;
            let whole = pending.get(..length).unwrap_or_default();
            self.line += self.end.newlines(found.is_none());
            self.end = RecordEnd::default();
            let skipped = std::mem::take(&mut self.discarding);
            let result = (!header).then(|| self.layout.split(line, trim_end(&self.layout, whole), record));
            self.start += length;
            match result {
                Some(result) => return Some(result),
                None if !skipped => self.header_lines -= 1,
                None => {}
            }
        }
    }

    /// Reports a record that is too long; the rest of its line is skipped.
    fn give_up(&mut self) -> RecordError {
        let pending = self.buffer.get(self.start..).unwrap_or_default();
        let raw = pending.get(..EXCERPT).unwrap_or(pending).to_vec();
        let error =
            RecordError { line: self.line, position: MAX_RECORD, kind: RecordErrorKind::TooLong, raw };
        self.discarding = true;
        self.end.restart_line();
        error
    }

    /// Drops what is pending of a line that is thrown away, so that it does not pile up.
    fn forget_discarded(&mut self) {
        if self.discarding {
            self.start = self.buffer.len();
            self.end.forget_position();
        }
    }
}

/// Cuts the line end, LF or CRLF, off a record; a CR after a backslash of ESCAPE is data.
fn trim_end<'r>(layout: &Layout, record: &'r [u8]) -> &'r [u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let Some(cut) = record.strip_suffix(b"\r") else { return record };
    let backslashes = cut.iter().rev().take_while(|byte| **byte == b'\\').count();
    let escapes = matches!(layout, Layout::Delimited(Delimited { escape: Escape::Backslash, .. }));
    if escapes && backslashes % 2 == 1 { record } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::{Csv, FixedWidth, Quotes};

    fn text() -> Delimited {
        Delimited { delimiter: b'|', null: b"\\N".to_vec(), escape: Escape::Off, quotes: Quotes::Keep }
    }

    fn csv() -> Layout {
        Layout::Csv(Csv { delimiter: b',', quote: b'"', null: b"\\N".to_vec() })
    }

    /// Reads `input` in chunks of `size`, and shows each record as `line: field/field`, NULL as `<null>`.
    fn show(layout: Layout, header: u64, input: &[u8], size: usize) -> Vec<String> {
        let mut reader = Reader::new(layout, header);
        let mut record = Record::default();
        let mut shown = Vec::new();
        let mut drain = |reader: &mut Reader| {
            while let Some(result) = reader.read(&mut record) {
                shown.push(match result {
                    Ok(()) => {
                        let fields: Vec<_> = record
                            .fields()
                            .map(|f| if f.null { "<null>".into() } else { String::from_utf8_lossy(f.value) })
                            .collect();
                        format!("{}: {}", record.line, fields.join("/"))
                    }
                    Err(error) => error.to_string(),
                });
            }
        };
        for chunk in input.chunks(size) {
            reader.push(chunk);
            drain(&mut reader);
        }
        reader.finish();
        drain(&mut reader);
        shown
    }

    fn check(layout: &Layout, header: u64, input: &str, expected: &[&str]) {
        for size in [1, 2, 3, 7, 1 << 20] {
            assert_eq!(show(layout.clone(), header, input.as_bytes(), size), expected, "{input:?} by {size}");
        }
    }

    #[test]
    fn delimited_text() {
        let plain = Layout::Delimited(text());
        check(&plain, 0, "", &[]);
        check(&plain, 0, "a|b\nc|d", &["1: a/b", "2: c/d"]);
        check(&plain, 0, "a|b\r\n\r\n|\n", &["1: a/b", "2: ", "3: /"]);
        check(&plain, 0, "\\N|\\Nx|N\n", &["1: <null>/\\Nx/N"]);
        check(&plain, 0, "a\\|b\n", &["1: a\\/b"]);
        check(&plain, 1, "head|er\na|b\n", &["2: a/b"]);
        check(&plain, 3, "head\n", &[]);
        check(&plain, 0, "a|b\0,c\nd\n", &["line 1, byte 3: NUL byte before byte 0x2c", "2: d"]);
    }

    #[test]
    fn escaped_text() {
        let escaped = Layout::Delimited(Delimited { escape: Escape::Backslash, ..text() });
        check(&escaped, 0, "a\\|b|c\n", &["1: a|b/c"]);
        check(&escaped, 0, "a\\\nb|c\nd\n", &["1: a\nb/c", "3: d"]);
        check(&escaped, 0, "a\\\\\nb\n", &["1: a\\", "2: b"]);
        check(&escaped, 0, "a\\\r\nb\\\\\r\n", &["1: a\r", "2: b\\"]);
        check(&escaped, 0, "\\N|\\\\N|\\n\n", &["1: <null>/<null>/n"]);
    }

    #[test]
    fn quotes_removed() {
        let layout = Layout::Delimited(Delimited { quotes: Quotes::Remove, ..text() });
        check(&layout, 0, "\"a|b\"|'c'|d\"\n", &["1: a|b/c/d\""]);
        check(&layout, 0, "\"a|b\nx\n", &["line 1, byte 0: unmatched opening quote", "2: x"]);
    }

    #[test]
    fn quotes_removed_and_escapes() {
        let layout =
            Layout::Delimited(Delimited { quotes: Quotes::Remove, escape: Escape::Backslash, ..text() });
        check(&layout, 0, "\"a\\\"|b\"|c\\|d\n", &["1: a\"|b/c|d"]);
    }

    #[test]
    fn comma_separated() {
        check(&csv(), 0, "a,b\n", &["1: a/b"]);
        check(&csv(), 0, "\"a,b\",c\n", &["1: a,b/c"]);
        check(&csv(), 0, "\"a\nb\",c\nd,e\n", &["1: a\nb/c", "3: d/e"]);
        check(&csv(), 0, "\"say \"\"hi\"\"\",\"\"\r\n", &["1: say \"hi\"/"]);
        check(&csv(), 0, "a, \"b\" ,c d\n", &["1: a/b/c d"]);
        check(&csv(), 0, "\\N,\n", &["1: <null>/"]);
        check(&csv(), 0, "a\"b,c\nd\"\ne\n", &["line 1, byte 1: invalid quote formatting", "3: e"]);
        check(&csv(), 0, "\"a\"b,c\n", &["line 1, byte 3: invalid quote formatting"]);
        check(&csv(), 0, "\"a,b\n", &["line 1, byte 0: invalid quote formatting"]);
        check(&csv(), 1, "h,\"i\n1,2\n", &["2: 1/2"]);
    }

    #[test]
    fn fixed_width() {
        let layout = Layout::FixedWidth(FixedWidth { widths: vec![2, 3, 1], null: b"nil".to_vec() });
        check(&layout, 0, "12abcx\n34d  y\r\n", &["1: 12/abc/x", "2: 34/d  /y"]);
        check(&layout, 0, "1 \u{e9}\u{4e2d}cx\n", &["1: 1 /\u{e9}\u{4e2d}c/x"]);
        check(
            &layout,
            0,
            "12nilx\n12ab\n\n12abcxyz\n",
            &["1: 12/<null>/x", "2: 12/ab", "3: ", "4: 12/abc/x/yz"],
        );
        check(&layout, 1, "head\n12abcx", &["2: 12/abc/x"]);
    }

    #[test]
    fn a_record_without_end_is_given_up_and_not_kept() {
        let mut reader = Reader::new(Layout::Delimited(text()), 0);
        let mut record = Record::default();
        let chunk = vec![b'x'; 1 << 20];
        let mut errors = 0;
        for _ in 0..16 {
            reader.push(&chunk);
            while let Some(result) = reader.read(&mut record) {
                assert_eq!(result.unwrap_err().kind, RecordErrorKind::TooLong);
                errors += 1;
            }
            assert!(reader.buffer.len() <= MAX_RECORD + 2 * chunk.len());
        }
        reader.push(b"\na|b\n");
        assert_eq!(errors, 1);
        assert!(matches!(reader.read(&mut record), Some(Ok(()))));
        assert_eq!((record.line, record.len()), (2, 2));
    }
}
