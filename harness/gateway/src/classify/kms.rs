//! KMS's calls, and S3's use of KMS keys.

use std::sync::Arc;

use linchpin_policy::Context;
use serde_json::{Map, Value};

use super::{Guard, Need};
use crate::KeyFacts;

/// One right that a call takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyUse {
    /// On no key at all.
    Account { action: &'static str },
    /// On the key that a member of the call names; `None` leaves it to the ciphertext.
    Key { action: &'static str, name: Option<String>, ciphertext: Option<String>, context: &'static str },
    /// On an alias.
    Alias { action: &'static str, name: String },
}

/// The member that holds an encryption context.
const CONTEXT: &str = "EncryptionContext";

/// Calls that take one right on the key in `KeyId` (documented: the table of KMS API permissions).
const ON_ONE_KEY: [(&str, &str); 24] = [
    ("CancelKeyDeletion", "kms:CancelKeyDeletion"),
    ("CreateGrant", "kms:CreateGrant"),
    ("DescribeKey", "kms:DescribeKey"),
    ("DisableKey", "kms:DisableKey"),
    ("DisableKeyRotation", "kms:DisableKeyRotation"),
    ("EnableKey", "kms:EnableKey"),
    ("EnableKeyRotation", "kms:EnableKeyRotation"),
    ("Encrypt", "kms:Encrypt"),
    ("GenerateDataKey", "kms:GenerateDataKey"),
    ("GenerateDataKeyWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext"),
    ("GetKeyPolicy", "kms:GetKeyPolicy"),
    ("GetKeyRotationStatus", "kms:GetKeyRotationStatus"),
    ("ListGrants", "kms:ListGrants"),
    ("ListKeyPolicies", "kms:ListKeyPolicies"),
    ("ListKeyRotations", "kms:ListKeyRotations"),
    ("ListResourceTags", "kms:ListResourceTags"),
    ("PutKeyPolicy", "kms:PutKeyPolicy"),
    ("RetireGrant", "kms:RetireGrant"),
    ("RevokeGrant", "kms:RevokeGrant"),
    ("RotateKeyOnDemand", "kms:RotateKeyOnDemand"),
    ("ScheduleKeyDeletion", "kms:ScheduleKeyDeletion"),
    ("TagResource", "kms:TagResource"),
    ("UntagResource", "kms:UntagResource"),
    ("UpdateKeyDescription", "kms:UpdateKeyDescription"),
];

const ON_ACCOUNT: [(&str, &str); 3] =
    [("CreateKey", "kms:CreateKey"), ("ListAliases", "kms:ListAliases"), ("ListKeys", "kms:ListKeys")];

const ON_ALIAS_AND_KEY: [(&str, &str, &str); 3] = [
    ("CreateAlias", "kms:CreateAlias", "TargetKeyId"),
    ("DeleteAlias", "kms:DeleteAlias", "AliasName"),
    ("UpdateAlias", "kms:UpdateAlias", "TargetKeyId"),
];

/// The rights that a call takes; none for an operation that is not offered.
pub(crate) fn uses_of(operation: &str, input: &Map<String, Value>) -> Option<Vec<KeyUse>> {
    let text = |name: &str| input.get(name).and_then(Value::as_str).map(str::to_owned);
    let on_key =
        |action, name: &str, context| KeyUse::Key { action, name: text(name), ciphertext: None, context };
    if let Some((_, action)) = ON_ACCOUNT.iter().find(|(name, _)| *name == operation) {
        let mut uses = vec![KeyUse::Account { action }];
        // Documented: who makes a key with tags needs the right to tag it.
        if tags(input).next().is_some() {
            uses.push(KeyUse::Account { action: "kms:TagResource" });
        }
        return Some(uses);
    }
    if let Some((_, action)) = ON_ONE_KEY.iter().find(|(name, _)| *name == operation) {
        return Some(vec![on_key(action, "KeyId", CONTEXT)]);
    }
    if let Some((_, action, target)) = ON_ALIAS_AND_KEY.iter().find(|(name, ..)| *name == operation) {
        let alias = KeyUse::Alias { action, name: text("AliasName").unwrap_or_default() };
        return Some(vec![alias, on_key(action, target, CONTEXT)]);
    }
    let of_ciphertext = |action, name, context| KeyUse::Key {
        action,
        name: text(name),
        ciphertext: text("CiphertextBlob"),
        context,
    };
    match operation {
        "Decrypt" => Some(vec![of_ciphertext("kms:Decrypt", "KeyId", CONTEXT)]),
        "ReEncrypt" => Some(vec![
            of_ciphertext("kms:ReEncryptFrom", "SourceKeyId", "SourceEncryptionContext"),
            on_key("kms:ReEncryptTo", "DestinationKeyId", "DestinationEncryptionContext"),
        ]),
        _ => None,
    }
}

/// A right on a key, with the condition keys that describe it (documented: KMS's condition keys).
pub(crate) fn key_need(action: &str, key: Arc<KeyFacts>, caller_account: &str) -> Need {
    let mut context = Context::default();
    for (name, value) in [
        ("kms:KeySpec", "SYMMETRIC_DEFAULT"),
        ("kms:KeyUsage", "ENCRYPT_DECRYPT"),
        ("kms:KeyOrigin", "AWS_KMS"),
        ("kms:MultiRegion", "false"),
        ("kms:CallerAccount", caller_account),
    ] {
        context.set(name, value);
    }
    for (name, value) in &key.tags {
        context.set(&format!("aws:ResourceTag/{name}"), value);
    }
    if !key.aliases.is_empty() {
        context.set_many("kms:ResourceAliases", key.aliases.clone());
    }
    Need { action: action.to_owned(), resource: key.arn.clone(), context, guard: Guard::Key(key) }
}

impl Need {
    /// Adds what the call itself tells of its use of a key.
    pub(crate) fn with_input(mut self, input: &Map<String, Value>, name: Option<&str>, member: &str) -> Self {
        if let Some(alias) = name.and_then(alias_in) {
            self.context.set("kms:RequestAlias", alias);
        }
        let is_grant = self.action == "kms:CreateGrant";
        let pairs = input.get(member).filter(|_| !is_grant).into_iter();
        // Documented: the encryption context of a new grant is the one in its constraints.
        let constraints = input.get("Constraints").and_then(Value::as_object).filter(|_| is_grant);
        let pairs = pairs.chain(constraints.into_iter().flat_map(Map::values));
        let pairs = pairs.filter_map(Value::as_object).flatten();
        let pairs = pairs.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
        self = self.with_encryption_context(pairs);
        if is_grant {
            grant_keys(&mut self.context, input);
        }
        member_keys(&mut self.context, &self.action, input);
        self
    }

    /// Adds an encryption context. None at all leaves its condition keys out.
    pub(crate) fn with_encryption_context<'a>(
        mut self,
        pairs: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut names = Vec::new();
        for (name, value) in pairs {
            self.context.set(&format!("kms:EncryptionContext:{name}"), value);
            names.push(name.to_owned());
        }
        if !names.is_empty() {
            self.context.set_many("kms:EncryptionContextKeys", names);
        }
        if self.action.contains("crypt") || self.action.contains("DataKey") {
            self.context.set("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
        }
        self
    }
}

/// What a call on no key tells of itself: that of `CreateKey` describes the key to be.
pub(crate) fn account_context(action: &str, input: &Map<String, Value>, caller_account: &str) -> Context {
    let mut context = Context::default();
    context.set("kms:CallerAccount", caller_account);
    if action == "kms:CreateKey" {
        for (member, key, default) in [
            ("KeySpec", "kms:KeySpec", "SYMMETRIC_DEFAULT"),
            ("KeyUsage", "kms:KeyUsage", "ENCRYPT_DECRYPT"),
            ("Origin", "kms:KeyOrigin", "AWS_KMS"),
        ] {
            context.set(key, input.get(member).and_then(Value::as_str).unwrap_or(default));
        }
        let multi_region = input.get("MultiRegion").and_then(Value::as_bool).unwrap_or(false);
        context.set("kms:MultiRegion", multi_region.to_string());
    }
    member_keys(&mut context, action, input);
    context
}

/// The members that policies see (documented: KMS's condition keys).
fn member_keys(context: &mut Context, action: &str, input: &Map<String, Value>) {
    if ["kms:CreateKey", "kms:PutKeyPolicy"].contains(&action) {
        let bypasses = input.get("BypassPolicyLockoutSafetyCheck").and_then(Value::as_bool).unwrap_or(false);
        context.set("kms:BypassPolicyLockoutSafetyCheck", bypasses.to_string());
    }
    for (member, key) in [
        ("PendingWindowInDays", "kms:ScheduleKeyDeletionPendingWindowInDays"),
        ("RotationPeriodInDays", "kms:RotationPeriodInDays"),
    ] {
        if let Some(days) = input.get(member).and_then(Value::as_u64) {
            context.set(key, days.to_string());
        }
    }
    let taken = input.get("TagKeys").and_then(Value::as_array).into_iter().flatten();
    let taken = taken.filter_map(|key| Some((key.as_str()?, None)));
    let mut keys = Vec::new();
    for (key, value) in tags(input).map(|(key, value)| (key, Some(value))).chain(taken) {
        value.into_iter().for_each(|value| context.set(&format!("aws:RequestTag/{key}"), value));
        keys.push(key.to_owned());
    }
    if !keys.is_empty() {
        context.set_many("aws:TagKeys", keys);
    }
}

/// The tags that a call gives a key.
fn tags(input: &Map<String, Value>) -> impl Iterator<Item = (&str, &str)> {
    let tags = input.get("Tags").and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(|tag| {
        Some((tag.get("TagKey")?.as_str()?, tag.get("TagValue").and_then(Value::as_str).unwrap_or_default()))
    })
}

/// `alias/NAME` in a name or an ARN.
fn alias_in(name: &str) -> Option<&str> {
    let last = name.rsplit(':').next()?;
    last.starts_with("alias/").then_some(last)
}

fn grant_keys(context: &mut Context, input: &Map<String, Value>) {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    for (member, key) in
        [("GranteePrincipal", "kms:GranteePrincipal"), ("RetiringPrincipal", "kms:RetiringPrincipal")]
    {
        if let Some(value) = text(member) {
            context.set(key, value);
        }
    }
    let operations = input.get("Operations").and_then(Value::as_array).into_iter().flatten();
    let operations = operations.filter_map(Value::as_str).map(str::to_owned).collect();
    context.set_many("kms:GrantOperations", operations);
    context.set("kms:GrantIsForAWSResource", "false");
    let constraint = input.get("Constraints").and_then(Value::as_object).and_then(|all| all.keys().next());
    if let Some(constraint) = constraint {
        context.set("kms:GrantConstraintType", constraint);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(operation: &str, input: &Value, expected: &[(&str, &str)]) {
        let uses = uses_of(operation, input.as_object().unwrap()).unwrap();
        let told: Vec<(&str, &str)> = uses
            .iter()
            .map(|right| match right {
                KeyUse::Account { action } => (*action, "*"),
                KeyUse::Key { action, name, ciphertext, .. } => {
                    (*action, name.as_deref().or(ciphertext.as_deref()).unwrap_or_default())
                }
                KeyUse::Alias { action, name } => (*action, name.as_str()),
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn rights_of_calls() {
        check("ListKeys", &json!({}), &[("kms:ListKeys", "*")]);
        check(
            "CreateKey",
            &json!({"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            &[("kms:CreateKey", "*"), ("kms:TagResource", "*")],
        );
        check("Encrypt", &json!({"KeyId": "k"}), &[("kms:Encrypt", "k")]);
        check("Decrypt", &json!({"CiphertextBlob": "c"}), &[("kms:Decrypt", "c")]);
        check(
            "ReEncrypt",
            &json!({"CiphertextBlob": "c", "DestinationKeyId": "d"}),
            &[("kms:ReEncryptFrom", "c"), ("kms:ReEncryptTo", "d")],
        );
        check(
            "CreateAlias",
            &json!({"AliasName": "alias/a", "TargetKeyId": "k"}),
            &[("kms:CreateAlias", "alias/a"), ("kms:CreateAlias", "k")],
        );
        assert_eq!(uses_of("Sign", &Map::new()), None);
    }
}
