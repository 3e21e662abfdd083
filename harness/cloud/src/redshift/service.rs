//! The front of the control plane.

use std::sync::Arc;

use async_trait::async_trait;
use http::Response;
use linchpin_gateway::{AwsError, Body, Call, Form, Payload, Service, ServiceName};

use super::operations::{OPERATIONS, Request};
use crate::{
    Cloud,
    query::{Params, Xml, answer, invalid_action, no_form, unknown_account},
};

const NAMESPACE: &str = "http://redshift.amazonaws.com/doc/2012-12-01/";

/// The embedded control plane of Redshift.
pub struct Redshift {
    cloud: Arc<Cloud>,
}

impl Redshift {
    /// The control plane over a cloud's accounts.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    fn run(&self, call: &Call, form: &Form) -> Result<Xml, AwsError> {
        let operation = OPERATIONS
            .iter()
            .find(|operation| operation.name == call.operation)
            .ok_or_else(|| invalid_action(ServiceName::Redshift, &call.operation))?;
        let params = Params::check(form, operation.name, operation.parameters)?;
        let mut accounts = self.cloud.write();
        let account = accounts.get_mut(&call.account).ok_or_else(|| unknown_account(&call.account))?;
        (operation.run)(account, &Request { params, region: &call.region, caller: &call.principal })
    }
}

#[async_trait]
impl Service for Redshift {
    fn offers(&self, operation: &str) -> bool {
        OPERATIONS.iter().any(|offered| offered.name == operation)
    }

    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let Payload::Form(form) = &call.payload else { return Err(no_form(ServiceName::Redshift)) };
        let result = self.run(&call, form)?;
        Ok(answer(NAMESPACE, &call, Some(&result)))
    }
}
