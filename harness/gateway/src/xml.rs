//! Small XML bodies, read as a stream of closed elements: no entities but the five, no depth without end. Pure.

use http::StatusCode;
use quick_xml::{Reader, events::Event};

use crate::AwsError;

/// How deep elements may stand in each other; the deepest body that S3 knows has eight.
const DEEPEST: usize = 16;

/// Tells each element when it ends: the names from the root to it, and its text.
///
/// # Errors
/// `MalformedXML`, or what `on_end` makes of an element.
pub(crate) fn walk(
    body: &[u8],
    mut on_end: impl FnMut(&[&str], String) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let mut reader = Reader::from_str(text);
    let mut open = Open::default();
    loop {
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(tag) => open.start(tag.local_name().as_ref())?,
            Event::End(_) => open.end(&mut on_end)?,
            Event::Empty(tag) => {
                open.start(tag.local_name().as_ref())?;
                open.end(&mut on_end)?;
            }
            Event::Text(part) => open.text.push_str(&part.decode().map_err(|_| malformed())?),
            Event::GeneralRef(entity) => {
                let name = entity.decode().map_err(|_| malformed())?;
                let character = quick_xml::escape::unescape(&format!("&{name};")).map(|c| c.into_owned());
                open.text.push_str(&character.map_err(|_| malformed())?);
            }
            Event::DocType(_) | Event::CData(_) | Event::PI(_) => return Err(malformed()),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => return if open.is_whole() { Ok(()) } else { Err(malformed()) },
        }
    }
}

/// The elements that are open.
#[derive(Default)]
struct Open {
    names: Vec<String>,
    text: String,
    seen: usize,
}

impl Open {
    fn start(&mut self, name: &[u8]) -> Result<(), AwsError> {
        if self.names.len() == DEEPEST || (self.names.is_empty() && self.seen > 0) {
            return Err(malformed());
        }
        self.names.push(String::from_utf8_lossy(name).into_owned());
        self.text.clear();
        self.seen += 1;
        Ok(())
    }

    fn end(
        &mut self,
        on_end: &mut impl FnMut(&[&str], String) -> Result<(), AwsError>,
    ) -> Result<(), AwsError> {
        let path: Vec<&str> = self.names.iter().map(String::as_str).collect();
        on_end(&path, std::mem::take(&mut self.text))?;
        self.names.pop();
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.seen > 0 && self.names.is_empty()
    }
}

/// Documented: the S3 API reference, "List of error codes".
pub(crate) fn malformed() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}
