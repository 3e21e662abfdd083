//! The front of STS.

use std::sync::Arc;

use async_trait::async_trait;
use http::Response;
use linchpin_gateway::{AwsError, Body, Call, Form, Payload, Service, ServiceName};

use super::{assume_role, caller_identity, federation_token, session_token, web_identity};
use crate::{
    Cloud,
    query::{Params, Xml, answer, invalid_action, no_form},
};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The embedded STS.
pub struct Sts {
    cloud: Arc<Cloud>,
}

/// What [`Sts::run`] knows.
const OFFERED: [&str; 5] =
    ["AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity", "GetFederationToken", "GetSessionToken"];

impl Sts {
    /// STS over a cloud's accounts.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    /// Refuses an `AssumeRole` that AWS would refuse, and tells what session it would begin.
    pub(crate) fn rehearse(&self, call: &Call, form: &Form) -> Result<assume_role::Assumed, AwsError> {
        let params = Params::check(form, &call.operation, &assume_role::PARAMETERS)?;
        assume_role::assumed(&self.cloud.read(), call, &params)
    }

    fn run(&self, call: &Call, form: &Form) -> Result<Xml, AwsError> {
        match call.operation.as_str() {
            "AssumeRole" => {
                let params = Params::check(form, &call.operation, &assume_role::PARAMETERS)?;
                assume_role::run(&mut self.cloud.write(), call, &params)
            }
            "AssumeRoleWithWebIdentity" => {
                let params = Params::check(form, &call.operation, &web_identity::PARAMETERS)?;
                web_identity::run(&mut self.cloud.write(), call, &params)
            }
            "GetFederationToken" => {
                let params = Params::check(form, &call.operation, &federation_token::PARAMETERS)?;
                federation_token::run(&mut self.cloud.write(), call, &params)
            }
            "GetCallerIdentity" => {
                Params::check(form, &call.operation, &[])?;
                Ok(caller_identity::run(&self.cloud.read(), call))
            }
            "GetSessionToken" => {
                let params = Params::check(form, &call.operation, &session_token::PARAMETERS)?;
                session_token::run(&mut self.cloud.write(), call, &params)
            }
            other => Err(invalid_action(ServiceName::Sts, other)),
        }
    }
}

#[async_trait]
impl Service for Sts {
    fn offers(&self, operation: &str) -> bool {
        OFFERED.contains(&operation)
    }

    async fn call(&self, call: Call) -> Result<Response<Body>, AwsError> {
        let Payload::Form(form) = &call.payload else { return Err(no_form(ServiceName::Sts)) };
        let result = self.run(&call, form)?;
        Ok(answer(NAMESPACE, &call, Some(&result)))
    }
}
