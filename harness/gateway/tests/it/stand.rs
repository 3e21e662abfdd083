//! A gateway with a few keys, one bucket, and services that answer with what reached them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use linchpin_gateway::{
    AccessKey, AwsError, Body, BodyError, BucketFacts, Call, EntityFacts, Gateway, GrantName, Identities,
    IssuerFacts, KeyFacts, KeyStatus, Lookup, ObjectFacts, ObjectName, OwnedDocument, Patience, Payload,
    PrincipalPolicies, RoleFacts, Service, ServiceName, Session, UploadFacts,
};
use linchpin_policy::{Document, DocumentKind, Principal};

pub const ACCOUNT: &str = "111122223333";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const TOKEN: &str = "session+token/==";

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const PUBLIC: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/public/*"},
    {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/sealed/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},
    {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/old/*","Condition":{"NumericLessThan":{"s3:TlsVersion":"1.3"}}}]}"#;

/// `AKIA` may do everything, `OLD` is inactive, `ASIA` is a session, `ENDED` one that is over, `POOR` may nothing.
struct Keys;

#[async_trait]
impl Identities for Keys {
    async fn access_key(&self, id: &str) -> Lookup<Option<AccessKey>> {
        let session = |expires| {
            let tags = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
            let token = TOKEN.to_owned().into();
            let transitive = BTreeSet::new();
            let issued = SystemTime::now();
            Some(Session { token, issued, expires, policies: None, tags, transitive, source_identity: None })
        };
        let (status, session) = match id {
            "AKIA" | "POOR" => (KeyStatus::Active, None),
            "OLD" => (KeyStatus::Inactive, None),
            "ASIA" => (KeyStatus::Active, session(SystemTime::now() + Duration::from_secs(900))),
            "ENDED" => (KeyStatus::Active, session(SystemTime::now() - Duration::from_secs(1))),
            _ => return Ok(None),
        };
        let name = id.to_ascii_lowercase();
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/{name}");
        let principal = Principal::User { arn, account: ACCOUNT.to_owned() };
        let account = ACCOUNT.to_owned();
        Ok(Some(AccessKey {
            secret: SECRET.into(),
            status,
            principal,
            account,
            user_id: None,
            tags: session.as_ref().map(|session: &Session| session.tags.clone()).unwrap_or_default(),
            behind: None,
            session,
        }))
    }

    async fn principal_policies(&self, principal: &Principal) -> Lookup<PrincipalPolicies> {
        let document = Arc::new(Document::parse(EVERYTHING, DocumentKind::Identity).unwrap());
        let identity = vec![OwnedDocument { name: "all".to_owned(), document }];
        let may = principal.account().is_some() && !principal.arn().ends_with("poor");
        Ok(PrincipalPolicies { identity: identity.into_iter().filter(|_| may).collect(), boundary: None })
    }

    async fn bucket(&self, _partition: &str, name: &str) -> Lookup<Option<BucketFacts>> {
        let policy = Some(Arc::new(Document::parse(PUBLIC, DocumentKind::Resource).unwrap()));
        let account = ACCOUNT.to_owned();
        let region = "eu-west-1".to_owned();
        Ok((name == "b").then_some(BucketFacts {
            account,
            region,
            policy,
            encryption: None,
            is_restricted: false,
        }))
    }

    async fn role(&self, _arn: &str) -> Lookup<Option<RoleFacts>> {
        Ok(None)
    }

    async fn entity(&self, _arn: &str) -> Lookup<Option<EntityFacts>> {
        Ok(None)
    }

    async fn is_known(&self, _name: &str) -> Lookup<bool> {
        Ok(true)
    }

    fn is_service(&self, _name: &str) -> bool {
        true
    }

    async fn issuer(&self, _account: &str, _issuer: &str) -> Lookup<Option<IssuerFacts>> {
        Ok(None)
    }

    async fn kms_key(&self, _region: &str, _account: &str, _name: &str) -> Lookup<Option<KeyFacts>> {
        Ok(None)
    }

    async fn key_of_ciphertext(&self, _ciphertext: &[u8]) -> Lookup<Option<String>> {
        Ok(None)
    }

    async fn grant_of_token(&self, _token: &str) -> Lookup<Option<GrantName>> {
        Ok(None)
    }

    async fn object(&self, _name: &ObjectName<'_>) -> Lookup<Option<ObjectFacts>> {
        Ok(None)
    }

    async fn upload(&self, _partition: &str, _bucket: &str, _upload: &str) -> Lookup<Option<UploadFacts>> {
        Ok(None)
    }

    fn now(&self, _account: &str) -> SystemTime {
        SystemTime::now()
    }
}

/// Answers with the operation, the query and the body.
struct Echo;

#[async_trait]
impl Service for Echo {
    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let told = match call.payload {
            Payload::Form(form) => format!("{:?}", form.0),
            Payload::Json(object) => format!("{object:?}"),
            Payload::Rest(parts, body) => {
                let body = body.collect().await.map_err(|error| match error {
                    BodyError::Stalled | BodyError::ChunkSize => error.to_aws(),
                    broken => AwsError::new(StatusCode::BAD_REQUEST, "BrokenBody", broken.to_string()),
                })?;
                format!("{} {}", parts.uri, String::from_utf8_lossy(&body.to_bytes()))
            }
        };
        let text = format!("{} {told}", call.operation);
        Ok(Response::new(Full::new(text.into()).map_err(|never| match never {}).boxed_unsync()))
    }
}

pub async fn start() -> Gateway {
    start_with(Patience::default()).await
}

pub async fn start_with(patience: Patience) -> Gateway {
    let services: BTreeMap<ServiceName, Arc<dyn Service>> = BTreeMap::from([
        (ServiceName::S3, Arc::new(Echo) as Arc<dyn Service>),
        (ServiceName::Iam, Arc::new(Echo)),
        (ServiceName::Sts, Arc::new(Echo)),
        (ServiceName::Kms, Arc::new(Echo)),
    ]);
    Gateway::start_with(patience, Arc::new(Keys), services).await.unwrap()
}
