//! The `Authorization` header of Signature Version 4.

/// `AKID/20260102/eu-west-1/s3/aws4_request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CredentialScope {
    pub(crate) access_key_id: String,
    pub(crate) date: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

impl CredentialScope {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(5, '/');
        let terminator = parts.next()?;
        let service = parts.next()?.to_owned();
        let region = parts.next()?.to_owned();
        let date = parts.next()?.to_owned();
        let access_key_id = parts.next()?.to_owned();
        (terminator == "aws4_request").then_some(Self { access_key_id, date, region, service })
    }

    /// The scope without the key, as the string to sign holds it.
    pub(crate) fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

/// What a request says of its signature, in its header or its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) credential: CredentialScope,
    /// In lower case, in the order given.
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: String,
}

impl Authorization {
    /// Parses the header's value; none when it is not a complete one of this version.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let fields = value.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| {
            fields
                .split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        };
        Some(Self {
            credential: CredentialScope::parse(&field("Credential")?)?,
            signed_headers: signed_headers(&field("SignedHeaders")?),
            signature: field("Signature")?,
        })
    }
}

/// The names in a list such as `host;x-amz-date`.
pub(crate) fn signed_headers(list: &str) -> Vec<String> {
    list.split(';').map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_documented_example() {
        // From the S3 API reference, "Signature Calculations for the Authorization Header".
        let value = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                     SignedHeaders=host;range;x-amz-date,Signature=fe5f80";
        let parsed = Authorization::parse(value).unwrap();
        assert_eq!(parsed.credential.access_key_id, "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(parsed.credential.scope(), "20130524/us-east-1/s3/aws4_request");
        assert_eq!(parsed.signed_headers, ["host", "range", "x-amz-date"]);
        assert_eq!(parsed.signature, "fe5f80");
    }

    #[test]
    fn an_incomplete_header_is_none() {
        for value in [
            "",
            "AWS AKID:sig",
            "AWS4-HMAC-SHA256 Credential=a/b/c",
            "AWS4-HMAC-SHA256 Credential=AKID/20130524/us-east-1/s3/aws4_request, Signature=x",
            "AWS4-HMAC-SHA256 Credential=AKID/20130524/us-east-1/s3/aws5_request, SignedHeaders=host, Signature=x",
        ] {
            assert_eq!(Authorization::parse(value), None, "{value}");
        }
    }
}
