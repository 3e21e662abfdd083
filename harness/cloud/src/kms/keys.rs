//! The life of keys.

use linchpin_gateway::{AwsError, KeyState};
use serde_json::{Value, json};
use time::Duration;

use super::{
    crypt::{find, find_mut},
    errors,
    input::Input,
    key::{Key, Manager, seconds, state},
    policies, tags,
    vault::Home,
};
use crate::cloud::Accounts;

pub(super) fn create(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    for (member, offered) in
        [("KeyUsage", "ENCRYPT_DECRYPT"), ("KeySpec", "SYMMETRIC_DEFAULT"), ("Origin", "AWS_KMS")]
    {
        if let Some(other) = input.text(member)?.filter(|value| *value != offered) {
            return Err(errors::unoffered_member("CreateKey", &format!("{member} {other}")));
        }
    }
    if input.flag("MultiRegion")? {
        return Err(errors::unoffered_member("CreateKey", "MultiRegion"));
    }
    let policy = policies::for_new_key(accounts, input)?;
    let tags = tags::asked(input)?;
    let call = input.call;
    let account = accounts.get_mut(&call.account).ok_or_else(|| errors::no_such_key(&call.account))?;
    let home =
        Home { partition: &call.partition, account: &call.account, region: &call.region, now: account.now() };
    let description = input.text("Description")?.unwrap_or_default();
    let id = account.vault.create(&home, description, Manager::Customer, policy);
    let key = account.vault.find_mut(&call.region, &id).ok_or_else(|| errors::no_such_key(&id))?;
    key.tags = tags;
    Ok(json!({ "KeyMetadata": key.metadata() }))
}

pub(super) fn describe(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    Ok(json!({ "KeyMetadata": find(accounts, input, input.required("KeyId")?)?.metadata() }))
}

pub(super) fn list(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let vault = accounts.get(&input.call.account).map(|account| &account.vault);
    let keys = vault.into_iter().flat_map(|vault| &vault.keys);
    let keys = keys.filter(|(place, _)| place.region == input.call.region);
    let keys = keys.map(|(_, key)| json!({ "KeyId": key.id(), "KeyArn": key.arn })).collect();
    page(input, "Keys", keys)
}

/// A part of a list; a marker is the position where it goes on.
pub(super) fn page(input: &Input<'_>, name: &str, all: Vec<Value>) -> Result<Value, AwsError> {
    let start: usize = match input.text("Marker")? {
        Some(text) => {
            text.parse().map_err(|_| errors::validation("Marker", Some(text), "Member is not valid"))?
        }
        None => 0,
    };
    let limit = input.number("Limit", 1, 1000)?.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100);
    let end = start.saturating_add(limit);
    let more = end < all.len();
    let part: Vec<Value> = all.into_iter().skip(start).take(limit).collect();
    let mut answer = json!({ name: part, "Truncated": more });
    if let (true, Some(fields)) = (more, answer.as_object_mut()) {
        fields.insert("NextMarker".to_owned(), json!(end.to_string()));
    }
    Ok(answer)
}

pub(super) fn enable(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    switch(accounts, input, KeyState::Enabled)
}

pub(super) fn disable(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    switch(accounts, input, KeyState::Disabled)
}

fn switch(accounts: &mut Accounts, input: &Input<'_>, to: KeyState) -> Result<Value, AwsError> {
    staying_key(accounts, input)?.state = to;
    Ok(json!({}))
}

/// Documented: 7 to 30 days, 30 by default.
pub(super) fn schedule_deletion(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let days = input.number("PendingWindowInDays", 7, 30)?.unwrap_or(30);
    let now = accounts.get(&input.call.account).map(crate::account::Account::now);
    let key = staying_key(accounts, input)?;
    let deletion = now.unwrap_or(key.created) + Duration::days(i64::try_from(days).unwrap_or(30));
    key.state = KeyState::PendingDeletion;
    key.deletion = Some(deletion);
    Ok(json!({
        "KeyId": key.arn,
        "DeletionDate": seconds(deletion),
        "KeyState": state(key.state),
        "PendingWindowInDays": days,
    }))
}

/// Documented: the key is disabled afterwards.
pub(super) fn cancel_deletion(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let key = own_key(accounts, input)?;
    if key.state != KeyState::PendingDeletion {
        return Err(errors::not_pending(&key.arn));
    }
    key.state = KeyState::Disabled;
    key.deletion = None;
    Ok(json!({ "KeyId": key.arn }))
}

pub(super) fn update_description(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let description = input.required("Description")?.to_owned();
    staying_key(accounts, input)?.description = description;
    Ok(json!({}))
}

/// A key that its account may change, and that is there to stay. Documented ("Key states of AWS KMS keys"): what is pending
/// deletion is not described, tagged or named anew.
pub(super) fn staying_key<'a>(
    accounts: &'a mut Accounts,
    input: &Input<'_>,
) -> Result<&'a mut Key, AwsError> {
    let key = own_key(accounts, input)?;
    if key.state == KeyState::PendingDeletion { Err(errors::unusable(&key.arn, key.state)) } else { Ok(key) }
}

pub(super) fn enabled_key<'a>(
    accounts: &'a mut Accounts,
    input: &Input<'_>,
) -> Result<&'a mut Key, AwsError> {
    let key = own_key(accounts, input)?;
    if key.state == KeyState::Enabled { Ok(key) } else { Err(errors::unusable(&key.arn, key.state)) }
}

/// A key that its account may change.
pub(super) fn own_key<'a>(accounts: &'a mut Accounts, input: &Input<'_>) -> Result<&'a mut Key, AwsError> {
    let key = find_mut(accounts, input, input.required("KeyId")?)?;
    match key.manager {
        Manager::Customer => Ok(key),
        Manager::Aws => Err(errors::managed_by_aws(&key.arn)),
    }
}
