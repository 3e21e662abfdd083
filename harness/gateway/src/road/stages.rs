//! The stages that every request passes.

use std::{collections::BTreeMap, sync::Arc};

use http::{HeaderMap, HeaderValue, Request, Response, request::Parts};
use http_body_util::BodyExt;
use linchpin_policy::Context;

use super::{context::shared_context, trip::Trip};
use crate::{
    AwsError, Body, Fault, Faults, Identities, Payload, PrincipalPolicies, Record, Service, ServiceName,
    authenticate::{Claim, Verified, Verifier},
    authorize::{Authorizer, NamedBucket},
    checks::Checks,
    classify::Need,
    faults::Candidate,
    partition::is_region,
    render::error_response,
    server::Transport,
    service::Protocol,
    texts,
    truncate::Truncated,
};

/// The stages with what they look things up in.
pub(crate) struct Road {
    pub(crate) identities: Arc<dyn Identities>,
    pub(crate) services: BTreeMap<ServiceName, Arc<dyn Service>>,
    pub(crate) record: Arc<Record>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) checks: Checks,
}

/// A fault wants the connection to close without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault closed the connection")]
pub(crate) struct Dropped;

impl Road {
    /// Takes a request from its first byte to its recorded answer.
    pub(crate) async fn travel(&self, request: Request<Body>) -> Result<Response<Body>, Dropped> {
        let (parts, body) = request.into_parts();
        let method = parts.method.clone();
        let transport = parts.extensions.get().copied().unwrap_or(Transport::Plain);
        let mut trip = Trip::start(protocol_of(&parts), transport, &parts.headers);
        let answer = self.answer(&mut trip, parts, body).await;
        let mut response = answer.unwrap_or_else(|error| {
            trip.event.error = Some(error.code.clone());
            trip.event.error_message = Some(error.message.clone());
            error_response(&error, trip.protocol, &method, &trip.event.request_id)
        });
        if let Ok(id) = HeaderValue::from_str(&trip.event.request_id) {
            for name in ["x-amz-request-id", "x-amz-id-2", "x-amzn-requestid"] {
                response.headers_mut().insert(name, id.clone());
            }
        }
        // Documented: a refused HeadBucket tells too.
        let region = trip.bucket_region.filter(|_| trip.event.operation == "HeadBucket");
        if let Some(Ok(region)) = region.map(|region| HeaderValue::from_str(&region)) {
            response.headers_mut().insert("x-amz-bucket-region", region);
        }
        let fault = trip.fault;
        trip.event.fault = fault.as_ref().map(|fault| fault.name().to_owned());
        trip.event.status = response.status().as_u16();
        self.record.push(trip.event);
        match fault {
            Some(Fault::Reset) => Err(Dropped),
            Some(Fault::Truncate(after)) => {
                Ok(response.map(|body| Truncated::new(body, after).boxed_unsync()))
            }
            _ => Ok(response),
        }
    }

    /// The service is the one in the scope of the signature, as long as the call has its shape.
    async fn answer(&self, trip: &mut Trip, parts: Parts, body: Body) -> Result<Response<Body>, AwsError> {
        if let Some(service) = service_of_shape(trip.protocol, &parts.headers) {
            trip.event.service = service.to_string();
        }
        check_size(&parts, trip.protocol)?;
        let Some(claim) = Claim::read(&parts, trip.protocol)? else {
            return match trip.protocol {
                Protocol::S3 => {
                    trip.of_service(ServiceName::S3, "us-east-1");
                    self.rest(trip, None, parts, body).await
                }
                Protocol::Query => self.web_identity(trip, parts, body).await,
                Protocol::Json => Err(texts::missing_authentication(trip.protocol)),
            };
        };
        let scope = claim.authorization.credential.clone();
        let service = ServiceName::from_scope(&scope.service)
            .ok_or_else(|| texts::not_implemented(&format!("the service `{}`", scope.service)))?;
        if trip.protocol == Protocol::S3 && parts.uri.path() == "/" {
            // A call that has no shape yet has its service's: what is missing, that service says.
            trip.protocol = service.protocol();
        }
        if service.protocol() != trip.protocol {
            return Err(texts::wrong_service(trip.protocol, &scope.service, shape_of(trip.protocol)));
        }
        if !is_region(&scope.region) {
            return Err(texts::no_such_region(trip.protocol, &scope.region));
        }
        if trip.protocol != Protocol::S3
            && hosts_region(&parts.headers, service).is_some_and(|own| own != scope.region)
        {
            return Err(texts::no_such_region(trip.protocol, &scope.region));
        }
        trip.of_service(service, &scope.region);
        trip.signed = Some((claim.placement, claim.amz_date.clone()));
        match trip.protocol {
            Protocol::S3 => self.rest(trip, Some(&claim), parts, body).await,
            Protocol::Query => self.form(trip, service, &claim, parts, body).await,
            Protocol::Json => self.json(trip, &claim, parts, body).await,
        }
    }

    pub(super) async fn verify(
        &self,
        trip: &mut Trip,
        claim: &Claim,
        parts: &Parts,
        body_hash: &str,
    ) -> Result<Verified, AwsError> {
        let verifier =
            Verifier { identities: &*self.identities, checks: self.checks, protocol: trip.protocol };
        let verified = verifier.verify(claim, parts, body_hash).await?;
        trip.by(verified.caller.clone());
        Ok(verified)
    }

    pub(super) async fn authorize(
        &self,
        trip: &mut Trip,
        headers: &HeaderMap,
        buckets: &[NamedBucket],
        needs: &[Need],
    ) -> Result<(), AwsError> {
        let bearer = trip.caller.behind.as_ref().unwrap_or(&trip.caller.principal);
        let policies = self.identities.principal_policies(bearer).await?;
        let context = shared_context(trip, headers, self.identities.now(&trip.caller.account));
        let mut decisions = Vec::new();
        let judged =
            self.authorizer(trip, &policies, buckets, &context).judge_all(needs, &mut decisions).await;
        trip.event.decisions.extend(decisions);
        judged
    }

    fn authorizer<'a>(
        &'a self,
        trip: &'a Trip,
        policies: &'a PrincipalPolicies,
        buckets: &'a [NamedBucket],
        context: &'a Context,
    ) -> Authorizer<'a> {
        Authorizer {
            identities: &*self.identities,
            checks: self.checks,
            service: trip.service.unwrap_or(ServiceName::S3),
            caller: &trip.caller,
            policies,
            buckets,
            context,
        }
    }

    pub(super) async fn dispatch(
        &self,
        trip: &mut Trip,
        payload: Payload,
    ) -> Result<Response<Body>, AwsError> {
        let service = trip.service.unwrap_or(ServiceName::S3);
        let answering = self.services.get(&service);
        let answering = answering
            .ok_or_else(|| texts::not_implemented(&format!("the service `{service}` in this stack")))?;
        self.strike(trip, service).await?;
        answering.call(trip.call(payload)).await
    }

    /// Faults strike calls that are in order, on the way to their service.
    async fn strike(&self, trip: &mut Trip, service: ServiceName) -> Result<(), AwsError> {
        let candidate = Candidate {
            account: &trip.event.account,
            service,
            operation: &trip.event.operation,
            resources: trip.event.decisions.iter().map(|decided| decided.resource.as_str()).collect(),
        };
        trip.fault = self.faults.strike(&candidate);
        match &trip.fault {
            Some(Fault::Refuse(error)) => Err(error.clone()),
            Some(Fault::Throttle) => Err(texts::throttled(trip.protocol)),
            Some(Fault::Reset) => Err(texts::reset()),
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(*time).await;
                Ok(())
            }
            Some(Fault::Truncate(_)) | None => Ok(()),
        }
    }
}

/// The region of a host of AWS's, such as `sts.eu-west-1.amazonaws.com`. Documented: the hosts of IAM and STS that name
/// none are us-east-1's. S3's are read with their buckets.
fn hosts_region(headers: &HeaderMap, service: ServiceName) -> Option<&str> {
    let (front, _) = headers.get("host")?.to_str().ok()?.split_once(".amazonaws.com")?;
    match (front.strip_prefix(service.prefix())?, service) {
        ("", ServiceName::Iam | ServiceName::Sts) => Some("us-east-1"),
        (rest, _) => rest.strip_prefix('.').filter(|region| is_region(region)),
    }
}

/// The protocol that a request has the shape of.
fn protocol_of(parts: &Parts) -> Protocol {
    let form = "application/x-www-form-urlencoded";
    let is_form =
        parts.headers.get("content-type").is_some_and(|v| v.as_bytes().starts_with(form.as_bytes()));
    let query = parts.uri.query().unwrap_or_default();
    let names_action = || form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "Action");
    if parts.headers.contains_key("x-amz-target") {
        Protocol::Json
    } else if parts.uri.path() == "/" && (is_form || names_action()) {
        Protocol::Query
    } else {
        Protocol::S3
    }
}

/// The service of a request that no signature tells one of; a form's stands in its body.
fn service_of_shape(protocol: Protocol, headers: &HeaderMap) -> Option<ServiceName> {
    let is_kms =
        || headers.get("x-amz-target").is_some_and(|name| name.as_bytes().starts_with(b"TrentService."));
    match protocol {
        Protocol::S3 => Some(ServiceName::S3),
        Protocol::Json => is_kms().then_some(ServiceName::Kms),
        Protocol::Query => None,
    }
}

/// Documented: S3 counts the query too, where signatures and tokens may stand as in headers. How much the others take is
/// written nowhere (inferred: twice as much, which the longest session tokens fit in).
fn check_size(parts: &Parts, protocol: Protocol) -> Result<(), AwsError> {
    let line = |(name, value): (&http::HeaderName, &HeaderValue)| {
        name.as_str().len() + ": ".len() + value.len() + "\r\n".len()
    };
    let headers: usize = parts.headers.iter().map(line).sum();
    let (size, most) = match protocol {
        Protocol::S3 => (headers + parts.uri.query().map_or(0, str::len), 8 * 1024),
        Protocol::Query | Protocol::Json => (headers, 16 * 1024),
    };
    if size > most { Err(texts::headers_too_large(protocol)) } else { Ok(()) }
}

/// The service that errors name where only the protocol is known.
fn shape_of(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::S3 => "s3",
        Protocol::Query => "sts",
        Protocol::Json => "kms",
    }
}
