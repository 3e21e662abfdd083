//! IAM over there. Emulators accept what AWS refuses (measured: malformed trust policies, principals that do not exist),
//! so every call is rehearsed on a copy of the account first.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, Response, StatusCode};
use linchpin_gateway::{AwsError, Body, Call, Form, KeyStatus, Payload, Service, ServiceName};
use linchpin_policy::{Document, DocumentKind, Principal, Statement};
use time::OffsetDateTime;

use super::{
    endpoint::full,
    regions::{entities_here, entity_there},
    state::Upstream,
    tree::Node,
};
use crate::{
    Iam,
    account::{Bearer, Key},
    iam::is_of_aws,
    query::no_form,
};

/// Operations that are about the caller where they name nobody; over there the caller is the account.
const OF_CALLER: [&str; 6] = [
    "GetUser",
    "CreateAccessKey",
    "ListAccessKeys",
    "UpdateAccessKey",
    "DeleteAccessKey",
    "GetAccessKeyLastUsed",
];

pub(super) struct UpstreamIam {
    upstream: Arc<Upstream>,
    embedded: Iam,
}

impl UpstreamIam {
    pub(super) fn new(upstream: Arc<Upstream>) -> Self {
        let embedded = Iam::new(Arc::clone(&upstream.cloud));
        Self { upstream, embedded }
    }

    /// What a rehearsal needs: the account, and those whose principals a trust policy names.
    async fn refresh(&self, account: &str, operation: &str, form: &Form) -> Result<(), AwsError> {
        if operation.contains("InstanceProfile") || operation == "GetAccountAuthorizationDetails" {
            self.upstream.refresh_profiles(account).await?;
        }
        self.upstream.refresh(account).await?;
        for account in trusted_accounts(form) {
            self.upstream.refresh(&account).await?;
        }
        Ok(())
    }

    async fn carry_out(&self, account: &str, operation: &str, form: Form) -> Result<String, AwsError> {
        let parameters: Vec<(String, String)> =
            form.0.iter().map(|(name, value)| (name.clone(), entity_there(value.clone()))).collect();
        let asked = self.upstream.endpoint.form(Upstream::iam(account), &parameters).await;
        // A call that failed half-way may have changed something too.
        if !is_reading(operation) {
            self.upstream.iam_changed(account);
        }
        let answer = asked?;
        if operation == "UpdateUser" {
            self.rename_bearer(account, &form);
        }
        if operation == "CreateAccessKey" {
            self.learn_key(account, &self.upstream.endpoint.tree(&answer)?);
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn rename_bearer(&self, account: &str, form: &Form) {
        if let (Some(old), Some(new)) = (form.get("UserName"), form.get("NewUserName")) {
            self.upstream.with(account, |account| account.rename_bearer(old, new));
        }
    }

    /// The one time that the secret is told.
    fn learn_key(&self, account: &str, answer: &Node) {
        let text = |name| answer.find_text(name).unwrap_or_default().to_owned();
        let (id, secret, user) = (text("AccessKeyId"), text("SecretAccessKey"), text("UserName"));
        let key = Key {
            secret: secret.into(),
            status: KeyStatus::Active,
            created: OffsetDateTime::now_utc(),
            bearer: Bearer::User(user),
        };
        self.upstream.with(account, |account| account.keys.insert(id, key));
    }
}

#[async_trait]
impl Service for UpstreamIam {
    fn offers(&self, operation: &str) -> bool {
        self.embedded.offers(operation)
    }

    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let Payload::Form(form) = &call.payload else { return Err(no_form(ServiceName::Iam)) };
        let form = naming_caller(&call, form.clone());
        self.refresh(&call.account, &call.operation, &form).await?;
        if is_answered_here(&call.operation) {
            return self.embedded.call(call).await;
        }
        if let Some(boundary) = form.get("PermissionsBoundary").filter(|arn| is_of_aws(arn)) {
            return Err(unoffered_boundary(boundary));
        }
        self.embedded.rehearse(&call, &form)?;
        let answer = self.carry_out(&call.account, &call.operation, form).await?;
        Ok(xml(entities_here(&answer, &call.partition, &call.account)))
    }
}

/// What is told from what was read back, and what is kept here.
fn is_answered_here(operation: &str) -> bool {
    operation.starts_with("Simulate")
        || operation.contains("OpenIDConnectProvider")
        || ["GetAccountAuthorizationDetails", "ListEntitiesForPolicy"].contains(&operation)
}

/// Our own: boundaries are read back only where the account has policies of its own.
fn unoffered_boundary(arn: &str) -> AwsError {
    let message =
        format!("linchpin does not offer the boundary `{arn}` on an emulator; make a policy of your own");
    AwsError::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}

fn is_reading(operation: &str) -> bool {
    ["Get", "List"].iter().any(|prefix| operation.starts_with(prefix))
}

fn naming_caller(call: &Call, mut form: Form) -> Form {
    if let (Principal::User { arn, .. }, None) = (&call.principal, form.get("UserName"))
        && OF_CALLER.contains(&call.operation.as_str())
    {
        let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
        form.0.push(("UserName".to_owned(), name));
    }
    form
}

fn trusted_accounts(form: &Form) -> Vec<String> {
    let trust = form.get("AssumeRolePolicyDocument").or_else(|| form.get("PolicyDocument"));
    let trust = trust.and_then(|source| Document::parse(source, DocumentKind::Trust).ok());
    let names = trust.iter().flat_map(|trust| trust.statements()).flat_map(Statement::aws_principals);
    let mut accounts: Vec<String> =
        names.map(|name| name.split(':').nth(4).unwrap_or(name).to_owned()).collect();
    accounts.sort();
    accounts.dedup();
    accounts
}

pub(super) fn xml(text: String) -> Response<Body> {
    let mut response = Response::new(full(text.into()));
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/xml"));
    response
}
