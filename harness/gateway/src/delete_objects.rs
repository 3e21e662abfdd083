//! `DeleteObjects` is authorized key by key: the answer is 200 with one error for each refused key (documented).

use bytes::Bytes;
use linchpin_policy::Context;
use quick_xml::escape::escape;

use crate::{
    AwsError,
    classify::{Guard, Need},
    texts, xml,
};

/// Documented: the most keys of one call.
const MOST_KEYS: usize = 1000;

/// What a request's body asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) objects: Vec<Named>,
    /// Only refusals are to be told.
    pub(crate) quiet: bool,
}

/// A key, and what more is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) key: String,
    pub(crate) version: Option<String>,
    /// What the object must be for it to be deleted, where that is asked for.
    pub(crate) etag: Option<String>,
}

/// Reads a request's body.
pub(crate) fn asked(body: &[u8]) -> Result<Asked, AwsError> {
    let mut asked = Asked::default();
    let mut named = Named::default();
    xml::walk(body, |path, text| {
        match path {
            ["Delete", "Object", "Key"] => named.key = text,
            ["Delete", "Object", "VersionId"] => named.version = Some(text),
            ["Delete", "Object", "ETag"] => named.etag = Some(text),
            ["Delete", "Object"] if named.key.is_empty() => return Err(xml::malformed()),
            ["Delete", "Object"] => asked.objects.push(std::mem::take(&mut named)),
            ["Delete", "Quiet"] => asked.quiet = text.trim() == "true",
            ["Delete", "Object", other] => {
                return Err(texts::not_implemented(&format!("the element `{other}` of DeleteObjects")));
            }
            ["Delete"] => {}
            _ => return Err(xml::malformed()),
        }
        Ok(())
    })?;
    if (1..=MOST_KEYS).contains(&asked.objects.len()) { Ok(asked) } else { Err(xml::malformed()) }
}

/// The right that deleting one key takes, or one version of it.
pub(crate) fn need(partition: &str, bucket: &str, named: &Named) -> Need {
    let mut context = Context::default();
    let mut action = "s3:DeleteObject";
    if let Some(version) = &named.version {
        action = "s3:DeleteObjectVersion";
        context.set("s3:versionid", version);
    }
    if let Some(etag) = &named.etag {
        context.set("s3:if-match", etag);
    }
    Need {
        action: action.to_owned(),
        resource: format!("arn:{partition}:s3:::{bucket}/{}", named.key),
        context,
        guard: Guard::Bucket(bucket.to_owned()),
    }
}

/// The request again, with the keys that may be deleted.
pub(crate) fn request_for(objects: &[Named], quiet: bool) -> Bytes {
    let objects: String =
        objects.iter().map(|named| format!("<Object>{}{}</Object>", elements(named), etag(named))).collect();
    format!("<Delete>{objects}<Quiet>{quiet}</Quiet></Delete>").into()
}

fn etag(named: &Named) -> String {
    named.etag.as_ref().map(|etag| format!("<ETag>{}</ETag>", escape(etag.as_str()))).unwrap_or_default()
}

fn elements(Named { key, version, .. }: &Named) -> String {
    let version = version.as_ref().map(|id| format!("<VersionId>{}</VersionId>", escape(id.as_str())));
    format!("<Key>{}</Key>{}", escape(key.as_str()), version.unwrap_or_default())
}

/// Adds the refused keys to a service's answer.
pub(crate) fn with_refusals(answer: &[u8], refused: &[(Named, AwsError)]) -> Bytes {
    let errors: String = refused
        .iter()
        .map(|(named, error)| {
            format!(
                "<Error>{}<Code>{}</Code><Message>{}</Message></Error>",
                elements(named),
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
    use http::StatusCode;

    use super::*;

    fn named(key: &str, version: Option<&str>) -> Named {
        Named { key: key.to_owned(), version: version.map(str::to_owned), etag: None }
    }

    #[test]
    fn keys_with_entities_and_versions() {
        let body = b"<Delete><Object><Key>a &amp; b/&#x41;</Key></Object><Object><Key>c</Key><VersionId>1</VersionId></Object></Delete>";
        let objects = vec![named("a & b/A", None), named("c", Some("1"))];
        assert_eq!(asked(body).unwrap(), Asked { objects, quiet: false });
        let conditional = Named { etag: Some("\"a\"".to_owned()), ..named("x", None) };
        let again = Asked { objects: vec![named("x<y", Some("&")), conditional], quiet: true };
        assert_eq!(asked(&request_for(&again.objects, true)).unwrap(), again);
    }

    #[test]
    fn other_elements_are_refused_by_name() {
        let body = b"<Delete><Object><Key>k</Key><Size>1</Size></Object></Delete>";
        assert!(asked(body).unwrap_err().message.contains("`Size`"));
        let without_key = b"<Delete><Object><VersionId>1</VersionId></Object></Delete>";
        assert_eq!(asked(without_key).unwrap_err().code, "MalformedXML");
    }

    #[test]
    fn refusals_join_the_answer() {
        let error = AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied");
        let refused = [(named("k", Some("1")), error)];
        let answer = with_refusals(b"<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>", &refused);
        assert_eq!(
            answer,
            "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>k</Key><VersionId>1</VersionId>\
             <Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>"
        );
    }
}
