//! The road of the calls whose body is read whole: forms and JSON.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{Response, request::Parts};
use linchpin_policy::Principal;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{payload::read_whole, roles::check_role_arn, stages::Road, trip::Trip};
use crate::{
    AwsError, Body, Form, GrantName, KeyFacts, Payload, ServiceName,
    authenticate::{Caller, Claim, Credentials},
    classify::{Guard, KeyUse, Need, Place, account_context, classify_form, key_need, moved_need, uses_of},
    parameters,
    render::full,
    service::Protocol,
    texts,
};

/// The API version that a form carries tells the service it is for.
const VERSIONS: [(&str, ServiceName); 3] = [
    ("2010-05-08", ServiceName::Iam),
    ("2011-06-15", ServiceName::Sts),
    ("2012-12-01", ServiceName::Redshift),
];

impl Road {
    pub(super) async fn form(
        &self,
        trip: &mut Trip,
        service: ServiceName,
        claim: &Claim,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, AwsError> {
        let bytes = read_whole(body).await?;
        let form = Form(given(&parts, &bytes));
        // The record names a call that is refused, whatever it is refused for.
        trip.name(form.get("Action").unwrap_or_default());
        self.verify(trip, claim, &parts, &hex::encode(Sha256::digest(&bytes))).await?;
        scoped_to(service, &form)?;
        let operation = form.get("Action").ok_or_else(texts::missing_action)?;
        may_call(&trip.caller, service, operation)?;
        if service == ServiceName::Sts {
            check_role_arn(&form)?;
        }
        let account = trip.caller.account.clone();
        let caller = trip.caller.clone();
        let is_user = matches!(caller.principal, Principal::User { .. });
        let user = is_user.then(|| caller.principal.arn());
        let place = Place {
            partition: trip.partition,
            region: &trip.event.region,
            account: &account,
            user: user.as_deref(),
            source_identity: caller.source_identity.as_deref(),
            transitive_tags: &caller.transitive_tags,
        };
        let target = classify_form(service, operation, &form, &place);
        trip.event.operation.clone_from(&target.operation);
        trip.event.request_parameters = parameters::kept(parameters::of_form(&form));
        if self.services.get(&service).is_some_and(|answering| !answering.offers(&target.operation)) {
            return Err(texts::invalid_action(service, &target.operation));
        }
        let mut needs = self.with_entities(&caller.principal, target.needs).await?;
        needs.extend(needs.first().and_then(|need| moved_need(&form, need)));
        self.authorize(trip, &parts.headers, &[], &needs).await?;
        self.check_roles(trip, &form).await?;
        let answer = self.dispatch(trip, Payload::Form(form)).await?;
        if service == ServiceName::Sts { keep_answer(trip, answer).await } else { Ok(answer) }
    }

    /// Rights on entities of IAM that are there: with their paths, and with their tags for policies to see. No policy judges an
    /// account's root, and an emulator would be asked for all its entities once more.
    async fn with_entities(&self, caller: &Principal, mut needs: Vec<Need>) -> Result<Vec<Need>, AwsError> {
        if let Principal::AccountRoot { .. } = caller {
            return Ok(needs);
        }
        for need in needs.iter_mut().filter(|need| need.resource.contains(":iam::")) {
            let Some(entity) = self.identities.entity(&need.resource).await? else { continue };
            if let Guard::Named = need.guard {
                need.resource.clone_from(&entity.arn);
            }
            if need.resource == entity.arn {
                for (key, value) in &entity.tags {
                    need.context.set(&format!("aws:ResourceTag/{key}"), value);
                    need.context.set(&format!("iam:ResourceTag/{key}"), value);
                }
            }
        }
        Ok(needs)
    }

    pub(super) async fn json(
        &self,
        trip: &mut Trip,
        claim: &Claim,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, AwsError> {
        let bytes = read_whole(body).await?;
        let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        let target = target.unwrap_or_default();
        let operation = target.strip_prefix("TrentService.").unwrap_or_default();
        trip.name(operation);
        self.verify(trip, claim, &parts, &hex::encode(Sha256::digest(&bytes))).await?;
        if target.is_empty() {
            return Err(texts::unknown_operation(target));
        }
        let mut input: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| texts::not_json())?;
        let named = self.name_grant(operation, &mut input).await;
        let uses = uses_of(operation, &input).ok_or_else(|| texts::unknown_operation(target))?;
        trip.event.request_parameters = parameters::kept(parameters::of_json(&input));
        named?;
        let mut needs = Vec::new();
        for right in uses {
            needs.push(self.key_use(trip, right, &input).await?);
        }
        tell_same_key(&mut needs);
        self.authorize(trip, &parts.headers, &[], &needs).await?;
        self.dispatch(trip, Payload::Json(input)).await
    }

    async fn key_use(
        &self,
        trip: &Trip,
        right: KeyUse,
        input: &Map<String, Value>,
    ) -> Result<Need, AwsError> {
        let account_need = |action: &str, resource| Need {
            action: action.to_owned(),
            resource,
            context: account_context(action, input, &trip.caller.account),
            guard: Guard::Account,
        };
        match right {
            KeyUse::Account { action } => Ok(account_need(action, "*".to_owned())),
            KeyUse::Alias { action, name } => {
                let (region, account) = (&trip.event.region, &trip.caller.account);
                let arn = format!("arn:{}:kms:{region}:{account}:{name}", trip.partition);
                Ok(account_need(action, arn))
            }
            KeyUse::Key { action, name, ciphertext, context } => {
                let of_blob = self.key_in(ciphertext.as_deref()).await?;
                let name = name.or(of_blob).ok_or_else(|| texts::missing_member("keyId"))?;
                let mut key = self.key(trip, action, &name).await?;
                if action == "kms:RetireGrant" {
                    let grant = input.get("GrantId").and_then(Value::as_str).unwrap_or_default();
                    key.grants.retain(|known| known.name == format!("grant {grant}"));
                }
                let need = key_need(action, Arc::new(key), &trip.caller.account);
                Ok(need.with_input(input, Some(&name), context))
            }
        }
    }

    /// Puts the key and the id of a grant in the place of its token: whose grant it is, rights depend on.
    async fn name_grant(&self, operation: &str, input: &mut Map<String, Value>) -> Result<(), AwsError> {
        let token = input.get("GrantToken").filter(|_| operation == "RetireGrant").cloned();
        let Some(token) = token else { return Ok(()) };
        input.remove("GrantToken");
        if ["KeyId", "GrantId"].iter().any(|name| input.contains_key(*name)) {
            return Err(texts::grant_named_twice());
        }
        let grant = self.identities.grant_of_token(token.as_str().unwrap_or_default()).await?;
        let GrantName { key, id } = grant.ok_or_else(texts::invalid_grant_token)?;
        input.insert("KeyId".to_owned(), key.into());
        input.insert("GrantId".to_owned(), id.into());
        Ok(())
    }

    async fn key_in(&self, ciphertext: Option<&str>) -> Result<Option<String>, AwsError> {
        let Some(text) = ciphertext else { return Ok(None) };
        let blob = BASE64_STANDARD.decode(text).map_err(|_| texts::not_json())?;
        let key = self.identities.key_of_ciphertext(&blob).await?;
        key.map(Some).ok_or_else(texts::invalid_ciphertext)
    }

    /// The key that the caller means. Whether another account has such a key is not told (observed).
    pub(super) async fn key(&self, trip: &Trip, action: &str, name: &str) -> Result<KeyFacts, AwsError> {
        let (region, account) = (&trip.event.region, &trip.caller.account);
        let key = self.identities.kms_key(region, account, name).await?;
        let foreign = name.starts_with("arn:") && name.split(':').nth(4) != Some(account);
        key.ok_or_else(|| match foreign {
            true => texts::foreign_key_refused(&trip.caller.principal, action),
            false => texts::no_such_key(region, account, trip.partition, name),
        })
    }
}

/// Documented: the events of STS tell whom a call made a session for.
pub(super) async fn keep_answer(trip: &mut Trip, answer: Response<Body>) -> Result<Response<Body>, AwsError> {
    let (parts, body) = answer.into_parts();
    let bytes = read_whole(body).await?;
    trip.event.response_elements = parameters::of_answer(&bytes);
    Ok(Response::from_parts(parts, full(bytes)))
}

/// Documented: `ReEncrypt` tells policies whether both keys are one.
fn tell_same_key(needs: &mut [Need]) {
    if let [from, to] = needs
        && from.action == "kms:ReEncryptFrom"
    {
        let same = (from.resource == to.resource).to_string();
        from.context.set("kms:ReEncryptOnSameKey", &same);
        to.context.set("kms:ReEncryptOnSameKey", &same);
    }
}

/// The parameters of the body, and those of the query that are not its signature.
pub(super) fn given(parts: &Parts, body: &[u8]) -> Vec<(String, String)> {
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let query = query.filter(|(name, _)| !name.starts_with("X-Amz-"));
    query.chain(form_urlencoded::parse(body)).map(|(name, value)| (name.into(), value.into())).collect()
}

/// Documented: the keys that `GetSessionToken` makes for a user or root, without MFA, call nothing of IAM, and of STS
/// only `AssumeRole` and `GetCallerIdentity`; no temporary keys make session tokens. Those of a federated user call
/// nothing of IAM, and of STS only `GetCallerIdentity`.
fn may_call(caller: &Caller, service: ServiceName, operation: &str) -> Result<(), AwsError> {
    let temporary = matches!(caller.credentials, Credentials::Temporary(_));
    let of_session_token =
        temporary && matches!(caller.principal, Principal::User { .. } | Principal::AccountRoot { .. });
    let federated = matches!(caller.principal, Principal::FederatedUser { .. });
    let makes_token = matches!(operation, "GetSessionToken" | "GetFederationToken");
    match service {
        ServiceName::Iam if of_session_token || federated => Err(texts::unknown_key(Protocol::Query)),
        ServiceName::Sts if federated && operation != "GetCallerIdentity" => {
            Err(texts::session_makes_session(operation))
        }
        ServiceName::Sts if makes_token && temporary => Err(texts::session_makes_session(operation)),
        ServiceName::Sts if of_session_token && !matches!(operation, "AssumeRole" | "GetCallerIdentity") => {
            Err(texts::unknown_key(Protocol::Query))
        }
        _ => Ok(()),
    }
}

fn scoped_to(service: ServiceName, form: &Form) -> Result<(), AwsError> {
    match service_of(form) {
        Some(meant) if meant != service => {
            Err(texts::wrong_service(service.protocol(), service.prefix(), meant.prefix()))
        }
        Some(_) => Ok(()),
        None => {
            let action = form.get("Action").ok_or_else(texts::missing_action)?;
            Err(texts::unknown_version(action, form.get("Version")))
        }
    }
}

/// The service that a form's version tells.
pub(super) fn service_of(form: &Form) -> Option<ServiceName> {
    let version = form.get("Version")?;
    VERSIONS.iter().find(|(known, _)| *known == version).map(|(_, service)| *service)
}
