//! Keys, strings to sign and dates of Signature Version 4.

use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use time::{PrimitiveDateTime, macros::format_description};

use super::CredentialScope;

/// The signature, in hex, of a canonical request.
pub(crate) fn signature_of(
    secret: &SecretString,
    scope: &CredentialScope,
    amz_date: &str,
    canonical_request: &str,
) -> String {
    let hashed = hex::encode(Sha256::digest(canonical_request.as_bytes()));
    let string_to_sign = format!("AWS4-HMAC-SHA256\n{amz_date}\n{}\n{hashed}", scope.scope());
    hex::encode(hmac(&signing_key(secret, scope), &string_to_sign))
}

fn signing_key(secret: &SecretString, scope: &CredentialScope) -> Vec<u8> {
    let first = format!("AWS4{}", secret.expose_secret());
    [scope.date.as_str(), scope.region.as_str(), scope.service.as_str(), "aws4_request"]
        .iter()
        .fold(first.into_bytes(), |key, part| hmac(&key, part))
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
            signature_of(&secret, &scope, "20130524T000000Z", &canonical),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }

    #[test]
    fn dates() {
        assert!(parse_amz_date("20130524T000000Z").is_some());
        assert!(parse_amz_date("2013-05-24T00:00:00Z").is_none());
    }
}
