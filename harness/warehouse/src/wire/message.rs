//! Messages: those that the front makes, and those that it must look into.

use bytes::{BufMut, Bytes, BytesMut};

use super::frame::{FrameError, FrameRef};
use super::report::Report;
use crate::errors::Reworded;

/// Appends a message; `body` fills it.
fn put(out: &mut BytesMut, tag: u8, body: impl FnOnce(&mut BytesMut)) {
    out.put_u8(tag);
    let start = out.len();
    out.put_u32(0);
    body(out);
    let length = u32::try_from(out.len() - start).unwrap_or(u32::MAX).to_be_bytes();
    if let Some(slot) = out.get_mut(start..start + 4) {
        slot.copy_from_slice(&length);
    }
}

fn put_text(out: &mut BytesMut, text: &str) {
    out.put_slice(text.as_bytes());
    out.put_u8(0);
}

/// What Describe and Close name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Statement,
    Portal,
}

impl Named {
    fn byte(self) -> u8 {
        match self {
            Named::Statement => b'S',
            Named::Portal => b'P',
        }
    }
}

/// Messages that go to the private server.
pub(crate) mod frontend {
    use super::*;

    pub(crate) const QUERY: u8 = b'Q';
    pub(crate) const PARSE: u8 = b'P';
    pub(crate) const BIND: u8 = b'B';
    pub(crate) const DESCRIBE: u8 = b'D';
    pub(crate) const EXECUTE: u8 = b'E';
    pub(crate) const CLOSE: u8 = b'C';
    pub(crate) const SYNC: u8 = b'S';
    pub(crate) const FUNCTION_CALL: u8 = b'F';
    pub(crate) const PASSWORD: u8 = b'p';
    /// The answer to a challenge by digest (driver sources).
    pub(crate) const DIGEST: u8 = b'd';

    pub(crate) fn parse(out: &mut BytesMut, name: &str, sql: &str) {
        put(out, PARSE, |out| {
            put_text(out, name);
            put_text(out, sql);
            out.put_u16(0);
        });
    }

    pub(crate) fn query(out: &mut BytesMut, sql: &str) {
        put(out, QUERY, |out| put_text(out, sql));
    }

    /// A Parse with the types of its parameters as the client wrote them.
    pub(crate) fn parse_typed(out: &mut BytesMut, name: &[u8], sql: &str, types: &[u8]) {
        put(out, PARSE, |out| {
            out.put_slice(name);
            out.put_u8(0);
            put_text(out, sql);
            out.put_slice(types);
        });
    }

    /// Binds text parameters and asks for text results.
    pub(crate) fn bind(out: &mut BytesMut, portal: &str, statement: &str, parameters: &[&str]) {
        put(out, BIND, |out| {
            put_text(out, portal);
            put_text(out, statement);
            out.put_u16(0);
            out.put_u16(u16::try_from(parameters.len()).unwrap_or(u16::MAX));
            for parameter in parameters {
                out.put_u32(u32::try_from(parameter.len()).unwrap_or(u32::MAX));
                out.put_slice(parameter.as_bytes());
            }
            out.put_u16(0);
        });
    }

    pub(crate) fn describe(out: &mut BytesMut, named: Named, name: &str) {
        put(out, DESCRIBE, |out| {
            out.put_u8(named.byte());
            put_text(out, name);
        });
    }

    pub(crate) fn execute(out: &mut BytesMut, portal: &str) {
        put(out, EXECUTE, |out| {
            put_text(out, portal);
            out.put_u32(0);
        });
    }

    pub(crate) fn close(out: &mut BytesMut, named: Named, name: &str) {
        put(out, CLOSE, |out| {
            out.put_u8(named.byte());
            put_text(out, name);
        });
    }

    pub(crate) fn flush(out: &mut BytesMut) {
        put(out, b'H', |_| {});
    }

    pub(crate) fn sync(out: &mut BytesMut) {
        put(out, SYNC, |_| {});
    }

    pub(crate) fn copy_data(out: &mut BytesMut, data: &[u8]) {
        put(out, b'd', |out| out.put_slice(data));
    }

    pub(crate) fn copy_done(out: &mut BytesMut) {
        put(out, b'c', |_| {});
    }

    pub(crate) fn copy_fail(out: &mut BytesMut, reason: &str) {
        put(out, b'f', |out| put_text(out, reason));
    }

    /// StartupMessage, which has no tag.
    pub(crate) fn startup(out: &mut BytesMut, parameters: &[(String, String)]) {
        let start = out.len();
        out.put_u32(0);
        out.put_u32(super::super::startup::PROTOCOL_3_0);
        for (name, value) in parameters {
            put_text(out, name);
            put_text(out, value);
        }
        out.put_u8(0);
        let length = u32::try_from(out.len() - start).unwrap_or(u32::MAX).to_be_bytes();
        if let Some(slot) = out.get_mut(start..start + 4) {
            slot.copy_from_slice(&length);
        }
    }

    /// CancelRequest, which has no tag.
    pub(crate) fn cancel(process: i32, secret: i32) -> Bytes {
        let mut out = BytesMut::with_capacity(16);
        out.put_u32(16);
        out.put_u32(super::super::startup::CANCEL_REQUEST);
        out.put_i32(process);
        out.put_i32(secret);
        out.freeze()
    }
}

/// Messages that go to the client.
pub(crate) mod backend {
    use super::*;

    pub(crate) const AUTHENTICATION: u8 = b'R';
    pub(crate) const KEY_DATA: u8 = b'K';
    pub(crate) const PARAMETER_STATUS: u8 = b'S';
    pub(crate) const READY: u8 = b'Z';
    pub(crate) const ERROR: u8 = b'E';
    pub(crate) const NOTICE: u8 = b'N';
    pub(crate) const NOTIFICATION: u8 = b'A';
    pub(crate) const COMMAND_COMPLETE: u8 = b'C';
    pub(crate) const EMPTY_QUERY: u8 = b'I';
    pub(crate) const PORTAL_SUSPENDED: u8 = b's';
    pub(crate) const PARSE_COMPLETE: u8 = b'1';
    pub(crate) const BIND_COMPLETE: u8 = b'2';
    pub(crate) const CLOSE_COMPLETE: u8 = b'3';
    pub(crate) const ROW_DESCRIPTION: u8 = b'T';
    pub(crate) const NO_DATA: u8 = b'n';
    pub(crate) const DATA_ROW: u8 = b'D';
    pub(crate) const COPY_IN: u8 = b'G';
    pub(crate) const COPY_OUT: u8 = b'H';
    pub(crate) const COPY_DATA: u8 = b'd';

    pub(crate) fn authentication_ok(out: &mut BytesMut) {
        put(out, AUTHENTICATION, |out| out.put_u32(0));
    }

    pub(crate) fn authentication_cleartext(out: &mut BytesMut) {
        put(out, AUTHENTICATION, |out| out.put_u32(3));
    }

    pub(crate) fn authentication_md5(out: &mut BytesMut, salt: [u8; 4]) {
        put(out, AUTHENTICATION, |out| {
            out.put_u32(5);
            out.put_slice(&salt);
        });
    }

    /// A challenge by digest, algorithm 0 (SHA-256): the salt of the stored password, and a nonce (driver sources).
    pub(crate) fn authentication_digest(out: &mut BytesMut, salt: &[u8], nonce: &[u8]) {
        put(out, AUTHENTICATION, |out| {
            out.put_u32(13);
            out.put_u32(0);
            for part in [salt, nonce] {
                out.put_u32(u32::try_from(part.len()).unwrap_or(u32::MAX));
                out.put_slice(part);
            }
        });
    }

    pub(crate) fn parameter_status(out: &mut BytesMut, name: &str, value: &str) {
        put(out, PARAMETER_STATUS, |out| {
            put_text(out, name);
            put_text(out, value);
        });
    }

    /// Tells a client that asked for a newer minor version, or for protocol options, what it gets.
    pub(crate) fn negotiate_protocol_version(out: &mut BytesMut, refused: &[String]) {
        put(out, b'v', |out| {
            out.put_u32(super::super::startup::PROTOCOL_3_0);
            out.put_u32(u32::try_from(refused.len()).unwrap_or(u32::MAX));
            refused.iter().for_each(|name| put_text(out, name));
        });
    }

    pub(crate) fn command_complete(out: &mut BytesMut, command: &str) {
        put(out, COMMAND_COMPLETE, |out| put_text(out, command));
    }

    pub(crate) fn error(out: &mut BytesMut, report: &Report) {
        put(out, ERROR, |out| put_report(out, report));
    }

    pub(crate) fn notice(out: &mut BytesMut, report: &Report) {
        put(out, NOTICE, |out| put_report(out, report));
    }

    /// A message as it came.
    pub(crate) fn raw(out: &mut BytesMut, tag: u8, body: &[u8]) {
        put(out, tag, |out| out.put_slice(body));
    }
}

/// The number of SUPER (driver sources), and its modifier (measured by a third party).
pub(crate) const SUPER: u32 = 4000;
const SUPER_MODIFIER: u32 = 16_384_000;

/// The number of VARBYTE (driver sources).
pub(crate) const VARBYTE: u32 = 6551;

/// A RowDescription's body whose columns of SUPER have their modifier, if there are any.
pub(crate) fn with_super(body: &[u8]) -> Option<Bytes> {
    memchr::memmem::find(body, &SUPER.to_be_bytes())?;
    let (mut fields, mut out, mut changed) =
        (Body::new(backend::ROW_DESCRIPTION, body), BytesMut::new(), false);
    let count = fields.i16().ok()?;
    out.put_i16(count);
    for _ in 0..count {
        out.put_slice(fields.text().ok()?);
        out.put_u8(0);
        // Table and attribute; type; size; modifier; format.
        out.put_slice(&fields.array::<6>().ok()?);
        let kind: [u8; 4] = fields.array().ok()?;
        let is_super = kind == SUPER.to_be_bytes();
        out.put_slice(&kind);
        out.put_slice(&fields.array::<2>().ok()?);
        let modifier: [u8; 4] = fields.array().ok()?;
        out.put_slice(if is_super { &const { SUPER_MODIFIER.to_be_bytes() } } else { &modifier });
        out.put_slice(&fields.array::<2>().ok()?);
        changed |= is_super;
    }
    changed.then(|| out.freeze())
}

/// The text of the statement that a client's message brings.
pub(crate) fn statement_of(frame: FrameRef<'_>) -> Option<&[u8]> {
    let mut body = Body::new(frame.tag, frame.body);
    if frame.tag == frontend::PARSE {
        body.text().ok()?;
    }
    matches!(frame.tag, frontend::QUERY | frontend::PARSE).then(|| body.text().ok()).flatten()
}

/// The message of an ErrorResponse's body.
pub(crate) fn text(body: &[u8]) -> Option<String> {
    field(body, b'M')
}

/// The detail of a NoticeResponse's body.
pub(crate) fn detail(body: &[u8]) -> Option<String> {
    field(body, b'D')
}

fn field(body: &[u8], kind: u8) -> Option<String> {
    let mut fields = Body::new(backend::ERROR, body);
    loop {
        match fields.array().ok()? {
            [found] if found == kind => {
                return Some(String::from_utf8_lossy(fields.text().ok()?).into_owned());
            }
            _ => fields.text().ok()?,
        };
    }
}

/// The body of an ErrorResponse of the private server in Redshift's words, if they are others.
pub(crate) fn reworded(body: &[u8]) -> Option<Bytes> {
    with_words(body, &crate::errors::reworded(&text(body)?)?)
}

/// The same, of a statement that was cancelled, and has a number.
pub(crate) fn reworded_cancel(body: &[u8], query: impl FnOnce() -> i32) -> Option<Bytes> {
    with_words(body, &crate::errors::reworded_cancel(&text(body)?, query)?)
}

fn with_words(body: &[u8], other: &Reworded) -> Option<Bytes> {
    let (mut fields, mut out) = (Body::new(backend::ERROR, body), BytesMut::new());
    while let Ok([kind]) = fields.array()
        && kind != 0
    {
        let text = fields.text().ok()?;
        let told = match (kind, other.code) {
            (b'M', _) => other.message.as_bytes(),
            (b'C', Some(code)) => code.as_bytes(),
            (b'D' | b'H', Some(_)) => continue,
            _ => text,
        };
        out.put_u8(kind);
        out.put_slice(told);
        out.put_u8(0);
    }
    out.put_u8(0);
    Some(out.freeze())
}

fn put_report(out: &mut BytesMut, report: &Report) {
    let mut field = |kind: u8, value: &str| {
        out.put_u8(kind);
        put_text(out, &value.replace('\0', " "));
    };
    field(b'S', report.severity.word());
    field(b'C', report.code);
    field(b'M', &report.message);
    if let Some(detail) = &report.detail {
        field(b'D', detail);
    }
    if let Some(hint) = &report.hint {
        field(b'H', hint);
    }
    if let Some(location) = report.location {
        field(b'F', location.file);
        field(b'L', location.line);
        field(b'R', location.routine);
    }
    out.put_u8(0);
}

/// Reads the parts of a message's body.
pub(crate) struct Body<'a> {
    tag: u8,
    rest: &'a [u8],
}

impl<'a> Body<'a> {
    pub(crate) fn new(tag: u8, rest: &'a [u8]) -> Body<'a> {
        Body { tag, rest }
    }

    fn malformed(&self) -> FrameError {
        FrameError::Malformed(char::from(self.tag))
    }

    /// Bytes up to a NUL.
    pub(crate) fn text(&mut self) -> Result<&'a [u8], FrameError> {
        let end = memchr::memchr(0, self.rest).ok_or_else(|| self.malformed())?;
        let text = self.rest.get(..end).unwrap_or_default();
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Ok(text)
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| self.malformed())?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, FrameError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, FrameError> {
        self.array().map(i16::from_be_bytes)
    }

    /// A value with its length before it; a negative length is NULL.
    pub(crate) fn value(&mut self) -> Result<Option<&'a [u8]>, FrameError> {
        let Ok(length) = usize::try_from(self.i32()?) else {
            return Ok(None);
        };
        let value = self.rest.get(..length).ok_or_else(|| self.malformed())?;
        self.rest = self.rest.get(length..).unwrap_or_default();
        Ok(Some(value))
    }

    /// `S` or `P`, as Describe and Close begin.
    pub(crate) fn named(&mut self) -> Result<Named, FrameError> {
        match self.array()? {
            [b'S'] => Ok(Named::Statement),
            [b'P'] => Ok(Named::Portal),
            _ => Err(self.malformed()),
        }
    }
}
