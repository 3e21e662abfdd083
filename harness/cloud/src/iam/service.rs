//! The front of IAM: finds the operation, checks its parameters, answers.

use std::sync::Arc;

use async_trait::async_trait;
use http::Response;
use linchpin_gateway::{AwsError, Body, Call, Form, Payload, Service, ServiceName};

use super::{
    access_keys, account_details, attachments,
    departed::{Leaving, rename},
    documents, groups, instance_profiles, managed_policies,
    operation::{Operation, Request},
    policy_entities, policy_versions, providers, roles, simulate, tags, users,
};
use crate::{
    Cloud,
    query::{Params, Xml, answer, invalid_action, no_form, unknown_account},
};

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// Every operation that is offered.
static OPERATIONS: [&[Operation]; 13] = [
    &users::OPERATIONS,
    &access_keys::OPERATIONS,
    &groups::OPERATIONS,
    &roles::OPERATIONS,
    &attachments::OPERATIONS,
    &managed_policies::OPERATIONS,
    &policy_versions::OPERATIONS,
    &instance_profiles::OPERATIONS,
    &providers::OPERATIONS,
    &simulate::OPERATIONS,
    &tags::OPERATIONS,
    &policy_entities::OPERATIONS,
    &account_details::OPERATIONS,
];

/// The embedded IAM.
pub struct Iam {
    cloud: Arc<Cloud>,
}

impl Iam {
    /// IAM over a cloud's accounts.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    fn run(&self, call: &Call, form: &Form) -> Result<Option<Xml>, AwsError> {
        let (operation, params) = operation(call, form)?;
        let mut accounts = self.cloud.write();
        // Only trust policies name principals, and those may be of other accounts.
        documents::check_trusted(&accounts, &params)?;
        let account = accounts.get_mut(&call.account).ok_or_else(|| unknown_account(&call.account))?;
        let leaving = Leaving::of(account, operation.name, &params);
        let request = Request { params, operation: operation.name, caller: &call.principal };
        let answer = (operation.run)(account, &request)?;
        if let Some((from, to)) = leaving.and_then(|leaving| leaving.renamed(&account.entities)) {
            rename(&mut accounts, &from, &to);
            self.cloud.buckets().rename_principal(&from, &to);
        }
        Ok(answer)
    }

    /// Refuses what AWS would refuse, and changes nothing.
    pub(crate) fn rehearse(&self, call: &Call, form: &Form) -> Result<(), AwsError> {
        let (operation, params) = operation(call, form)?;
        let accounts = self.cloud.read();
        documents::check_trusted(&accounts, &params)?;
        let account = accounts.get(&call.account).ok_or_else(|| unknown_account(&call.account))?;
        let mut copy = account.for_rehearsal();
        drop(accounts);
        (operation.run)(&mut copy, &Request { params, operation: operation.name, caller: &call.principal })
            .map(drop)
    }
}

/// The operation of a call, and its parameters.
fn operation<'a>(call: &Call, form: &'a Form) -> Result<(&'static Operation, Params<'a>), AwsError> {
    let operation = OPERATIONS
        .iter()
        .flat_map(|operations| operations.iter())
        .find(|operation| operation.name == call.operation)
        .ok_or_else(|| invalid_action(ServiceName::Iam, &call.operation))?;
    Ok((operation, Params::check(form, operation.name, operation.parameters)?))
}

#[async_trait]
impl Service for Iam {
    fn offers(&self, operation: &str) -> bool {
        OPERATIONS.iter().flat_map(|operations| operations.iter()).any(|offered| offered.name == operation)
    }

    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let Payload::Form(form) = &call.payload else { return Err(no_form(ServiceName::Iam)) };
        let result = self.run(&call, form)?;
        Ok(answer(NAMESPACE, &call, result.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::OPERATIONS;

    /// The lines of the table of calls that call an operation and expect a refusal, or do not.
    fn lines(operation: &str, refused: bool) -> usize {
        let table = include_str!("../../tests/cases/iam.calls").lines();
        let calls = table.filter_map(|line| line.split_once(" -> "));
        calls
            .filter(|(call, _)| call.split_whitespace().any(|word| word == operation))
            .filter(|(_, expected)| expected.starts_with(|c: char| c.is_ascii_digit()) == refused)
            .count()
    }

    #[test]
    fn every_operation_has_an_accepting_and_a_refusing_case() {
        let names =
            OPERATIONS.iter().flat_map(|operations| operations.iter()).map(|operation| operation.name);
        let (mut unproved, mut total) = (Vec::new(), 0);
        for name in names {
            total += 1;
            if lines(name, false) == 0 || lines(name, true) == 0 {
                unproved.push(name);
            }
        }
        assert!(unproved.is_empty(), "of {total}: {unproved:?}");
    }
}
