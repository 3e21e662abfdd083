//! The tags of keys.

use std::collections::BTreeMap;

use linchpin_gateway::AwsError;
use serde_json::{Value, json};

use super::{
    crypt::find,
    errors,
    input::Input,
    keys::{page, staying_key},
};
use crate::cloud::Accounts;

/// Documented: the most tags of a key, and the most characters of a tag's key and value.
const MOST: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

pub(super) fn tag(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let asked = asked(input)?;
    if asked.is_empty() {
        return Err(errors::validation("Tags", None, "Member must not be null"));
    }
    let key = staying_key(accounts, input)?;
    let mut tags = key.tags.clone();
    tags.extend(asked);
    if tags.len() > MOST {
        return Err(errors::too_many_tags());
    }
    key.tags = tags;
    Ok(json!({}))
}

/// Documented: a key that is not there is taken for removed.
pub(super) fn untag(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let keys = input.texts("TagKeys")?;
    if keys.is_empty() {
        return Err(errors::validation("TagKeys", None, "Member must not be null"));
    }
    staying_key(accounts, input)?.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(json!({}))
}

pub(super) fn list(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let key = find(accounts, input, input.required("KeyId")?)?;
    let tags = key.tags.iter().map(|(key, value)| json!({ "TagKey": key, "TagValue": value }));
    page(input, "Tags", tags.collect())
}

/// The tags in a call; none where it names none.
pub(super) fn asked(input: &Input<'_>) -> Result<BTreeMap<String, String>, AwsError> {
    let Some(list) = input.value("Tags") else { return Ok(BTreeMap::new()) };
    let list = list.as_array().ok_or_else(|| errors::serialization("Tags"))?;
    let mut tags = BTreeMap::new();
    for tag in list {
        let text =
            |name: &str| tag.get(name).and_then(Value::as_str).ok_or_else(|| errors::serialization(name));
        let (key, value) = (text("TagKey")?, text("TagValue")?);
        check(key, value)?;
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(errors::repeated_tag());
        }
    }
    if tags.len() > MOST { Err(errors::too_many_tags()) } else { Ok(tags) }
}

fn check(key: &str, value: &str) -> Result<(), AwsError> {
    if key.to_lowercase().starts_with("aws:") {
        return Err(errors::reserved_tag());
    }
    let fits = |text: &str, shortest, longest| (shortest..=longest).contains(&text.chars().count());
    match fits(key, 1, LONGEST_KEY) && fits(value, 0, LONGEST_VALUE) {
        true => Ok(()),
        false => {
            let constraint = format!("Member must have length less than or equal to {LONGEST_KEY}");
            Err(errors::validation("Tags", Some(key), &constraint))
        }
    }
}
