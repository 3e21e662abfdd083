//! KMS over there. A key's policy, grants and state are read back before it is used.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderValue, Response, StatusCode};
use linchpin_gateway::{
    AwsError, Body, Call, GrantName, KeyFacts, KeyState, Lookup, LookupError, OwnedDocument, Payload,
    Service, ServiceName, partition_of,
};
use linchpin_policy::{Document, DocumentKind};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{
    endpoint::{Address, UpstreamError, full},
    regions::{keys_here, keys_there, there},
    state::{Upstream, locked},
};
use crate::kms::{Home, grant_document, rehearse, s3_key_policy, without_dry_run};

/// The alias of S3's managed key.
const S3_KEY: &str = "alias/aws/s3";

/// Measured: a ciphertext of LocalStack and moto begins with the 36 characters of its key's id.
const KEY_ID: usize = 36;

pub(super) struct UpstreamKms(pub(super) Arc<Upstream>);

/// An account's region of KMS.
#[derive(Clone, Copy)]
struct Place<'a> {
    account: &'a str,
    region: &'a str,
}

impl<'a> Place<'a> {
    fn address(self) -> Address<'a> {
        Address { service: ServiceName::Kms, account: self.account, region: there(self.region) }
    }

    fn partition(self) -> &'static str {
        partition_of(self.region)
    }
}

impl UpstreamKms {
    async fn carry_out(
        &self,
        place: Place<'_>,
        operation: &str,
        members: &Map<String, Value>,
    ) -> Result<Value, AwsError> {
        let asked = self.0.endpoint.json(place.address(), operation, &members_there(members)).await;
        if !is_reading(operation) {
            self.0.kms_keys.changed(&format!("{}/{}/", place.account, place.region));
        }
        let answer = answer_here(place.partition(), asked?);
        if operation == "CreateKey" {
            self.note_new_key(place.region, &answer)?;
        }
        if operation == "CreateGrant" {
            self.0.note_grant(members, &answer);
        }
        Ok(answer)
    }

    /// LocalStack 4.5 has none (measured), so it is a `Decrypt` and an `Encrypt`: both rights were asked for.
    async fn re_encrypt(
        &self,
        source: Place<'_>,
        account: &str,
        members: &Map<String, Value>,
    ) -> Result<Value, AwsError> {
        let member = |name: &str| members.get(name).cloned().unwrap_or_default();
        let given = |pairs: [(&str, Value); 3]| -> Map<String, Value> {
            pairs
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.into(), value))
                .collect()
        };
        let sealed = given([
            ("CiphertextBlob", member("CiphertextBlob")),
            ("EncryptionContext", member("SourceEncryptionContext")),
            ("KeyId", member("SourceKeyId")),
        ]);
        let opened = self.carry_out(source, "Decrypt", &sealed).await?;
        let text = |answer: &Value, name: &str| answer.get(name).cloned().unwrap_or_default();
        let open = given([
            ("Plaintext", text(&opened, "Plaintext")),
            ("EncryptionContext", member("DestinationEncryptionContext")),
            ("KeyId", member("DestinationKeyId")),
        ]);
        let name = member("DestinationKeyId");
        let owner =
            name.as_str().filter(|name| name.starts_with("arn:")).and_then(|arn| arn.split(':').nth(4));
        let place = Place { account: owner.unwrap_or(account), region: source.region };
        let answer = self.carry_out(place, "Encrypt", &open).await?;
        Ok(json!({
            "CiphertextBlob": text(&answer, "CiphertextBlob"),
            "SourceKeyId": text(&opened, "KeyId"),
            "KeyId": text(&answer, "KeyId"),
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }))
    }

    /// The account whose key a call uses. Measured: over there, a key is used from its own account only.
    fn owner(&self, call: &Call, members: &Map<String, Value>) -> String {
        let named =
            ["KeyId", "SourceKeyId", "TargetKeyId"].iter().find_map(|name| members.get(*name)?.as_str());
        let arn = named.filter(|name| name.starts_with("arn:")).map(str::to_owned);
        let arn = arn.or_else(|| {
            let blob = BASE64_STANDARD.decode(members.get("CiphertextBlob")?.as_str()?).ok()?;
            self.0.key_of_ciphertext(&blob)
        });
        let account = arn.and_then(|arn| arn.split(':').nth(4).map(str::to_owned));
        account.unwrap_or_else(|| call.account.clone())
    }

    /// A key that is somewhere else than it was asked for cannot be used.
    fn note_new_key(&self, region: &str, answer: &Value) -> Result<(), AwsError> {
        let arn = answer.pointer("/KeyMetadata/Arn").and_then(Value::as_str).unwrap_or_default();
        if !arn.starts_with(&format!("arn:{}:kms:{region}:", partition_of(region))) {
            let text = format!("made `{arn}` for a key in `{region}`: it has no KMS there");
            return Err(LookupError::Upstream(text).into());
        }
        self.0.note_key(arn);
        Ok(())
    }
}

#[async_trait]
impl Service for UpstreamKms {
    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let Payload::Json(members) = &call.payload else {
            return Err(AwsError::new(StatusCode::BAD_REQUEST, "SerializationException", "KMS takes JSON."));
        };
        self.0.refresh(&call.account).await?;
        rehearse(&self.0.cloud.read(), &call, members)?;
        let (members, tried) = without_dry_run(members.clone());
        let account = self.owner(&call, &members);
        let place = Place { account: &account, region: &call.region };
        let answer = match call.operation.as_str() {
            "ReEncrypt" => self.re_encrypt(place, &call.account, &members).await?,
            operation => self.carry_out(place, operation, &members).await?,
        };
        if let Some(error) = tried {
            return Err(error);
        }
        let mut response = Response::new(full(answer.to_string().into()));
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
        Ok(response)
    }
}

/// The members of a call as they are over there. A policy of one statement becomes a list of one: moto reads nothing else
/// (measured).
fn members_there(members: &Map<String, Value>) -> Map<String, Value> {
    let there = |(name, value): (&String, &Value)| {
        let value = match (name.as_str(), value) {
            ("Policy", Value::String(source)) => json!(listed(source)),
            (_, Value::String(text)) => json!(keys_there(text)),
            (_, other) => other.clone(),
        };
        (name.clone(), value)
    };
    members.iter().map(there).collect()
}

fn listed(source: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(source) else { return source.to_owned() };
    match document.get_mut("Statement") {
        Some(statement) if statement.is_object() => *statement = json!([statement.take()]),
        _ => return source.to_owned(),
    }
    document.to_string()
}

/// An answer as it is here; policies are left as they are.
fn answer_here(partition: &str, answer: Value) -> Value {
    match answer {
        Value::String(text) => Value::String(keys_here(partition, &text)),
        Value::Array(values) => values.into_iter().map(|value| answer_here(partition, value)).collect(),
        Value::Object(members) => {
            let here = |(name, value): (String, Value)| match name.as_str() {
                "Policy" => (name, value),
                _ => (name, answer_here(partition, value)),
            };
            members.into_iter().map(here).collect()
        }
        other => other,
    }
}

fn is_reading(operation: &str) -> bool {
    let uses = ["Encrypt", "Decrypt", "ReEncrypt", "Generate", "Describe", "Get", "List"];
    uses.iter().any(|prefix| operation.starts_with(prefix))
}

impl Upstream {
    /// What a key is like over there.
    pub(super) async fn kms_key(&self, region: &str, account: &str, name: &str) -> Lookup<Option<KeyFacts>> {
        let mut in_arn = name.starts_with("arn:").then(|| name.split(':').skip(3)).into_iter().flatten();
        let (of_region, owner) = (in_arn.next().unwrap_or(region), in_arn.next().unwrap_or(account));
        if of_region != region {
            return Ok(None);
        }
        let place = Place { account: owner, region };
        self.kms_keys.get(&format!("{owner}/{region}/{name}"), self.read_key(place, name)).await
    }

    async fn read_key(&self, place: Place<'_>, name: &str) -> Lookup<Option<KeyFacts>> {
        let Some(metadata) = self.ask_key(place, "DescribeKey", name).await? else { return Ok(None) };
        let metadata = metadata.get("KeyMetadata").cloned().unwrap_or_default();
        let metadata = answer_here(place.partition(), metadata);
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, arn) = (text("KeyId"), text("Arn"));
        self.note_key(arn);
        let aliases = self.ask_key(place, "ListAliases", id).await?;
        let aliases = texts(aliases.as_ref(), "Aliases", "AliasName");
        let grants = self.ask_key(place, "ListGrants", id).await?;
        let tags = self.ask_key(place, "ListResourceTags", id).await?;
        let policy = match aliases.iter().any(|alias| alias == S3_KEY) {
            true => s3_policy(place),
            false => self.read_key_policy(place, id).await,
        };
        Ok(Some(KeyFacts {
            arn: arn.to_owned(),
            account: place.account.to_owned(),
            policy: Arc::new(policy?),
            grants: grants.as_ref().map(documents).transpose()?.unwrap_or_default(),
            aliases,
            tags: tags_in(tags.as_ref()),
            state: state(text("KeyState")),
        }))
    }

    async fn read_key_policy(&self, place: Place<'_>, id: &str) -> Lookup<Document> {
        let answer = self.ask_key(place, "GetKeyPolicy", id).await?.unwrap_or_default();
        let source = answer.get("Policy").and_then(Value::as_str).unwrap_or_default();
        let wrong = |error| {
            LookupError::Upstream(format!("holds a policy of the key `{id}` that AWS would refuse: {error}"))
        };
        Document::parse(source, DocumentKind::Resource).map_err(wrong)
    }

    /// None for a key that is not there.
    async fn ask_key(
        &self,
        place: Place<'_>,
        operation: &str,
        id: &str,
    ) -> Result<Option<Value>, UpstreamError> {
        let mut members = Map::from_iter([("KeyId".to_owned(), json!(keys_there(id)))]);
        if operation == "GetKeyPolicy" {
            members.insert("PolicyName".to_owned(), json!("default"));
        }
        match self.endpoint.json(place.address(), operation, &members).await {
            Err(UpstreamError::Refused(error)) if error.code.starts_with("NotFound") => Ok(None),
            asked => asked.map(Some),
        }
    }

    fn note_key(&self, arn: &str) {
        if let Some(id) = arn.rsplit('/').next() {
            locked(&self.key_arns).insert(id.to_owned(), arn.to_owned());
        }
    }

    fn note_grant(&self, members: &Map<String, Value>, answer: &Value) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let id = text(members.get("KeyId")).and_then(|name| name.rsplit('/').next().map(str::to_owned));
        let key = id.and_then(|id| locked(&self.key_arns).get(&id).cloned());
        if let (Some(key), Some(id), Some(token)) =
            (key, text(answer.get("GrantId")), text(answer.get("GrantToken")))
        {
            locked(&self.grants).insert(token, GrantName { key, id });
        }
    }

    /// The ARN of the key that made a ciphertext; none for a key that was never seen.
    pub(super) fn key_of_ciphertext(&self, ciphertext: &[u8]) -> Option<String> {
        let id = std::str::from_utf8(ciphertext.get(..KEY_ID)?).ok()?;
        locked(&self.key_arns).get(id).cloned()
    }
}

/// Emulators give S3's managed key the policy of any other (measured); it lets in everybody who comes through S3.
fn s3_policy(place: Place<'_>) -> Lookup<Document> {
    let Place { account, region } = place;
    let home = Home { partition: partition_of(region), account, region, now: OffsetDateTime::now_utc() };
    s3_key_policy(&home).map_err(|error| LookupError::Upstream(error.to_string()))
}

fn state(text: &str) -> KeyState {
    match text {
        "Enabled" => KeyState::Enabled,
        "PendingDeletion" => KeyState::PendingDeletion,
        _ => KeyState::Disabled,
    }
}

fn texts(answer: Option<&Value>, list: &str, name: &str) -> Vec<String> {
    let entries = answer.and_then(|answer| answer.get(list)?.as_array()).into_iter().flatten();
    entries.filter_map(|entry| entry.get(name)?.as_str().map(str::to_owned)).collect()
}

fn tags_in(answer: Option<&Value>) -> BTreeMap<String, String> {
    let tags = answer.and_then(|answer| answer.get("Tags")?.as_array()).into_iter().flatten();
    let text = |tag: &Value, name: &str| Some(tag.get(name)?.as_str()?.to_owned());
    tags.filter_map(|tag| Some((text(tag, "TagKey")?, text(tag, "TagValue")?))).collect()
}

/// Each grant as the statement that it amounts to.
fn documents(answer: &Value) -> Lookup<Vec<OwnedDocument>> {
    let grants = answer.get("Grants").and_then(Value::as_array).into_iter().flatten();
    let document = |grant: &Value| {
        let text = |name: &str| grant.get(name).and_then(Value::as_str).unwrap_or_default();
        let operations = grant.get("Operations").and_then(Value::as_array).into_iter().flatten();
        let operations: Vec<String> =
            operations.filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let constraints = grant.get("Constraints").and_then(Value::as_object);
        let retiring = Some(text("RetiringPrincipal")).filter(|arn| !arn.is_empty());
        let made = grant_document(text("GranteePrincipal"), retiring, &operations, constraints);
        let made = made.map_err(|error| {
            LookupError::Upstream(format!("holds a grant that cannot be: {}", error.message))
        });
        Ok(OwnedDocument { name: format!("grant {}", text("GrantId")), document: Arc::new(made?) })
    };
    grants.map(document).collect()
}
