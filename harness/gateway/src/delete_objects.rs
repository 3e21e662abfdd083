//! `DeleteObjects` is authorized key by key: the answer is 200 with one error for each refused key (documented).

use bytes::Bytes;
use http::StatusCode;
use linchpin_policy::Context;
use quick_xml::{Reader, escape::escape, events::Event};

use crate::{
    AwsError,
    classify::{Guard, Need},
    texts,
};

/// Documented: the most keys of one call.
const MOST_KEYS: usize = 1000;

/// What a request's body asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) keys: Vec<String>,
    /// Only refusals are to be told.
    pub(crate) quiet: bool,
}

/// Reads a request's body.
pub(crate) fn asked(body: &[u8]) -> Result<Asked, AwsError> {
    let text = std::str::from_utf8(body).map_err(|_| malformed_xml())?;
    let mut reader = Reader::from_str(text);
    let mut elements = Elements::default();
    loop {
        match reader.read_event().map_err(|_| malformed_xml())? {
            Event::Start(tag) => elements.start(tag.local_name().as_ref()),
            Event::End(_) => elements.end()?,
            Event::Empty(tag) => {
                elements.start(tag.local_name().as_ref());
                elements.end()?;
            }
            Event::Text(part) => elements.text.push_str(&part.decode().map_err(|_| malformed_xml())?),
            Event::GeneralRef(entity) => {
                let name = entity.decode().map_err(|_| malformed_xml())?;
                let character = quick_xml::escape::unescape(&format!("&{name};")).map(|c| c.into_owned());
                elements.text.push_str(&character.map_err(|_| malformed_xml())?);
            }
            Event::DocType(_) | Event::CData(_) | Event::PI(_) => return Err(malformed_xml()),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => return elements.asked(),
        }
    }
}

/// The open elements, and what the closed ones said.
#[derive(Default)]
struct Elements {
    open: Vec<String>,
    text: String,
    asked: Asked,
    whole: bool,
}

impl Elements {
    fn start(&mut self, name: &[u8]) {
        self.open.push(String::from_utf8_lossy(name).into_owned());
        self.text.clear();
    }

    fn end(&mut self) -> Result<(), AwsError> {
        let path: Vec<&str> = self.open.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["Delete", "Object", "Key"] => self.asked.keys.push(std::mem::take(&mut self.text)),
            ["Delete", "Quiet"] => self.asked.quiet = self.text.trim() == "true",
            ["Delete", "Object", other] => {
                return Err(texts::not_implemented(&format!("the element `{other}` of DeleteObjects")));
            }
            ["Delete"] => self.whole = true,
            ["Delete", "Object"] => {}
            _ => return Err(malformed_xml()),
        }
        self.open.pop();
        Ok(())
    }

    fn asked(self) -> Result<Asked, AwsError> {
        let count = self.asked.keys.len();
        let fits = self.whole && self.open.is_empty() && (1..=MOST_KEYS).contains(&count);
        if fits { Ok(self.asked) } else { Err(malformed_xml()) }
    }
}

fn malformed_xml() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// The right that deleting one key takes.
pub(crate) fn need(partition: &str, bucket: &str, key: &str) -> Need {
    Need {
        action: "s3:DeleteObject".to_owned(),
        resource: format!("arn:{partition}:s3:::{bucket}/{key}"),
        context: Context::default(),
        guard: Guard::Bucket(bucket.to_owned()),
    }
}

/// The request again, with the keys that may be deleted.
pub(crate) fn request_for(keys: &[String], quiet: bool) -> Bytes {
    let objects: String =
        keys.iter().map(|key| format!("<Object><Key>{}</Key></Object>", escape(key.as_str()))).collect();
    format!("<Delete>{objects}<Quiet>{quiet}</Quiet></Delete>").into()
}

/// Adds the refused keys to a service's answer.
pub(crate) fn with_refusals(answer: &[u8], refused: &[(String, AwsError)]) -> Bytes {
    let errors: String = refused
        .iter()
        .map(|(key, error)| {
            format!(
                "<Error><Key>{}</Key><Code>{}</Code><Message>{}</Message></Error>",
                escape(key.as_str()),
                escape(&error.code),
                escape(&error.message)
            )
        })
        .collect();
    let text = String::from_utf8_lossy(answer);
    match text.rsplit_once("</DeleteResult>") {
        Some((head, tail)) => format!("{head}{errors}</DeleteResult>{tail}").into(),
        None => format!("<DeleteResult>{errors}</DeleteResult>").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_entities() {
        let body =
            b"<Delete><Object><Key>a &amp; b/&#x41;</Key></Object><Object><Key>c</Key></Object></Delete>";
        assert_eq!(
            asked(body).unwrap(),
            Asked { keys: vec!["a & b/A".to_owned(), "c".to_owned()], quiet: false }
        );
        let again = Asked { keys: vec!["x<y".to_owned()], quiet: true };
        assert_eq!(asked(&request_for(&again.keys, true)).unwrap(), again);
    }

    #[test]
    fn a_version_is_refused_by_name() {
        let body = b"<Delete><Object><Key>k</Key><VersionId>1</VersionId></Object></Delete>";
        assert!(asked(body).unwrap_err().message.contains("`VersionId`"));
    }

    #[test]
    fn refusals_join_the_answer() {
        let refused =
            [("k".to_owned(), AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied"))];
        let answer = with_refusals(b"<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>", &refused);
        assert_eq!(
            answer,
            "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>k</Key><Code>AccessDenied</Code>\
             <Message>Access Denied</Message></Error></DeleteResult>"
        );
    }
}
