//! Keys, strings to sign and dates of Signature Version 4.

use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use time::{
    OffsetDateTime, PrimitiveDateTime, UtcOffset, format_description::well_known::Rfc2822,
    macros::format_description,
};

use super::CredentialScope;

/// Signs with the key of one day, region and service, at one time.
#[derive(Clone)]
pub(crate) struct Signer {
    key: Vec<u8>,
    amz_date: String,
    scope: String,
}

impl Signer {
    pub(crate) fn new(secret: &SecretString, scope: &CredentialScope, amz_date: &str) -> Self {
        let first = format!("AWS4{}", secret.expose_secret());
        let key = [scope.date.as_str(), scope.region.as_str(), scope.service.as_str(), "aws4_request"]
            .iter()
            .fold(first.into_bytes(), |key, part| hmac(&key, part));
        Self { key, amz_date: amz_date.to_owned(), scope: scope.scope() }
    }

    /// The signature, in hex, of a canonical request.
    pub(crate) fn request(&self, canonical_request: &str) -> String {
        hex::encode(hmac(&self.key, &self.string_to_sign(canonical_request)))
    }

    /// The signature of a chunk, behind that of the chunk before it (documented).
    pub(crate) fn chunk(&self, previous: &str, data: Sha256) -> String {
        let (nothing, data) = (hex::encode(Sha256::digest(b"")), hex::encode(data.finalize()));
        self.sign("AWS4-HMAC-SHA256-PAYLOAD", &format!("{previous}\n{nothing}\n{data}"))
    }

    /// The signature of the trailers, behind that of the last chunk (documented).
    pub(crate) fn trailers(&self, previous: &str, trailers: &str) -> String {
        let hash = hex::encode(Sha256::digest(trailers.as_bytes()));
        self.sign("AWS4-HMAC-SHA256-TRAILER", &format!("{previous}\n{hash}"))
    }

    /// What is signed of a canonical request.
    pub(crate) fn string_to_sign(&self, canonical_request: &str) -> String {
        self.scoped("AWS4-HMAC-SHA256", &hex::encode(Sha256::digest(canonical_request.as_bytes())))
    }

    fn sign(&self, algorithm: &str, what: &str) -> String {
        hex::encode(hmac(&self.key, &self.scoped(algorithm, what)))
    }

    fn scoped(&self, algorithm: &str, what: &str) -> String {
        let Self { amz_date, scope, .. } = self;
        format!("{algorithm}\n{amz_date}\n{scope}\n{what}")
    }
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// `20130524T000000Z` as a time; none when it is not one.
pub(crate) fn parse_amz_date(text: &str) -> Option<SystemTime> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    PrimitiveDateTime::parse(text, format).ok().map(|date| date.assume_utc().into())
}

/// A time as `20130524T000000Z`.
pub(crate) fn amz_date(time: SystemTime) -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    OffsetDateTime::from(time).format(format).unwrap_or_default()
}

/// The `Date` header (RFC 9110, or already in the form of `x-amz-date`) as `20130524T000000Z`.
pub(crate) fn amz_date_of(date: &str) -> Option<String> {
    if parse_amz_date(date).is_some() {
        return Some(date.to_owned());
    }
    OffsetDateTime::parse(date, &Rfc2822).ok().map(|time| amz_date(time.to_offset(UtcOffset::UTC).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_the_documented_example() {
        // From the S3 API reference, "Examples: Signature Calculations", GET Object with a range.
        let scope = CredentialScope {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            date: "20130524".into(),
            region: "us-east-1".into(),
            service: "s3".into(),
        };
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let canonical = format!(
            "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n\
             x-amz-content-sha256:{empty}\nx-amz-date:20130524T000000Z\n\n\
             host;range;x-amz-content-sha256;x-amz-date\n{empty}"
        );
        let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        assert_eq!(
            Signer::new(&secret, &scope, "20130524T000000Z").request(&canonical),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }

    #[test]
    fn dates() {
        assert!(parse_amz_date("20130524T000000Z").is_some());
        assert!(parse_amz_date("2013-05-24T00:00:00Z").is_none());
        for (date, expected) in [
            ("Fri, 24 May 2013 01:02:03 GMT", Some("20130524T010203Z")),
            ("Fri, 24 May 2013 01:02:03 +0200", Some("20130523T230203Z")),
            ("20130524T010203Z", Some("20130524T010203Z")),
            ("yesterday", None),
        ] {
            assert_eq!(amz_date_of(date).as_deref(), expected, "{date}");
        }
    }
}
