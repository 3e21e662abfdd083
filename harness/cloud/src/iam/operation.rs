//! Operations as a table: name, parameters that are carried out, and what does it.

use linchpin_gateway::AwsError;
use linchpin_policy::Principal;

use super::errors;
use crate::{
    account::Account,
    query::{Params, Xml},
};

/// One operation of IAM.
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// The parameters that it carries out; others are refused by name.
    pub(super) parameters: &'static [&'static str],
    pub(super) run: Run,
}

/// Carries a call out on its account; no XML for operations that return nothing.
pub(super) type Run = fn(&mut Account, &Request<'_>) -> Result<Option<Xml>, AwsError>;

/// What was asked, and by whom.
pub(super) struct Request<'a> {
    pub(super) params: Params<'a>,
    pub(super) operation: &'a str,
    pub(super) caller: &'a Principal,
}

impl Operation {
    pub(super) const fn new(name: &'static str, parameters: &'static [&'static str], run: Run) -> Self {
        Self { name, parameters, run }
    }
}

impl<'a> Request<'a> {
    /// The user in the call, or the caller itself (documented for `GetUser` and the access keys).
    pub(super) fn user_or_caller(&self) -> Result<&'a str, AwsError> {
        if self.params.optional("UserName").is_some() {
            return super::names::USER.name(&self.params);
        }
        match self.caller {
            Principal::User { arn, .. } => Ok(arn.rsplit('/').next().unwrap_or_default()),
            _ => Err(errors::must_name_user()),
        }
    }
}
