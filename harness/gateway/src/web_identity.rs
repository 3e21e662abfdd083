//! Tokens of OpenID Connect providers: JSON Web Tokens (RFC 7519) signed with RS256 or ES256. Pure.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use linchpin_policy::Context;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Map, Value};

use crate::{AwsError, IssuerFacts, texts};

/// Documented: the longest token.
const LONGEST: usize = 20_000;

/// What claims of this name would do, namely tag the session, is not offered.
const OF_AWS: &str = "https://aws.amazon.com/";

/// A token, before any of it is believed.
pub(crate) struct Token<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

/// Whom a token tells of, once it is believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WebIdentity {
    issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
    methods: Vec<String>,
}

impl WebIdentity {
    /// Documented: the keys bear the issuer's name.
    pub(crate) fn condition_keys(&self) -> Context {
        let mut keys = Context::default();
        keys.set(&format!("{}:sub", self.issuer), &self.subject);
        keys.set(&format!("{}:aud", self.issuer), &self.audience);
        if !self.methods.is_empty() {
            keys.set_many(&format!("{}:amr", self.issuer), self.methods.clone());
        }
        keys
    }
}

impl<'a> Token<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, AwsError> {
        if text.len() > LONGEST {
            return Err(texts::not_a_token());
        }
        let token = text.rsplit_once('.').and_then(|(signed, signature)| {
            let (header, claims) = signed.split_once('.')?;
            Some(Self {
                signed,
                signature: BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?,
                header: object(header)?,
                claims: object(claims)?,
            })
        });
        let token = token.ok_or_else(texts::not_a_token)?;
        match token.claims.keys().find(|name| name.starts_with(OF_AWS)) {
            Some(name) => Err(texts::unoffered_claim(name)),
            None => Ok(token),
        }
    }

    /// The issuer's URL without `https://`.
    pub(crate) fn issuer(&self) -> &str {
        let url = self.text("iss").unwrap_or_default();
        url.strip_prefix("https://").unwrap_or(url)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    fn time(&self, name: &str) -> Option<u64> {
        self.claims.get(name)?.as_u64()
    }

    /// Signature, time, audience, in this order (inferred).
    pub(crate) fn verify(&self, issuer: &IssuerFacts, now: SystemTime) -> Result<WebIdentity, AwsError> {
        let keys = issuer.keys.as_ref().ok_or_else(texts::no_verification_key)?;
        self.signature(keys)?;
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let expires = self.time("exp").ok_or_else(|| texts::missing_claim("exp"))?;
        if now >= expires {
            return Err(texts::token_expired(now, expires));
        }
        if self.time("nbf").is_some_and(|from| from > now) {
            return Err(texts::claim_rejected());
        }
        let subject = self.text("sub").ok_or_else(|| texts::missing_claim("sub"))?;
        let audience = self.audience(&issuer.client_ids)?;
        Ok(WebIdentity {
            issuer: self.issuer().to_owned(),
            subject: subject.to_owned(),
            audience,
            methods: texts_of(self.claims.get("amr")),
        })
    }

    /// Documented: `azp` takes the place of `aud` where a token has both.
    fn audience(&self, registered: &[String]) -> Result<String, AwsError> {
        let named = match self.text("azp") {
            Some(party) => vec![party.to_owned()],
            None => texts_of(self.claims.get("aud")),
        };
        let known = named.into_iter().find(|audience| registered.contains(audience));
        known.ok_or_else(texts::incorrect_audience)
    }

    fn signature(&self, keys: &Value) -> Result<(), AwsError> {
        let keys = keys.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id = self.header.get("kid");
        let mut candidates = keys.iter().filter(|key| id.is_none() || key.get("kid") == id).peekable();
        if candidates.peek().is_none() {
            return Err(texts::no_verification_key());
        }
        let fits = candidates.any(|key| self.is_signed_with(key).unwrap_or(false));
        if fits { Ok(()) } else { Err(texts::token_signature()) }
    }

    /// None where key and algorithm do not go together.
    fn is_signed_with(&self, key: &Value) -> Option<bool> {
        let member = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?).ok();
        let message = self.signed.as_bytes();
        let kind = key.get("kty")?.as_str()?;
        let verified = match (self.header.get("alg")?.as_str()?, kind) {
            ("RS256", "RSA") => RsaPublicKeyComponents { n: member("n")?, e: member("e")? }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                &self.signature,
            ),
            ("ES256", "EC") => {
                let point = [vec![4], member("x")?, member("y")?].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &self.signature)
            }
            _ => return None,
        };
        Some(verified.is_ok())
    }
}

fn object(encoded: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

/// One text or a list of them.
fn texts_of(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    /// RFC 7515, appendices A.2 and A.3: the same claims (`{"iss":"joe","exp":1300819380,..}`) signed with two keys.
    const CLAIMS: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const RS256: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    const ES256: &str =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    fn keys() -> Value {
        let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
        json!({ "keys": [
            { "kty": "RSA", "n": n, "e": "AQAB" },
            { "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" },
        ]})
    }

    fn check(header: &str, claims: &str, signature: &str, keys: Option<Value>, now: u64) -> String {
        let text = format!("{header}.{claims}.{signature}");
        let issuer =
            IssuerFacts { provider_arn: String::new(), client_ids: vec!["linchpin".to_owned()], keys };
        let verified = Token::parse(&text)
            .and_then(|token| token.verify(&issuer, UNIX_EPOCH + Duration::from_secs(now)));
        verified.map_or_else(|error| format!("{} {}", error.code, error.message), |who| who.subject)
    }

    #[test]
    fn signatures_as_documented() {
        let (rsa, ec) = ("eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJFUzI1NiJ9");
        let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        // The documented claims tell of nobody, which is noticed only behind the signature.
        let verified = "InvalidIdentityToken Missing a required claim: sub";
        let forged = "InvalidIdentityToken Token signature is invalid";
        for (header, claims, signature, expected) in [
            (rsa, CLAIMS, RS256, verified),
            (ec, CLAIMS, ES256, verified),
            (rsa, CLAIMS, ES256, forged),
            (ec, CLAIMS, RS256, forged),
            (rsa, "eyJpc3MiOiJqb2UifQ", RS256, forged),
            (none.as_str(), CLAIMS, "", forged),
            (none.as_str(), CLAIMS, RS256, forged),
        ] {
            let seen = check(header, claims, signature, Some(keys()), 1_300_819_379);
            assert_eq!(seen, expected, "{header}.{claims}");
        }
        let late = check(rsa, CLAIMS, RS256, Some(keys()), 1_300_819_380);
        assert!(late.starts_with("ExpiredTokenException Token expired"), "{late}");
        let unknown = check(rsa, CLAIMS, RS256, None, 0);
        assert!(unknown.contains("Couldn't retrieve verification key"), "{unknown}");
    }

    #[test]
    fn what_is_no_token() {
        let long = "a".repeat(LONGEST + 1);
        for text in ["", "a", "a.b", "a.b.c", "e30.e30", "e30.W10.AA", "!.e30.AA", long.as_str()] {
            let error = Token::parse(text).map(|token| token.signed.to_owned()).unwrap_err();
            assert!(error.message.contains("not a valid JWT"), "{text}");
        }
        let tags = BASE64_URL_SAFE_NO_PAD.encode(r#"{"https://aws.amazon.com/tags":{}}"#);
        let text = format!("e30.{tags}.AA");
        let error = Token::parse(&text).map(|token| token.signed.to_owned()).unwrap_err();
        assert!(error.message.contains("`https://aws.amazon.com/tags`"), "{}", error.message);
    }
}
