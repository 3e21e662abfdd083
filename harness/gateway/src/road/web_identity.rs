//! `AssumeRoleWithWebIdentity`: nobody signs it, a token tells who asks (documented: the STS API reference).

use http::{Response, request::Parts};
use linchpin_policy::Principal;

use super::{
    calls::{given, keep_answer, service_of},
    payload::read_whole,
    stages::Road,
    trip::Trip,
};
use crate::{
    AwsError, Body, Form, Payload, ServiceName, authenticate::Caller, classify::web_identity_need,
    parameters, service::Protocol, texts, web_identity::Token,
};

const OPERATION: &str = "AssumeRoleWithWebIdentity";

/// Documented: nobody signs this one either. It is not offered.
const WITH_SAML: &str = "AssumeRoleWithSAML";

impl Road {
    /// The only form that needs no signature.
    pub(super) async fn web_identity(
        &self,
        trip: &mut Trip,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, AwsError> {
        let form = Form(given(&parts, &read_whole(body).await?));
        let action = form.get("Action").unwrap_or_default();
        trip.name(action);
        if let Some(service) = service_of(&form) {
            trip.of_service(service, "us-east-1");
        }
        if action == WITH_SAML {
            return Err(texts::invalid_action(ServiceName::Sts, WITH_SAML));
        }
        let offered = self.services.get(&ServiceName::Sts).is_some_and(|sts| sts.offers(OPERATION));
        if action != OPERATION || !offered {
            return Err(texts::missing_authentication(Protocol::Query));
        }
        trip.of_service(ServiceName::Sts, "us-east-1");
        trip.event.request_parameters = parameters::kept(parameters::of_form(&form));
        let role = form.get("RoleArn").unwrap_or_default().to_owned();
        trip.in_partition_of(&role);
        let account = role.split(':').nth(4).unwrap_or_default().to_owned();
        let token = Token::parse(form.get("WebIdentityToken").unwrap_or_default())?;
        let issuer = self.identities.issuer(&account, token.issuer()).await?;
        let issuer = issuer.ok_or_else(|| texts::no_such_issuer(token.issuer()))?;
        let identity = token.verify(&issuer, self.identities.now(&account))?;
        let claims = identity.condition_keys();
        let principal = Principal::WebIdentity {
            provider_arn: issuer.provider_arn,
            subject: identity.subject,
            audience: identity.audience,
        };
        trip.by(Caller::unsigned(principal, account));
        self.authorize(trip, &parts.headers, &[], &[web_identity_need(&form, claims)]).await?;
        let answer = self.dispatch(trip, Payload::Form(form)).await?;
        keep_answer(trip, answer).await
    }
}
