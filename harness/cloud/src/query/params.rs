//! The parameters of a call, checked against those that its operation carries out.

use linchpin_gateway::{AwsError, Form};

use super::{unoffered_parameter, validation};

/// The parameters that every call has.
const COMMON: [&str; 2] = ["Action", "Version"];

/// The parameters of one call.
pub(crate) struct Params<'a>(&'a Form);

impl<'a> Params<'a> {
    /// Refuses the first parameter that is not offered. A name with a final dot offers a list.
    pub(crate) fn check(form: &'a Form, operation: &str, offered: &[&str]) -> Result<Self, AwsError> {
        let is_offered = |name: &str, value: &str| {
            COMMON.contains(&name)
                || offered.iter().any(|offer| match offer.strip_suffix('.') {
                    // SDKs write an empty list as its bare name.
                    Some(list) => {
                        name.starts_with(offer) || (value.is_empty() && list.split('.').next() == Some(name))
                    }
                    None => *offer == name,
                })
        };
        match form.0.iter().find(|(name, value)| !is_offered(name, value)) {
            Some((name, _)) => Err(unoffered_parameter(operation, name)),
            None => Ok(Self(form)),
        }
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&'a str> {
        self.0.get(name)
    }

    pub(crate) fn required(&self, name: &str) -> Result<&'a str, AwsError> {
        self.optional(name).ok_or_else(|| validation(name, None, "Member must not be null"))
    }

    /// A number between two bounds, or the default.
    pub(crate) fn number(&self, name: &str, default: u32, least: u32, most: u32) -> Result<u32, AwsError> {
        let Some(text) = self.optional(name) else { return Ok(default) };
        let number: u32 =
            text.parse().map_err(|_| validation(name, Some(text), "Member must be an integer"))?;
        let bound = if number < least {
            format!("Member must have value greater than or equal to {least}")
        } else if number > most {
            format!("Member must have value less than or equal to {most}")
        } else {
            return Ok(number);
        };
        Err(validation(name, Some(text), &bound))
    }

    /// `true` or `false`, or the default.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, AwsError> {
        match self.optional(name) {
            None => Ok(None),
            Some("true" | "True") => Ok(Some(true)),
            Some("false" | "False") => Ok(Some(false)),
            Some(other) => Err(validation(name, Some(other), "Member must be a boolean")),
        }
    }

    /// The keys and values of a list of tags.
    pub(crate) fn tags(&self, list: &str) -> Vec<(&'a str, &'a str)> {
        self.0.tags(list)
    }

    /// The members of a list, in the form's order: `prefix` is the name up to the number.
    pub(crate) fn list(&self, prefix: &str) -> Vec<&'a str> {
        let members = self.0.0.iter().filter(|(name, _)| name.starts_with(prefix));
        members.map(|(_, value)| value.as_str()).collect()
    }
}

/// A parameter that has one of some values.
pub(crate) fn one_of<'a>(
    params: &Params<'a>,
    name: &str,
    values: &[&str],
) -> Result<Option<&'a str>, AwsError> {
    match params.optional(name) {
        Some(other) if !values.contains(&other) => {
            let constraint = format!("Member must satisfy enum value set: [{}]", values.join(", "));
            Err(validation(name, Some(other), &constraint))
        }
        value => Ok(value),
    }
}
