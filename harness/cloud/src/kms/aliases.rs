//! Aliases: names that point at keys.

use linchpin_gateway::{AwsError, KeyState};
use serde_json::{Value, json};

use super::{errors, input::Input, keys::page, vault::Alias};
use crate::{account::Account, cloud::Accounts};

fn account<'a>(accounts: &'a mut Accounts, input: &Input<'_>) -> Result<&'a mut Account, AwsError> {
    let id = &input.call.account;
    accounts.get_mut(id).ok_or_else(|| errors::no_such_key(id))
}

/// Documented: `alias/` and letters, digits, `:/_-`; what begins with `alias/aws/` is AWS's.
fn alias(input: &Input<'_>) -> Result<Alias, AwsError> {
    let name = input.required("AliasName")?;
    let rest = name.strip_prefix("alias/").unwrap_or_default();
    let plain = rest.chars().all(|c| c.is_ascii_alphanumeric() || ":/_-".contains(c));
    if rest.is_empty() || !plain || name.len() > 256 {
        let constraint = "Member must satisfy regular expression pattern: ^alias/[a-zA-Z0-9/_-]+$";
        return Err(errors::validation("AliasName", Some(name), constraint));
    }
    if rest.starts_with("aws/") {
        return Err(errors::reserved_alias());
    }
    Ok(Alias { region: input.call.region.clone(), name: name.to_owned() })
}

fn arn(input: &Input<'_>, name: &str) -> String {
    let call = input.call;
    format!("arn:{}:kms:{}:{}:{name}", call.partition, call.region, call.account)
}

/// The id of the key that an alias is to point at; documented: an alias is no target.
fn target(account: &Account, input: &Input<'_>) -> Result<String, AwsError> {
    let name = input.required("TargetKeyId")?;
    if name.contains("alias/") {
        return Err(errors::validation("TargetKeyId", Some(name), "Aliases must refer to keys. Not aliases"));
    }
    let key = account.vault.find(&input.call.region, name).ok_or_else(|| errors::no_such_key(name))?;
    // Documented ("Key states of AWS KMS keys").
    if key.state == KeyState::PendingDeletion {
        return Err(errors::unusable(&key.arn, key.state));
    }
    Ok(key.id().to_owned())
}

pub(super) fn create(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let alias = alias(input)?;
    let account = account(accounts, input)?;
    let id = target(account, input)?;
    if account.vault.aliases.contains_key(&alias) {
        return Err(errors::alias_exists(&arn(input, &alias.name)));
    }
    account.vault.aliases.insert(alias, id);
    Ok(json!({}))
}

pub(super) fn update(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let alias = alias(input)?;
    let account = account(accounts, input)?;
    let id = target(account, input)?;
    let known = account.vault.aliases.get_mut(&alias);
    *known.ok_or_else(|| errors::no_such_alias(&arn(input, &alias.name)))? = id;
    Ok(json!({}))
}

pub(super) fn delete(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let alias = alias(input)?;
    let removed = account(accounts, input)?.vault.aliases.remove(&alias);
    removed.map(|_| json!({})).ok_or_else(|| errors::no_such_alias(&arn(input, &alias.name)))
}

pub(super) fn list(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let account = account(accounts, input)?;
    let only = match input.text("KeyId")? {
        Some(name) => {
            let key = account.vault.find(&input.call.region, name);
            Some(key.ok_or_else(|| errors::no_such_key(name))?.id().to_owned())
        }
        None => None,
    };
    let here = account.vault.aliases.iter().filter(|(alias, _)| alias.region == input.call.region);
    let wanted = here.filter(|(_, id)| only.as_ref().is_none_or(|only| only == *id));
    let entries = wanted.map(|(alias, id)| {
        json!({ "AliasName": alias.name, "AliasArn": arn(input, &alias.name), "TargetKeyId": id })
    });
    page(input, "Aliases", entries.collect())
}
