//! Grants. Here they hold at once: grant tokens, which bridge AWS's delay, are made and known, but never needed.

use std::sync::Arc;

use linchpin_gateway::{AwsError, KeyState, OwnedDocument, invalid_grant_token};
use linchpin_policy::{Document, DocumentKind};
use serde_json::{Map, Value, json};

use super::{
    crypt::{find, find_mut},
    errors,
    input::Input,
    key::{Grant, Key, seconds},
    keys::page,
};
use crate::{cloud::Accounts, iam::is_known};

/// Documented: what a grant on a symmetric key can allow.
const OPERATIONS: [&str; 10] = [
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPairWithoutPlaintext",
];

/// Documented: constraints do not apply to these.
const UNCONSTRAINED: [&str; 2] = ["DescribeKey", "RetireGrant"];

pub(super) fn create(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let Asked { grantee, retiring, operations, constraints, document } = asked(accounts, input)?;
    let id = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    let now = accounts.get(&input.call.account).map(crate::account::Account::now);
    input.unless_dry_run()?;
    let key = find_mut(accounts, input, input.required("KeyId")?)?;
    // Documented ("Key states of AWS KMS keys").
    if key.state != KeyState::Enabled {
        return Err(errors::unusable(&key.arn, key.state));
    }
    let grant = Grant {
        name: input.text("Name")?.map(str::to_owned),
        grantee,
        retiring,
        operations,
        constraints: constraints.map(|constraints| Value::Object(constraints.clone())),
        created: now.unwrap_or(key.created),
        document: OwnedDocument { name: format!("grant {id}"), document: Arc::new(document) },
    };
    // Documented: the same call again makes no second grant, where it has a name.
    let same = key.grants.iter().find(|(_, known)| known.name.is_some() && is_same(known, &grant));
    let id = same.map_or(id, |(known, _)| known.clone());
    key.grants.insert(id.clone(), grant);
    Ok(json!({ "GrantId": id, "GrantToken": id }))
}

/// The grant in a call.
pub(super) struct Asked<'a> {
    grantee: String,
    retiring: Option<String>,
    operations: Vec<String>,
    constraints: Option<&'a Map<String, Value>>,
    document: Document,
}

pub(super) fn asked<'a>(accounts: &Accounts, input: &Input<'a>) -> Result<Asked<'a>, AwsError> {
    let grantee = principal(accounts, input, "GranteePrincipal")?;
    let grantee =
        grantee.ok_or_else(|| errors::validation("GranteePrincipal", None, "Member must not be null"))?;
    let retiring = principal(accounts, input, "RetiringPrincipal")?;
    let operations = operations(input)?;
    let constraints = constraints(input)?;
    let document = grant_document(&grantee, retiring.as_deref(), &operations, constraints)?;
    Ok(Asked { grantee, retiring, operations, constraints, document })
}

fn is_same(one: &Grant, other: &Grant) -> bool {
    one.name == other.name
        && one.grantee == other.grantee
        && one.operations == other.operations
        && one.constraints == other.constraints
}

/// Documented: an ARN of an account, user, role or session.
fn principal(accounts: &Accounts, input: &Input<'_>, member: &str) -> Result<Option<String>, AwsError> {
    let Some(arn) = input.text(member)? else { return Ok(None) };
    if arn.starts_with("arn:") && is_known(accounts, arn) {
        return Ok(Some(arn.to_owned()));
    }
    Err(errors::invalid_arn(arn))
}

fn operations(input: &Input<'_>) -> Result<Vec<String>, AwsError> {
    let list = input.value("Operations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
    let names = names.ok_or_else(|| errors::serialization("Operations"))?;
    if names.is_empty() {
        return Err(errors::validation("Operations", None, "Member must not be null"));
    }
    match names.iter().find(|name| !OPERATIONS.contains(name)) {
        Some(other) => {
            let constraint = format!("Member must satisfy enum value set: [{}]", OPERATIONS.join(", "));
            Err(errors::validation("Operations", Some(other), &constraint))
        }
        None => Ok(names.into_iter().map(str::to_owned).collect()),
    }
}

fn constraints<'a>(input: &Input<'a>) -> Result<Option<&'a Map<String, Value>>, AwsError> {
    let Some(value) = input.value("Constraints") else { return Ok(None) };
    let constraints = value.as_object().ok_or_else(|| errors::serialization("Constraints"))?;
    for (name, pairs) in constraints {
        if name != "EncryptionContextEquals" && name != "EncryptionContextSubset" {
            return Err(errors::unoffered_member("CreateGrant", name));
        }
        let texts = pairs.as_object().is_some_and(|pairs| pairs.values().all(Value::is_string));
        if !texts {
            return Err(errors::serialization(name));
        }
    }
    Ok(Some(constraints))
}

/// A grant as a statement of a key policy. Version 2008 has no variables: what it holds is literal.
pub(crate) fn grant_document(
    grantee: &str,
    retiring: Option<&str>,
    operations: &[String],
    constraints: Option<&Map<String, Value>>,
) -> Result<Document, AwsError> {
    let (free, bound): (Vec<&String>, Vec<&String>) =
        operations.iter().partition(|name| UNCONSTRAINED.contains(&name.as_str()));
    let actions = |names: &[&String]| names.iter().map(|name| format!("kms:{name}")).collect::<Vec<_>>();
    let statement = |principal: &str, actions: Vec<String>, condition: Value| {
        json!({
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": actions,
            "Resource": "*",
            "Condition": condition,
        })
    };
    let mut statements = Vec::new();
    if !free.is_empty() {
        statements.push(statement(grantee, actions(&free), json!({})));
    }
    if !bound.is_empty() {
        statements.push(statement(grantee, actions(&bound), condition(constraints)));
    }
    if let Some(retiring) = retiring {
        statements.push(statement(retiring, vec!["kms:RetireGrant".to_owned()], json!({})));
    }
    let source = json!({ "Version": "2008-10-17", "Statement": statements }).to_string();
    Document::parse(&source, DocumentKind::Resource)
        .map_err(|error| errors::malformed_policy(&error.to_string()))
}

/// Documented: `Equals` wants these pairs and no others, `Subset` these at least.
fn condition(constraints: Option<&Map<String, Value>>) -> Value {
    let (mut equal, mut all) = (Map::new(), Map::new());
    for (kind, pairs) in constraints.into_iter().flatten() {
        let pairs = pairs.as_object().into_iter().flatten();
        for (name, value) in pairs.clone() {
            equal.insert(format!("kms:EncryptionContext:{name}"), value.clone());
        }
        if kind == "EncryptionContextEquals" {
            let names: Vec<&String> = pairs.map(|(name, _)| name).collect();
            all.insert("kms:EncryptionContextKeys".to_owned(), json!(names));
        }
    }
    let mut condition = Map::new();
    for (operator, keys) in [("StringEquals", equal), ("ForAllValues:StringEquals", all)] {
        if !keys.is_empty() {
            condition.insert(operator.to_owned(), Value::Object(keys));
        }
    }
    Value::Object(condition)
}

pub(super) fn list(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let key = find(accounts, input, input.required("KeyId")?)?;
    let (grantee, only) = (input.text("GranteePrincipal")?, input.text("GrantId")?);
    let wanted = |id: &str, grant: &Grant| {
        grantee.is_none_or(|arn| arn == grant.grantee) && only.is_none_or(|only| only == id)
    };
    let grants = key.grants.iter().filter(|(id, grant)| wanted(id, grant));
    let grants = grants.map(|(id, grant)| entry(key, id, grant)).collect();
    page(input, "Grants", grants)
}

fn entry(key: &Key, id: &str, grant: &Grant) -> Value {
    let mut entry = json!({
        "KeyId": key.arn,
        "GrantId": id,
        "GranteePrincipal": grant.grantee,
        "Operations": grant.operations,
        "CreationDate": seconds(grant.created),
        "IssuingAccount": key.account,
    });
    if let Some(fields) = entry.as_object_mut() {
        let optional = [
            ("Name", grant.name.as_ref().map(|name| json!(name))),
            ("RetiringPrincipal", grant.retiring.as_ref().map(|arn| json!(arn))),
            ("Constraints", grant.constraints.clone()),
        ];
        fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    entry
}

/// `RevokeGrant` and `RetireGrant`: who may do which, the road knows.
pub(super) fn remove(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let id = input.required("GrantId")?;
    let key = find_mut(accounts, input, input.required("KeyId")?)?;
    if !key.grants.contains_key(id) {
        return Err(errors::no_such_grant(id));
    }
    input.unless_dry_run()?;
    key.grants.remove(id);
    Ok(json!({}))
}

/// Documented: ten at most. One that is of no grant is refused, though none is needed.
pub(super) fn check_tokens(accounts: &Accounts, input: &Input<'_>) -> Result<(), AwsError> {
    let tokens = input.texts("GrantTokens")?;
    if tokens.len() > 10 {
        return Err(errors::validation(
            "GrantTokens",
            Some("*"),
            "Member must have length less than or equal to 10",
        ));
    }
    let keys = || accounts.values().flat_map(|account| account.vault.keys.values());
    let is_known = |token: &&str| keys().any(|key| key.grants.contains_key(*token));
    if tokens.iter().all(is_known) { Ok(()) } else { Err(invalid_grant_token()) }
}
