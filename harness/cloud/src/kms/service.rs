//! The front of KMS.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use linchpin_gateway::{AwsError, Body, Call, Payload, Service};
use serde_json::{Map, Value};

use super::{aliases, crypt, errors, grants, input::Input, keys, policies, rotation, tags};
use crate::{Cloud, cloud::Accounts};

/// The embedded KMS.
pub struct Kms {
    cloud: Arc<Cloud>,
}

/// One operation: its name, the members that it carries out, and how.
struct Operation(&'static str, &'static [&'static str], Run);

type Run = fn(&mut Accounts, &Input<'_>) -> Result<Value, AwsError>;

const ONE_KEY: &[&str] = &["KeyId"];

const OPERATIONS: &[Operation] = &[
    Operation("CancelKeyDeletion", ONE_KEY, keys::cancel_deletion),
    Operation("CreateAlias", &["AliasName", "TargetKeyId"], aliases::create),
    Operation(
        "CreateGrant",
        &[
            "KeyId",
            "GranteePrincipal",
            "RetiringPrincipal",
            "Operations",
            "Constraints",
            "GrantTokens",
            "Name",
            "DryRun",
        ],
        grants::create,
    ),
    Operation(
        "CreateKey",
        &[
            "Policy",
            "Description",
            "KeyUsage",
            "KeySpec",
            "Origin",
            "MultiRegion",
            "BypassPolicyLockoutSafetyCheck",
            "Tags",
        ],
        keys::create,
    ),
    Operation(
        "Decrypt",
        &["CiphertextBlob", "EncryptionContext", "GrantTokens", "KeyId", "EncryptionAlgorithm", "DryRun"],
        crypt::decrypt,
    ),
    Operation("DeleteAlias", &["AliasName"], aliases::delete),
    Operation("DescribeKey", &["KeyId", "GrantTokens"], keys::describe),
    Operation("DisableKey", ONE_KEY, keys::disable),
    Operation("DisableKeyRotation", ONE_KEY, rotation::disable_rotation),
    Operation("EnableKey", ONE_KEY, keys::enable),
    Operation("EnableKeyRotation", &["KeyId", "RotationPeriodInDays"], rotation::enable_rotation),
    Operation(
        "Encrypt",
        &["KeyId", "Plaintext", "EncryptionContext", "GrantTokens", "EncryptionAlgorithm", "DryRun"],
        crypt::encrypt,
    ),
    Operation(
        "GenerateDataKey",
        &["KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec", "GrantTokens", "DryRun"],
        crypt::data_key,
    ),
    Operation(
        "GenerateDataKeyWithoutPlaintext",
        &["KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec", "GrantTokens", "DryRun"],
        crypt::data_key_without_plaintext,
    ),
    Operation("GetKeyPolicy", &["KeyId", "PolicyName"], policies::get),
    Operation("GetKeyRotationStatus", ONE_KEY, rotation::rotation_status),
    Operation("ListAliases", &["KeyId", "Limit", "Marker"], aliases::list),
    Operation("ListGrants", &["KeyId", "Limit", "Marker", "GranteePrincipal", "GrantId"], grants::list),
    Operation("ListKeyPolicies", &["KeyId", "Limit", "Marker"], policies::list),
    Operation("ListKeyRotations", &["KeyId", "Limit", "Marker"], rotation::list),
    Operation("ListKeys", &["Limit", "Marker"], keys::list),
    Operation("ListResourceTags", &["KeyId", "Limit", "Marker"], tags::list),
    Operation(
        "PutKeyPolicy",
        &["KeyId", "PolicyName", "Policy", "BypassPolicyLockoutSafetyCheck"],
        policies::put,
    ),
    Operation(
        "ReEncrypt",
        &[
            "CiphertextBlob",
            "SourceEncryptionContext",
            "SourceKeyId",
            "DestinationKeyId",
            "DestinationEncryptionContext",
            "SourceEncryptionAlgorithm",
            "DestinationEncryptionAlgorithm",
            "GrantTokens",
            "DryRun",
        ],
        crypt::re_encrypt,
    ),
    // The road puts key and id in the place of a grant token.
    Operation("RetireGrant", &["KeyId", "GrantId", "DryRun"], grants::remove),
    Operation("RevokeGrant", &["KeyId", "GrantId", "DryRun"], grants::remove),
    Operation("RotateKeyOnDemand", ONE_KEY, rotation::on_demand),
    Operation("ScheduleKeyDeletion", &["KeyId", "PendingWindowInDays"], keys::schedule_deletion),
    Operation("TagResource", &["KeyId", "Tags"], tags::tag),
    Operation("UntagResource", &["KeyId", "TagKeys"], tags::untag),
    Operation("UpdateAlias", &["AliasName", "TargetKeyId"], aliases::update),
    Operation("UpdateKeyDescription", &["KeyId", "Description"], keys::update_description),
];

impl Kms {
    /// KMS over a cloud's accounts.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    fn run(&self, call: &Call, members: &Map<String, Value>) -> Result<Value, AwsError> {
        let operation = OPERATIONS.iter().find(|operation| operation.0 == call.operation);
        let Operation(_, offered, run) = operation.ok_or_else(|| unknown(&call.operation))?;
        let mut accounts = self.cloud.write();
        if let Some(account) = accounts.get_mut(&call.account) {
            let now = account.now();
            account.vault.pass_time(now);
        }
        let input = Input::check(call, members, offered)?;
        no_alias(&input)?;
        grants::check_tokens(&accounts, &input)?;
        let answer = run(&mut accounts, &input)?;
        input.unless_dry_run()?;
        Ok(answer)
    }
}

/// Refuses the policy or grant in a call that AWS would refuse, and changes nothing.
pub(crate) fn rehearse(
    accounts: &Accounts,
    call: &Call,
    members: &Map<String, Value>,
) -> Result<(), AwsError> {
    let operation = OPERATIONS.iter().find(|operation| operation.0 == call.operation);
    let Operation(_, offered, _) = operation.ok_or_else(|| unknown(&call.operation))?;
    let input = Input::check(call, members, offered)?;
    no_alias(&input)?;
    match call.operation.as_str() {
        "CreateKey" => policies::for_new_key(accounts, &input).and_then(|_| tags::asked(&input)).map(drop),
        "TagResource" => tags::asked(&input).map(drop),
        "PutKeyPolicy" => policies::replacement(accounts, &input, "*").map(drop),
        "CreateGrant" => grants::asked(accounts, &input).map(drop),
        _ => Ok(()),
    }?;
    // What would change something ends here; what only computes is tried over there.
    if call.operation.ends_with("Grant") { input.unless_dry_run() } else { Ok(()) }
}

/// The members of a call without what only we carry out, and what to answer instead of its result.
pub(crate) fn without_dry_run(mut members: Map<String, Value>) -> (Map<String, Value>, Option<AwsError>) {
    let is_dry = members.remove("DryRun").is_some_and(|value| value == Value::Bool(true));
    (members, is_dry.then(errors::dry_run))
}

/// Documented ("Specify the key ID or key ARN", each operation's `KeyId`): these know a key by any of its names, the others by
/// its id or ARN alone.
const KNOWS_ALIASES: [&str; 6] =
    ["DescribeKey", "Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt"];

fn no_alias(input: &Input<'_>) -> Result<(), AwsError> {
    match input.text("KeyId")? {
        Some(name) if name.contains("alias/") && !KNOWS_ALIASES.contains(&&*input.call.operation) => {
            Err(errors::alias_for_key(name))
        }
        _ => Ok(()),
    }
}

fn unknown(operation: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "UnknownOperationException",
        format!("linchpin does not offer the operation `{operation}` of kms"),
    )
}

#[async_trait]
impl Service for Kms {
    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let Payload::Json(members) = &call.payload else { return Err(unknown(&call.operation)) };
        let answer = self.run(&call, members)?.to_string();
        let body = Full::new(Bytes::from(answer)).map_err(|never| match never {}).boxed_unsync();
        let mut response = Response::new(body);
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::OPERATIONS;

    /// The lines of the table of calls that call an operation and are answered with 200, or are not.
    fn lines(operation: &str, accepted: bool) -> usize {
        let table = include_str!("../../tests/cases/kms.calls").lines();
        let calls = table.filter_map(|line| line.rsplit_once(" -> "));
        calls
            .filter(|(call, _)| call.split_whitespace().any(|word| word == operation))
            .filter(|(_, expected)| (expected.starts_with("200") || expected.starts_with("save")) == accepted)
            .count()
    }

    #[test]
    fn every_operation_has_an_accepting_and_a_refusing_case() {
        let names = OPERATIONS.iter().map(|operation| operation.0);
        let unproved: Vec<&str> =
            names.filter(|name| lines(name, true) == 0 || lines(name, false) == 0).collect();
        assert!(unproved.is_empty(), "{unproved:?}");
    }
}
