//! The members of a call, checked against those that its operation carries out.

use base64::{Engine, prelude::BASE64_STANDARD};
use linchpin_gateway::{AwsError, Call};
use serde_json::{Map, Value};

use super::{cipher::EncryptionContext, errors};

/// The members of one call, and who makes it.
pub(super) struct Input<'a> {
    pub(super) call: &'a Call,
    members: &'a Map<String, Value>,
}

impl<'a> Input<'a> {
    /// Refuses the first member that is not offered.
    pub(super) fn check(
        call: &'a Call,
        members: &'a Map<String, Value>,
        offered: &[&str],
    ) -> Result<Self, AwsError> {
        match members.iter().find(|(name, value)| !value.is_null() && !offered.contains(&name.as_str())) {
            Some((name, _)) => Err(errors::unoffered_member(&call.operation, name)),
            None => Ok(Self { call, members }),
        }
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, AwsError> {
        self.value(name).map(|value| value.as_str().ok_or_else(|| errors::serialization(name))).transpose()
    }

    pub(super) fn required(&self, name: &str) -> Result<&'a str, AwsError> {
        self.text(name)?.ok_or_else(|| errors::validation(name, None, "Member must not be null"))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, AwsError> {
        let value = self.value(name).map(|value| value.as_bool().ok_or_else(|| errors::serialization(name)));
        Ok(value.transpose()?.unwrap_or(false))
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&'a str>, AwsError> {
        let Some(value) = self.value(name) else { return Ok(Vec::new()) };
        let texts = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
        texts.ok_or_else(|| errors::serialization(name))
    }

    /// Ends a call that is only tried, where it would begin to change something.
    pub(super) fn unless_dry_run(&self) -> Result<(), AwsError> {
        if self.flag("DryRun")? { Err(errors::dry_run()) } else { Ok(()) }
    }

    /// A number between two bounds.
    pub(super) fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, AwsError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.as_u64().ok_or_else(|| errors::serialization(name))?;
        if (least..=most).contains(&number) {
            return Ok(Some(number));
        }
        let constraint = if number < least {
            format!("Member must have value greater than or equal to {least}")
        } else {
            format!("Member must have value less than or equal to {most}")
        };
        Err(errors::validation(name, Some(&number.to_string()), &constraint))
    }

    /// A blob of at least one byte.
    pub(super) fn blob(&self, name: &str, most: usize) -> Result<Vec<u8>, AwsError> {
        let blob = BASE64_STANDARD.decode(self.required(name)?).map_err(|_| errors::serialization(name))?;
        if blob.is_empty() || blob.len() > most {
            let constraint = format!("Member must have length between 1 and {most}");
            return Err(errors::validation(name, Some("*"), &constraint));
        }
        Ok(blob)
    }

    pub(super) fn context(&self, name: &str) -> Result<EncryptionContext, AwsError> {
        let Some(value) = self.value(name) else { return Ok(EncryptionContext::new()) };
        let pairs = value.as_object().ok_or_else(|| errors::serialization(name))?;
        let pair = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        pairs.iter().map(pair).collect::<Option<_>>().ok_or_else(|| errors::serialization(name))
    }

    /// Documented: the one algorithm of symmetric keys.
    pub(super) fn symmetric(&self, name: &str) -> Result<(), AwsError> {
        match self.text(name)? {
            None | Some("SYMMETRIC_DEFAULT") => Ok(()),
            Some(other) => Err(errors::unoffered_member(&self.call.operation, &format!("{name} {other}"))),
        }
    }
}
