//! The first stage: who signed the request?

use std::time::{Duration, SystemTime};

use http::{HeaderMap, request::Parts};
use linchpin_policy::Principal;
use secrecy::ExposeSecret;

use crate::{
    AccessKey, AwsError, Identities, KeyStatus, OwnedDocument, ServiceName,
    checks::{Check, Checks},
    sigv4::{Authorization, PayloadHash, canonical_request, parse_amz_date, signature_of},
    texts,
};

/// How far the machine's time and a signature's may be apart (documented).
const LARGEST_SKEW: Duration = Duration::from_secs(15 * 60);

/// The identity behind a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    pub(crate) account: String,
    pub(crate) access_key_id: Option<String>,
    pub(crate) session_policies: Option<Vec<OwnedDocument>>,
}

impl Caller {
    pub(crate) fn anonymous() -> Self {
        Self {
            principal: Principal::Anonymous,
            account: String::new(),
            access_key_id: None,
            session_policies: None,
        }
    }
}

/// What the headers claim, before any of it is believed.
pub(crate) struct Claim {
    pub(crate) authorization: Authorization,
    pub(crate) amz_date: String,
    pub(crate) payload_hash: Option<PayloadHash>,
}

impl Claim {
    /// Reads the claim; none for a request without an `Authorization` header.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Option<Self>, AwsError> {
        let Some(value) = text(headers, "authorization") else { return Ok(None) };
        let authorization = Authorization::parse(value)
            .ok_or_else(|| texts::malformed_authorization("it is not a complete AWS4-HMAC-SHA256 header."))?;
        let amz_date = text(headers, "x-amz-date")
            .ok_or_else(|| texts::malformed_authorization("the request has no `x-amz-date` header."))?
            .to_owned();
        let payload_hash = text(headers, "x-amz-content-sha256").map(PayloadHash::parse).transpose();
        let payload_hash = payload_hash
            .map_err(|mode| texts::not_implemented(&format!("the `x-amz-content-sha256` mode `{mode}`")))?;
        Ok(Some(Self { authorization, amz_date, payload_hash }))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Verifies a claim: key, token, signature, time, in the order in which AWS's errors show them (inferred).
pub(crate) async fn verify(
    claim: &Claim,
    parts: &Parts,
    body_hash: &str,
    service: ServiceName,
    identities: &dyn Identities,
    checks: Checks,
) -> Result<Caller, AwsError> {
    let scope = &claim.authorization.credential;
    let key = identities.access_key(&scope.access_key_id).await;
    let key = key.ok_or_else(|| texts::unknown_key(Some(service)))?;
    if checks.enforce(Check::KeyStatus) && key.status == KeyStatus::Inactive {
        return Err(texts::unknown_key(Some(service)));
    }
    if checks.enforce(Check::SessionToken) {
        verify_token(&key, &parts.headers, service)?;
    }
    if checks.enforce(Check::Signature) {
        verify_signature(claim, &key, parts, body_hash)?;
    }
    if checks.enforce(Check::ClockSkew) {
        verify_time(claim, service)?;
    }
    if checks.enforce(Check::SessionExpiry) {
        verify_expiry(&key, service, identities)?;
    }
    Ok(Caller {
        principal: key.principal,
        account: key.account,
        access_key_id: Some(scope.access_key_id.clone()),
        session_policies: key.session.and_then(|session| session.policies),
    })
}

/// Observed: a temporary key without its token is answered as a key that does not exist.
fn verify_token(key: &AccessKey, headers: &HeaderMap, service: ServiceName) -> Result<(), AwsError> {
    let given = text(headers, "x-amz-security-token");
    match (&key.session, given) {
        (None, None) => Ok(()),
        (Some(session), Some(token)) if session.token.expose_secret() == token => Ok(()),
        (Some(_), None) => Err(texts::unknown_key(Some(service))),
        (Some(_) | None, Some(_)) => Err(texts::invalid_token(Some(service))),
    }
}

fn verify_signature(claim: &Claim, key: &AccessKey, parts: &Parts, body_hash: &str) -> Result<(), AwsError> {
    let Authorization { credential, signed_headers, signature } = &claim.authorization;
    if !signed_headers.iter().any(|name| name == "host") || !claim.amz_date.starts_with(&credential.date) {
        return Err(texts::signature_does_not_match());
    }
    let canonical = canonical_request(parts, &credential.service, signed_headers, body_hash);
    let expected = signature_of(&key.secret, credential, &claim.amz_date, &canonical);
    if &expected == signature { Ok(()) } else { Err(texts::signature_does_not_match()) }
}

fn verify_time(claim: &Claim, service: ServiceName) -> Result<(), AwsError> {
    let signed = parse_amz_date(&claim.amz_date)
        .ok_or_else(|| texts::malformed_authorization("`x-amz-date` is not a date."))?;
    let now = SystemTime::now();
    let skew = now.duration_since(signed).or_else(|_| signed.duration_since(now)).unwrap_or_default();
    if skew > LARGEST_SKEW { Err(texts::clock_skewed(Some(service))) } else { Ok(()) }
}

fn verify_expiry(key: &AccessKey, service: ServiceName, identities: &dyn Identities) -> Result<(), AwsError> {
    match &key.session {
        Some(session) if identities.now(&key.account) >= session.expires => {
            Err(texts::expired_token(Some(service)))
        }
        _ => Ok(()),
    }
}
