//! Tags that a request wants an object to have, as policies see them (documented: "Tagging and access control
//! policies"). Whether they are in order, the service judges.

use linchpin_policy::Context;

use crate::{AwsError, xml};

/// Keys and values, in the request's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TagsAsked(Vec<(String, String)>);

impl TagsAsked {
    /// The value of `x-amz-tagging`.
    pub(crate) fn in_header(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The body of `PutObjectTagging`.
    pub(crate) fn in_body(body: &[u8]) -> Result<Self, AwsError> {
        let mut tags = Vec::new();
        let mut key = String::new();
        xml::walk(body, |path, text| {
            match path {
                ["Tagging", "TagSet", "Tag", "Key"] => key = text,
                ["Tagging", "TagSet", "Tag", "Value"] => tags.push((std::mem::take(&mut key), text)),
                ["Tagging", "TagSet", "Tag"] | ["Tagging", "TagSet"] | ["Tagging"] => {}
                _ => return Err(xml::malformed()),
            }
            Ok(())
        })?;
        Ok(Self(tags))
    }
}

/// The condition keys of tags in a request.
pub(crate) fn with_tags(context: &mut Context, TagsAsked(tags): &TagsAsked) {
    for (key, value) in tags {
        context.set(&format!("s3:RequestObjectTag/{key}"), value);
    }
    if !tags.is_empty() {
        context.set_many("s3:RequestObjectTagKeys", tags.iter().map(|(key, _)| key.clone()).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> TagsAsked {
        TagsAsked(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn headers_and_bodies() {
        assert_eq!(TagsAsked::in_header("a=1&b%20c=%26"), tags(&[("a", "1"), ("b c", "&")]));
        let body = b"<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value/></Tag></TagSet></Tagging>";
        assert_eq!(TagsAsked::in_body(body).unwrap(), tags(&[("a", "1"), ("b", "")]));
        for body in ["", "<Tagging>", "<Other/>", "<Tagging><TagSet><Key>a</Key></TagSet></Tagging>"] {
            assert_eq!(TagsAsked::in_body(body.as_bytes()).unwrap_err().code, "MalformedXML", "{body}");
        }
    }
}
