//! STS over there: roles are assumed by it, once that is known to be in order. Who is calling only the gateway knows, and
//! session tokens it makes itself (measured: LocalStack's are the documentation's example, the same for everybody).

use std::sync::Arc;

use async_trait::async_trait;
use http::Response;
use linchpin_gateway::{AwsError, Body, Call, Form, KeyStatus, Payload, Service, ServiceName};
use secrecy::SecretString;
use time::{Duration, OffsetDateTime};

use super::{
    endpoint::Address,
    iam::xml,
    regions::{entities_here, entity_there},
    state::Upstream,
    tree::Node,
};
use crate::{
    Sts,
    account::{Bearer, Key, TemporarySession},
    query::{no_form, timestamp},
    sts::Assumed,
};

pub(super) struct UpstreamSts {
    upstream: Arc<Upstream>,
    embedded: Sts,
}

impl UpstreamSts {
    pub(super) fn new(upstream: Arc<Upstream>) -> Self {
        let embedded = Sts::new(Arc::clone(&upstream.cloud));
        Self { upstream, embedded }
    }

    async fn refresh(&self, account: &str, form: &Form) -> Result<(), AwsError> {
        let arn = form.get("RoleArn").unwrap_or_default();
        self.upstream.refresh(account).await?;
        let asks_for_long =
            form.get("DurationSeconds").and_then(|text| text.parse().ok()).unwrap_or(0) > 3600;
        if asks_for_long {
            let name = arn.rsplit('/').next().unwrap_or_default();
            self.upstream.read_longest_session(account, name).await?;
        }
        Ok(())
    }

    async fn assume(&self, account: &str, form: Form, assumed: Assumed) -> Result<String, AwsError> {
        let parameters: Vec<(String, String)> =
            form.0.into_iter().map(|(name, value)| (name, entity_there(value))).collect();
        // Measured: the keys belong to the account that the call is filed under.
        let address = Address { service: ServiceName::Sts, account, region: "us-east-1" };
        let answer = self.upstream.endpoint.form(address, &parameters).await?;
        let told = self.upstream.endpoint.tree(&answer)?;
        let expires = self.learn(account, assumed, &told);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        // Over there the machine's clock is told; the account's own may be ahead.
        Ok(match (told.find_text("Expiration"), expires) {
            (Some(there), Some(here)) => answer.replace(there, &timestamp(here)),
            _ => answer,
        })
    }

    /// Returns when the session is over, by the account's clock.
    fn learn(&self, account: &str, assumed: Assumed, answer: &Node) -> Option<OffsetDateTime> {
        let text = |name| answer.find_text(name).unwrap_or_default().to_owned();
        let (id, secret) = (text("AccessKeyId"), SecretString::from(text("SecretAccessKey")));
        let token = SecretString::from(text("SessionToken"));
        self.upstream.with(account, |account| {
            let expires = account.now() + Duration::seconds(assumed.seconds.into());
            let session = TemporarySession {
                policies: assumed.policies,
                tags: assumed.tags,
                transitive: assumed.transitive,
                source_identity: assumed.source_identity,
                ..TemporarySession::plain(account, assumed.principal, token, expires)
            };
            let created = OffsetDateTime::now_utc();
            let bearer = Bearer::Session(Box::new(session));
            account.keys.insert(id, Key { secret, status: KeyStatus::Active, created, bearer });
            expires
        })
    }
}

#[async_trait]
impl Service for UpstreamSts {
    fn offers(&self, operation: &str) -> bool {
        self.embedded.offers(operation)
    }

    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let Payload::Form(form) = &call.payload else { return Err(no_form(ServiceName::Sts)) };
        if call.operation == "AssumeRole" {
            let form = form.clone();
            let arn = form.get("RoleArn").unwrap_or_default();
            let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
            self.refresh(&account, &form).await?;
            let assumed = self.embedded.rehearse(&call, &form)?;
            let answer = self.assume(&account, form, assumed).await?;
            return Ok(xml(entities_here(&answer, &call.partition, &account)));
        }
        // Keys of federated users and of web identities are made here, like the tokens of all.
        self.upstream.refresh(&call.account).await?;
        self.embedded.call(call).await
    }
}
