//! A request as policies see it, and the policies that apply to it.

use std::collections::BTreeMap;

use crate::{Document, Principal};

/// Condition keys with their values; keys match without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// Sets a single-valued key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.values.insert(key.to_ascii_lowercase(), vec![value.into()]);
    }

    /// Sets a multi-valued key; no values at all is not the same as an absent key.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        self.values.insert(key.to_ascii_lowercase(), values);
    }

    /// The values of a key, or none when the request does not carry it.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.values.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// As [`Self::get`], for a key that is in lower case already.
    pub(crate) fn get_lowercase(&self, key: &str) -> Option<&[String]> {
        self.values.get(key).map(Vec::as_slice)
    }

    /// Every key (in lower case) with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.values.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }
}

/// One action on one resource by one principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// `service:Action`, in AWS's own spelling.
    pub action: String,
    /// The resource's ARN, or `*` for an action without one.
    pub resource: String,
    /// The account that owns the resource; none where no account owns it yet or the action has no resource.
    pub resource_account: Option<String>,
    /// Condition keys.
    pub context: Context,
}

/// A document and the name that decisions tell it by.
#[derive(Clone, Copy, Debug)]
pub struct NamedDocument<'a> {
    /// The policy's name, as an administrator knows it.
    pub name: &'a str,
    /// The parsed policy.
    pub document: &'a Document,
}

/// Every document that applies to a request.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a> {
    /// Inline and managed policies of the principal and its groups.
    pub identity: Vec<NamedDocument<'a>>,
    /// The permissions boundary, where one is set; several documents are read as one.
    pub boundary: Option<Vec<NamedDocument<'a>>>,
    /// The service control policies of each level from the organization's root down to the account; each level
    /// must allow. No levels at all for an account outside of organizations.
    pub service_control: Vec<Vec<NamedDocument<'a>>>,
    /// The resource control policies of each level from the root of the resource's organization down to its
    /// account; each level must allow. No levels at all where none apply, as for most services' resources.
    pub resource_control: Vec<Vec<NamedDocument<'a>>>,
    /// The session policies, where the session was made with some.
    pub session: Option<Vec<NamedDocument<'a>>>,
    /// The bucket, key or trust policy of the resource.
    pub resource: Option<NamedDocument<'a>>,
    /// Whether the resource's policy must itself allow: true for `sts:AssumeRole*` and for KMS keys, where an
    /// identity policy alone is never enough.
    pub resource_policy: ResourcePolicyRule,
}

/// What a resource policy can and must do for a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResourcePolicyRule {
    /// Within one account either side may allow (buckets).
    #[default]
    MayAllow,
    /// The trust policy of a role: it must allow.
    TrustMustAllow,
    /// A KMS key policy: it must allow.
    MustAllow,
}
