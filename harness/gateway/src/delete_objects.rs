//! `DeleteObjects` is authorized key by key: the answer is 200 with one error for each refused key (documented).

use bytes::Bytes;
use http::StatusCode;
use linchpin_policy::Context;
use quick_xml::{Reader, escape::escape, events::Event};

use crate::{
    AwsError,
    classify::{Guard, Need},
};

/// The keys in a request's body.
pub(crate) fn keys(body: &[u8]) -> Result<Vec<String>, AwsError> {
    let text = std::str::from_utf8(body).map_err(|_| malformed_xml())?;
    let mut reader = Reader::from_str(text);
    let (mut keys, mut current) = (Vec::new(), None);
    loop {
        match reader.read_event().map_err(|_| malformed_xml())? {
            Event::Start(tag) if tag.local_name().as_ref() == b"Key" => current = Some(String::new()),
            Event::End(tag) if tag.local_name().as_ref() == b"Key" => keys.extend(current.take()),
            Event::Text(part) => {
                if let Some(key) = &mut current {
                    key.push_str(&part.decode().map_err(|_| malformed_xml())?);
                }
            }
            Event::GeneralRef(entity) => {
                if let Some(key) = &mut current {
                    let name = entity.decode().map_err(|_| malformed_xml())?;
                    let escaped = format!("&{name};");
                    key.push_str(&quick_xml::escape::unescape(&escaped).map_err(|_| malformed_xml())?);
                }
            }
            Event::Eof => return Ok(keys),
            _ => {}
        }
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
pub(crate) fn request_for(keys: &[String]) -> Bytes {
    let objects: String =
        keys.iter().map(|key| format!("<Object><Key>{}</Key></Object>", escape(key.as_str()))).collect();
    format!("<Delete>{objects}</Delete>").into()
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
        assert_eq!(keys(body).unwrap(), ["a & b/A", "c"]);
        assert_eq!(keys(&request_for(&["x<y".to_owned()])).unwrap(), ["x<y"]);
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
