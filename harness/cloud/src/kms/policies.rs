//! Key policies.

use std::sync::Arc;

use linchpin_gateway::AwsError;
use linchpin_policy::{
    Context, Document, DocumentKind, NamedDocument, Policies, Request, ResourcePolicyRule, Statement,
    evaluate,
};
use serde_json::{Value, json};

use super::{
    crypt::{find, find_mut},
    errors,
    input::Input,
    key::Manager,
};
use crate::{cloud::Accounts, iam::is_known};

/// The policy in the call, else the default one, which leaves everything to the account's IAM (documented).
pub(super) fn for_new_key(accounts: &Accounts, input: &Input<'_>) -> Result<Document, AwsError> {
    match input.text("Policy")? {
        Some(source) => {
            let document = checked(accounts, source)?;
            not_locked_out(accounts, input, &document, "*")?;
            Ok(document)
        }
        None => parse(&default_policy(&input.call.partition, &input.call.account)),
    }
}

fn default_policy(partition: &str, account: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:{partition}:iam::{account}:root") },
            "Action": "kms:*",
            "Resource": "*",
        }],
    })
    .to_string()
}

/// Documented ("Quotas"): the most bytes of a key policy.
const LONGEST: usize = 32 * 1024;

fn parse(source: &str) -> Result<Document, AwsError> {
    if source.len() > LONGEST {
        return Err(errors::policy_too_long(LONGEST));
    }
    Document::parse(source, DocumentKind::Resource)
        .map_err(|error| errors::malformed_policy(&error.to_string()))
}

fn checked(accounts: &Accounts, source: &str) -> Result<Document, AwsError> {
    let document = parse(source)?;
    let names = document.statements().iter().flat_map(Statement::aws_principals);
    let known = names.into_iter().all(|name| is_known(accounts, name));
    if known { Ok(document) } else { Err(errors::unknown_principals()) }
}

/// Documented: whoever sets a policy must be able to set the next one, or say that it need not be so.
fn not_locked_out(
    accounts: &Accounts,
    input: &Input<'_>,
    document: &Document,
    arn: &str,
) -> Result<(), AwsError> {
    if input.flag("BypassPolicyLockoutSafetyCheck")? {
        return Ok(());
    }
    let principal = &input.call.principal;
    let mut context: Context = principal.condition_keys();
    context.set("kms:CallerAccount", &input.call.account);
    context.set("kms:BypassPolicyLockoutSafetyCheck", "false");
    let request = Request {
        principal: principal.clone(),
        action: "kms:PutKeyPolicy".to_owned(),
        resource: arn.to_owned(),
        resource_account: Some(input.call.account.clone()),
        context,
    };
    let own = accounts.get(&input.call.account).and_then(|account| account.entities.policies_of(principal));
    let own = own.unwrap_or_default();
    let policies = Policies {
        identity: own
            .identity
            .iter()
            .map(|p| NamedDocument { name: &p.name, document: &p.document })
            .collect(),
        resource: Some(NamedDocument { name: "key policy", document }),
        resource_policy: ResourcePolicyRule::MustAllow,
        ..Policies::default()
    };
    if evaluate(&request, &policies).is_allowed() { Ok(()) } else { Err(errors::locked_out()) }
}

/// Documented: a key has one policy, called `default`.
fn named_default(input: &Input<'_>) -> Result<(), AwsError> {
    match input.text("PolicyName")? {
        None | Some("default") => Ok(()),
        Some(_) => Err(errors::no_such_policy()),
    }
}

pub(super) fn get(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    named_default(input)?;
    let key = find(accounts, input, input.required("KeyId")?)?;
    Ok(json!({ "Policy": key.policy.source(), "PolicyName": "default" }))
}

pub(super) fn list(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    find(accounts, input, input.required("KeyId")?)?;
    Ok(json!({ "PolicyNames": ["default"], "Truncated": false }))
}

/// The new policy in a call, for the key of this ARN.
pub(super) fn replacement(accounts: &Accounts, input: &Input<'_>, arn: &str) -> Result<Document, AwsError> {
    named_default(input)?;
    let document = checked(accounts, input.required("Policy")?)?;
    not_locked_out(accounts, input, &document, arn)?;
    Ok(document)
}

pub(super) fn put(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let name = input.required("KeyId")?;
    let arn = find(accounts, input, name)?.arn.clone();
    let document = replacement(accounts, input, &arn)?;
    let key = find_mut(accounts, input, name)?;
    if key.manager == Manager::Aws {
        return Err(errors::managed_by_aws(&key.arn));
    }
    key.policy = Arc::new(document);
    Ok(json!({}))
}
