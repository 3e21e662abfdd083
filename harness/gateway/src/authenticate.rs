//! The first stage: who signed the request?

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, request::Parts};
use linchpin_policy::Principal;
use secrecy::ExposeSecret;

use crate::{
    AccessKey, AwsError, Identities, KeyStatus, OwnedDocument,
    checks::{Check, Checks},
    partition::partition_of,
    service::Protocol,
    sigv4::{
        Authorization, ChunkChain, PayloadHash, Presigned, Signer, amz_date_of, canonical_request,
        parse_amz_date,
    },
    texts,
};

/// How far the machine's time and a signature's may be apart (documented).
const LARGEST_SKEW: Duration = Duration::from_secs(15 * 60);

/// The longest that a presigned URL may live (documented).
const LONGEST_LIFE: u64 = 7 * 24 * 60 * 60;

/// The identity behind a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    pub(crate) account: String,
    pub(crate) access_key_id: Option<String>,
    pub(crate) session_policies: Option<Vec<OwnedDocument>>,
    pub(crate) tags: BTreeMap<String, String>,
    /// Those of its tags that stay with the sessions that it begins.
    pub(crate) transitive_tags: BTreeMap<String, String>,
    pub(crate) source_identity: Option<String>,
    /// The unique id behind the name.
    pub(crate) user_id: Option<String>,
    /// Whose policies apply, where they are another principal's.
    pub(crate) behind: Option<Principal>,
    pub(crate) credentials: Credentials,
}

/// How long a caller's key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    LongLived,
    /// Of a session, which began then.
    Temporary(SystemTime),
}

impl Caller {
    pub(crate) fn anonymous() -> Self {
        Self::unsigned(Principal::Anonymous, String::new())
    }

    /// One who does not sign.
    pub(crate) fn unsigned(principal: Principal, account: String) -> Self {
        Self {
            principal,
            account,
            access_key_id: None,
            session_policies: None,
            tags: BTreeMap::new(),
            transitive_tags: BTreeMap::new(),
            source_identity: None,
            user_id: None,
            behind: None,
            credentials: Credentials::LongLived,
        }
    }
}

/// A caller that is believed, and the chain that the chunks of its body go on with.
pub(crate) struct Verified {
    pub(crate) caller: Caller,
    pub(crate) chain: ChunkChain,
}

/// Where a signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// In the `Authorization` header: for 15 minutes.
    Header,
    /// In the query: for as long as it says, which is always the case with S3.
    Query(Option<u64>),
}

/// What a request claims, before any of it is believed.
pub(crate) struct Claim {
    pub(crate) authorization: Authorization,
    pub(crate) amz_date: String,
    pub(crate) payload_hash: Option<String>,
    pub(crate) placement: Placement,
    token: Option<String>,
}

impl Claim {
    /// Reads the claim; none for a request that is not signed.
    pub(crate) fn read(parts: &Parts, protocol: Protocol) -> Result<Option<Self>, AwsError> {
        match (parts.headers.get("authorization"), Presigned::is_claimed(parts)) {
            (None, false) if is_version_2(parts) => Err(texts::signature_version_2()),
            (None, false) => Ok(None),
            (Some(_), true) => Err(texts::two_authentications()),
            (Some(value), false) => {
                Self::in_header(value.to_str().unwrap_or_default(), &parts.headers, protocol).map(Some)
            }
            (None, true) => Self::in_query(parts).map(Some),
        }
    }

    fn in_header(value: &str, headers: &HeaderMap, protocol: Protocol) -> Result<Self, AwsError> {
        if value.starts_with("AWS ") {
            return Err(texts::signature_version_2());
        }
        let authorization = Authorization::parse(value).ok_or_else(|| {
            texts::malformed_authorization(protocol, "it is not a complete AWS4-HMAC-SHA256 header.")
        })?;
        // Documented: `Date` stands in where there is no `x-amz-date`.
        let amz_date = text(headers, "x-amz-date").map(str::to_owned);
        let amz_date = amz_date.or_else(|| amz_date_of(text(headers, "date")?));
        let amz_date = amz_date.ok_or_else(|| texts::missing_date(protocol))?;
        Ok(Self {
            authorization,
            amz_date,
            payload_hash: text(headers, "x-amz-content-sha256").map(str::to_owned),
            placement: Placement::Header,
            token: text(headers, "x-amz-security-token").map(str::to_owned),
        })
    }

    fn in_query(parts: &Parts) -> Result<Self, AwsError> {
        let presigned = Presigned::parse(parts).ok_or_else(texts::incomplete_query_authorization)?;
        let life = presigned.expires.as_deref().map(life).transpose()?;
        let header = text(&parts.headers, "x-amz-content-sha256").map(str::to_owned);
        Ok(Self {
            authorization: presigned.authorization,
            amz_date: presigned.amz_date,
            payload_hash: presigned.payload_hash.or(header),
            placement: Placement::Query(life),
            token: presigned.token,
        })
    }

    /// What the body is said to be. Documented: a presigned URL that says nothing leaves the body unsigned.
    pub(crate) fn payload(&self) -> Result<PayloadHash, AwsError> {
        match (&self.payload_hash, self.placement) {
            (Some(text), _) => PayloadHash::parse(text).map_err(|given| texts::invalid_content_hash(&given)),
            (None, Placement::Query(_)) => Ok(PayloadHash::Unsigned),
            (None, Placement::Header) => Err(texts::missing_content_hash()),
        }
    }
}

/// Presigned URLs of Signature Version 2, which boto3 still makes by default.
fn is_version_2(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "AWSAccessKeyId")
}

/// Known: the three ways in which `X-Amz-Expires` can be wrong.
fn life(text: &str) -> Result<u64, AwsError> {
    if text.starts_with('-') {
        return Err(texts::malformed_query_authorization("X-Amz-Expires must be non-negative"));
    }
    let seconds = text.parse::<u64>();
    let seconds =
        seconds.map_err(|_| texts::malformed_query_authorization("X-Amz-Expires should be a number"))?;
    if seconds > LONGEST_LIFE {
        return Err(texts::malformed_query_authorization(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
             than 604800 seconds",
        ));
    }
    Ok(seconds)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Holds claims to what is known of their keys.
pub(crate) struct Verifier<'a> {
    pub(crate) identities: &'a dyn Identities,
    pub(crate) checks: Checks,
    pub(crate) protocol: Protocol,
}

impl Verifier<'_> {
    /// Verifies a claim: key, token, signature, time, in the order in which AWS's errors show them (inferred).
    pub(crate) async fn verify(
        &self,
        claim: &Claim,
        parts: &Parts,
        body_hash: &str,
    ) -> Result<Verified, AwsError> {
        let Authorization { credential, signature, .. } = &claim.authorization;
        let key = self.key(claim).await;
        let key = key.map_err(|error| texts::naming_key(error, &credential.access_key_id))?;
        let signer = Signer::new(&key.secret, credential, &claim.amz_date);
        if self.checks.enforce(Check::Signature) {
            self.signature(claim, &signer, parts, body_hash)?;
        }
        if self.checks.enforce(Check::ClockSkew) {
            self.time(claim)?;
        }
        if self.checks.enforce(Check::SessionExpiry) {
            self.session(&key)?;
        }
        let issued = key.session.as_ref().map(|session| session.issued);
        let credentials = issued.map_or(Credentials::LongLived, Credentials::Temporary);
        let (session_policies, of_session, transitive, source_identity) = key
            .session
            .map(|session| (session.policies, session.tags, session.transitive, session.source_identity))
            .unwrap_or_default();
        let transitive_tags = of_session.iter().filter(|(key, _)| transitive.contains(*key));
        let caller = Caller {
            principal: key.principal,
            account: key.account,
            access_key_id: Some(credential.access_key_id.clone()),
            session_policies,
            transitive_tags: transitive_tags.map(|(key, value)| (key.clone(), value.clone())).collect(),
            tags: key.tags,
            source_identity,
            user_id: key.user_id,
            behind: key.behind,
            credentials,
        };
        Ok(Verified { caller, chain: ChunkChain::new(signer, signature) })
    }

    /// The key that is claimed, with its token.
    async fn key(&self, claim: &Claim) -> Result<AccessKey, AwsError> {
        let credential = &claim.authorization.credential;
        let key = self.identities.access_key(&credential.access_key_id).await;
        let key = key.map_err(|error| texts::key_not_looked_up(self.protocol, error))?;
        let key = key.ok_or_else(|| texts::unknown_key(self.protocol))?;
        // Documented: no partition knows the keys of another.
        let foreign = key.principal.partition().is_some_and(|own| own != partition_of(&credential.region));
        let inactive = self.checks.enforce(Check::KeyStatus) && key.status == KeyStatus::Inactive;
        if foreign || inactive {
            return Err(texts::unknown_key(self.protocol));
        }
        if self.checks.enforce(Check::SessionToken) {
            self.token(&key, claim.token.as_deref())?;
        }
        Ok(key)
    }

    /// Observed: a temporary key without its token is answered as a key that does not exist.
    fn token(&self, key: &AccessKey, given: Option<&str>) -> Result<(), AwsError> {
        match (&key.session, given) {
            (None, None) => Ok(()),
            (Some(session), Some(token)) if session.token.expose_secret() == token => Ok(()),
            (Some(_), None) => Err(texts::unknown_key(self.protocol)),
            (Some(_) | None, Some(_)) => Err(texts::invalid_token(self.protocol)),
        }
    }

    fn signature(
        &self,
        claim: &Claim,
        signer: &Signer,
        parts: &Parts,
        body_hash: &str,
    ) -> Result<(), AwsError> {
        let Authorization { credential, signed_headers, signature } = &claim.authorization;
        if claim.amz_date.get(..8) != Some(&*credential.date) {
            return Err(texts::other_day(self.protocol, claim.placement, &credential.date, &claim.amz_date));
        }
        if !signed_headers.iter().any(|name| name == "host") {
            return Err(texts::signature_does_not_match(self.protocol));
        }
        if self.protocol == Protocol::S3 {
            all_amz_headers_signed(&parts.headers, signed_headers)?;
        }
        let canonical = canonical_request(parts, &credential.service, signed_headers, body_hash);
        if &signer.request(&canonical) == signature {
            Ok(())
        } else {
            Err(texts::unlike_signature(self.protocol, &claim.authorization, signer, &canonical))
        }
    }

    fn time(&self, claim: &Claim) -> Result<(), AwsError> {
        let signed = parse_amz_date(&claim.amz_date).ok_or_else(|| texts::missing_date(self.protocol))?;
        let now = SystemTime::now();
        let (age, ahead) = (now.duration_since(signed), signed.duration_since(now));
        match claim.placement {
            Placement::Query(Some(life)) if age.is_ok_and(|age| age > Duration::from_secs(life)) => {
                Err(texts::presigned_expired(life, signed, now))
            }
            Placement::Query(_) if ahead.is_ok_and(|ahead| ahead > LARGEST_SKEW) => {
                Err(texts::presigned_too_early())
            }
            Placement::Query(Some(_)) => Ok(()),
            Placement::Header | Placement::Query(None) => {
                let skew = now.duration_since(signed).or_else(|_| signed.duration_since(now));
                let skewed = skew.unwrap_or_default() > LARGEST_SKEW;
                if !skewed {
                    return Ok(());
                }
                Err(texts::clock_skewed(self.protocol, &claim.amz_date, now))
            }
        }
    }

    fn session(&self, key: &AccessKey) -> Result<(), AwsError> {
        match &key.session {
            Some(session) if self.identities.now(&key.account) >= session.expires => {
                Err(texts::expired_token(self.protocol))
            }
            _ => Ok(()),
        }
    }
}

fn all_amz_headers_signed(headers: &HeaderMap, signed: &[String]) -> Result<(), AwsError> {
    let names = headers.keys().map(http::HeaderName::as_str);
    let unsigned = names.filter(|name| name.starts_with("x-amz-") && !signed.iter().any(|s| s == name));
    let unsigned: Vec<&str> = unsigned.collect();
    if unsigned.is_empty() { Ok(()) } else { Err(texts::unsigned_headers(&unsigned.join(", "))) }
}
