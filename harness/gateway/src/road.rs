//! The road itself: every request passes the same stages, in the same order.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, Limited};
use linchpin_policy::{Context, Principal};
use sha2::{Digest, Sha256};

use crate::{
    AwsError, Body, BodyError, BucketFacts, Call, Form, Identities, Payload, PrincipalPolicies, Record,
    Service, ServiceName,
    authenticate::{Caller, Claim, verify},
    authorize::Authorizer,
    checks::{Check, Checks},
    classify::{Guard, Need, Place, S3Address, Target, classify_form, classify_rest},
    delete_objects,
    partition::partition_of,
    record::Event,
    render::{error_response, full},
    sigv4::{ChunkedBody, PayloadHash, Trailers, VerifiedBody},
    texts,
};

/// The largest form or XML body that is read whole (documented for policies and deletes: well below).
const LARGEST_BUFFERED_BODY: usize = 2 * 1024 * 1024;

/// The stages with what they look things up in.
pub(crate) struct Road {
    pub(crate) identities: Arc<dyn Identities>,
    pub(crate) services: BTreeMap<ServiceName, Arc<dyn Service>>,
    pub(crate) record: Arc<Record>,
    pub(crate) checks: Checks,
}

/// What became known of one request on its way.
struct Trip {
    service: Option<ServiceName>,
    partition: &'static str,
    caller: Caller,
    event: Event,
}

impl Trip {
    fn start() -> Self {
        let request_id = format!("{:016X}", rand::random::<u64>());
        let event = Event {
            time: SystemTime::now(),
            request_id,
            account: String::new(),
            principal: Principal::Anonymous.arn(),
            access_key_id: None,
            service: String::new(),
            operation: String::new(),
            region: String::new(),
            decisions: Vec::new(),
            status: 0,
            error: None,
        };
        Self { service: None, partition: "aws", caller: Caller::anonymous(), event }
    }

    fn of_service(&mut self, service: ServiceName, region: &str) {
        self.service = Some(service);
        self.event.service = service.to_string();
        region.clone_into(&mut self.event.region);
        self.partition = partition_of(region);
    }

    fn by(&mut self, caller: Caller) {
        self.event.account.clone_from(&caller.account);
        self.event.principal = caller.principal.arn();
        self.event.access_key_id.clone_from(&caller.access_key_id);
        self.caller = caller;
    }

    fn call(&self, payload: Payload) -> Call {
        Call {
            principal: self.caller.principal.clone(),
            account: self.caller.account.clone(),
            partition: self.partition.to_owned(),
            region: self.event.region.clone(),
            operation: self.event.operation.clone(),
            request_id: self.event.request_id.clone(),
            payload,
        }
    }
}

impl Road {
    /// Takes a request from its first byte to its recorded answer.
    pub(crate) async fn travel(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let method = parts.method.clone();
        let mut trip = Trip::start();
        let answer = self.answer(&mut trip, parts, body).await;
        let mut response = answer.unwrap_or_else(|error| {
            trip.event.error = Some(error.code.clone());
            error_response(&error, trip.service, &method, &trip.event.request_id)
        });
        if let Ok(id) = HeaderValue::from_str(&trip.event.request_id) {
            response.headers_mut().insert("x-amz-request-id", id.clone());
            response.headers_mut().insert("x-amz-id-2", id);
        }
        trip.event.status = response.status().as_u16();
        self.record.push(trip.event);
        response
    }

    async fn answer(&self, trip: &mut Trip, parts: Parts, body: Body) -> Result<Response<Body>, AwsError> {
        match Claim::read(&parts.headers)? {
            Some(claim) => {
                let scope = claim.authorization.credential.clone();
                let service = ServiceName::from_scope(&scope.service)
                    .ok_or_else(|| texts::not_implemented(&format!("the service `{}`", scope.service)))?;
                trip.of_service(service, &scope.region);
                match service {
                    ServiceName::S3 => self.rest(trip, Some(&claim), parts, body).await,
                    ServiceName::Iam | ServiceName::Sts | ServiceName::Redshift => {
                        self.form(trip, service, &claim, parts, body).await
                    }
                }
            }
            None if is_form(&parts) => {
                trip.service = Some(ServiceName::Sts);
                Err(texts::missing_authentication())
            }
            None => {
                trip.of_service(ServiceName::S3, "us-east-1");
                self.rest(trip, None, parts, body).await
            }
        }
    }

    async fn rest(
        &self,
        trip: &mut Trip,
        claim: Option<&Claim>,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, AwsError> {
        let hash = claim.and_then(|claim| claim.payload_hash.clone());
        if let Some(claim) = claim {
            let hash = hash.as_ref().ok_or_else(missing_content_hash)?;
            let caller =
                verify(claim, &parts, hash.as_signed(), ServiceName::S3, &*self.identities, self.checks)
                    .await?;
            trip.by(caller);
        }
        let address = S3Address::of(&parts);
        let target = classify_rest(&parts, &address, trip.partition)?;
        trip.event.operation.clone_from(&target.operation);
        let bucket = self.bucket(trip, claim.is_some(), &address, &target).await?;
        let verified = self.checks.enforce(Check::Signature);
        let (parts, body) = unwrap_payload(parts, body, hash.filter(|_| verified), &address)?;
        let road = RestRoad { road: self, address: &address, bucket: bucket.as_ref(), parts: &parts };
        road.authorize(trip, &target.needs).await?;
        if target.operation == "DeleteObjects" {
            return road.delete_objects(trip, body).await;
        }
        let answer = self.dispatch(trip, Payload::Rest(Box::new(parts.clone()), body)).await;
        road.hide_missing_key(trip, &target, answer).await
    }

    /// The bucket must exist, in the region that the request was signed for (documented: before any policy).
    async fn bucket(
        &self,
        trip: &Trip,
        signed: bool,
        address: &S3Address,
        target: &Target,
    ) -> Result<Option<BucketFacts>, AwsError> {
        let Some(name) = address.bucket.as_deref().filter(|_| target.operation != "CreateBucket") else {
            return Ok(None);
        };
        let facts = self.identities.bucket(trip.partition, name).await;
        let facts = facts.ok_or_else(|| texts::no_such_bucket(name))?;
        // Where a bucket is may be asked from everywhere: that is what the call is for.
        let must_match = signed && target.operation != "GetBucketLocation";
        if must_match && facts.region != trip.event.region && self.checks.enforce(Check::BucketRegion) {
            return Err(texts::permanent_redirect(name, &facts.region));
        }
        Ok(Some(facts))
    }

    async fn form(
        &self,
        trip: &mut Trip,
        service: ServiceName,
        claim: &Claim,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, AwsError> {
        let bytes = read_whole(body).await?;
        let hash = hex::encode(Sha256::digest(&bytes));
        let caller = verify(claim, &parts, &hash, service, &*self.identities, self.checks).await?;
        trip.by(caller);
        let form = Form(form_urlencoded::parse(&bytes).into_owned().collect());
        let operation = form.get("Action").ok_or_else(|| texts::invalid_action(service, ""))?;
        let account = trip.caller.account.clone();
        let place = Place { partition: trip.partition, region: &trip.event.region, account: &account };
        let target = classify_form(service, operation, &form, &place);
        trip.event.operation.clone_from(&target.operation);
        self.authorize(trip, &parts.headers, None, &target.needs).await?;
        self.dispatch(trip, Payload::Form(form)).await
    }

    async fn authorize(
        &self,
        trip: &mut Trip,
        headers: &HeaderMap,
        bucket: Option<&BucketFacts>,
        needs: &[Need],
    ) -> Result<(), AwsError> {
        let policies = self.identities.principal_policies(&trip.caller.principal).await;
        let context = shared_context(trip, headers);
        let mut decisions = Vec::new();
        let judged =
            self.authorizer(trip, &policies, bucket, &context).judge_all(needs, &mut decisions).await;
        trip.event.decisions.extend(decisions);
        judged
    }

    fn authorizer<'a>(
        &'a self,
        trip: &'a Trip,
        policies: &'a PrincipalPolicies,
        bucket: Option<&'a BucketFacts>,
        context: &'a Context,
    ) -> Authorizer<'a> {
        Authorizer {
            identities: &*self.identities,
            checks: self.checks,
            service: trip.service.unwrap_or(ServiceName::S3),
            caller: &trip.caller,
            policies,
            bucket,
            context,
        }
    }

    async fn dispatch(&self, trip: &Trip, payload: Payload) -> Result<Response<Body>, AwsError> {
        let service = trip.service.unwrap_or(ServiceName::S3);
        let answering = self.services.get(&service);
        let answering = answering
            .ok_or_else(|| texts::not_implemented(&format!("the service `{service}` in this stack")))?;
        answering.call(trip.call(payload)).await
    }
}

/// The road of one S3 request, once it is known which bucket it is for.
struct RestRoad<'a> {
    road: &'a Road,
    address: &'a S3Address,
    bucket: Option<&'a BucketFacts>,
    parts: &'a Parts,
}

impl RestRoad<'_> {
    async fn authorize(&self, trip: &mut Trip, needs: &[Need]) -> Result<(), AwsError> {
        self.road.authorize(trip, &self.parts.headers, self.bucket, needs).await
    }

    /// Documented: without `s3:ListBucket`, a key that is not there is answered like one that is not allowed.
    async fn hide_missing_key(
        &self,
        trip: &mut Trip,
        target: &Target,
        answer: Result<Response<Body>, AwsError>,
    ) -> Result<Response<Body>, AwsError> {
        let missing = matches!(&answer, Err(error) if error.code == "NoSuchKey");
        let reads = matches!(target.operation.as_str(), "GetObject" | "HeadObject");
        if let (true, true, Some(bucket)) = (missing, reads, &self.address.bucket)
            && self.road.checks.enforce(Check::MissingKeyIsSecret)
        {
            let need = Need {
                action: "s3:ListBucket".to_owned(),
                resource: format!("arn:{}:s3:::{bucket}", trip.partition),
                context: Context::default(),
                guard: Guard::Bucket(bucket.clone()),
            };
            self.authorize(trip, &[need]).await?;
        }
        answer
    }

    async fn delete_objects(&self, trip: &mut Trip, body: Body) -> Result<Response<Body>, AwsError> {
        let bucket = self.address.bucket.clone().unwrap_or_default();
        let keys = delete_objects::keys(&read_whole(body).await?)?;
        let (mut allowed, mut refused) = (Vec::new(), Vec::new());
        for key in keys {
            match self.authorize(trip, &[delete_objects::need(trip.partition, &bucket, &key)]).await {
                Ok(()) => allowed.push(key),
                Err(error) => refused.push((key, error)),
            }
        }
        let answer = self.delete_allowed(trip, &allowed).await?;
        if let Some((_, error)) = refused.first() {
            trip.event.error = Some(error.code.clone());
        }
        Ok(xml_response(delete_objects::with_refusals(&answer, &refused)))
    }

    async fn delete_allowed(&self, trip: &Trip, keys: &[String]) -> Result<Bytes, AwsError> {
        if keys.is_empty() {
            return Ok(Bytes::new());
        }
        let body = delete_objects::request_for(keys);
        let mut parts = self.parts.clone();
        parts.headers.insert("content-length", HeaderValue::from(body.len()));
        // The digests were of the body that the client sent.
        for name in parts
            .headers
            .keys()
            .filter(|name| name.as_str().starts_with("x-amz-checksum-"))
            .cloned()
            .collect::<Vec<_>>()
        {
            parts.headers.remove(name);
        }
        parts.headers.remove("content-md5");
        let answer = self.road.dispatch(trip, Payload::Rest(Box::new(parts), full(body))).await?;
        read_whole(answer.into_body()).await
    }
}

/// Takes the signature and the framing off: services see the request as it would be without them.
fn unwrap_payload(
    mut parts: Parts,
    body: Body,
    hash: Option<PayloadHash>,
    address: &S3Address,
) -> Result<(Parts, Body), AwsError> {
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    parts.uri = format!("{}{query}", address.path).parse().map_err(|_| {
        AwsError::new(StatusCode::BAD_REQUEST, "InvalidURI", "Couldn't parse the specified URI.")
    })?;
    let chunked = parts
        .headers
        .get("x-amz-content-sha256")
        .is_some_and(|mode| mode == PayloadHash::UnsignedChunksWithTrailer.as_signed());
    for name in ["authorization", "x-amz-content-sha256", "x-amz-security-token", "x-amz-trailer"] {
        parts.headers.remove(name);
    }
    if chunked {
        let trailers = Trailers::default();
        parts.extensions.insert(trailers.clone());
        let length = parts.headers.remove("x-amz-decoded-content-length");
        set_or_remove(&mut parts.headers, "content-length", length);
        remove_chunked_encoding(&mut parts.headers);
        return Ok((parts, ChunkedBody::new(body, trailers).boxed_unsync()));
    }
    match hash {
        Some(PayloadHash::Sha256(expected)) => Ok((parts, VerifiedBody::new(body, expected).boxed_unsync())),
        Some(PayloadHash::Unsigned | PayloadHash::UnsignedChunksWithTrailer) | None => Ok((parts, body)),
    }
}

fn set_or_remove(headers: &mut HeaderMap, name: &'static str, value: Option<HeaderValue>) {
    match value {
        Some(value) => headers.insert(name, value),
        None => headers.remove(name),
    };
}

/// `aws-chunked` is framing, not an encoding of the object: S3 does not store it (documented).
fn remove_chunked_encoding(headers: &mut HeaderMap) {
    let kept = headers.get("content-encoding").and_then(|value| value.to_str().ok()).map(|value| {
        let codings = value.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked");
        codings.collect::<Vec<_>>().join(",")
    });
    let kept = kept.filter(|value| !value.is_empty()).and_then(|value| HeaderValue::from_str(&value).ok());
    set_or_remove(headers, "content-encoding", kept);
}

/// The condition keys that do not depend on the resource (documented: global condition keys).
fn shared_context(trip: &Trip, headers: &HeaderMap) -> Context {
    let mut context = trip.caller.principal.condition_keys();
    context.set("aws:RequestedRegion", &trip.event.region);
    context.set("aws:SecureTransport", "false");
    context.set("aws:SourceIp", "127.0.0.1");
    if let Some(agent) = headers.get("user-agent").and_then(|value| value.to_str().ok()) {
        context.set("aws:UserAgent", agent);
    }
    if trip.service == Some(ServiceName::S3) {
        context.set("s3:authType", "REST-HEADER");
        context.set("s3:signatureversion", "AWS4-HMAC-SHA256");
    }
    context
}

fn is_form(parts: &Parts) -> bool {
    parts
        .headers
        .get("content-type")
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

fn missing_content_hash() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        "Missing required header for this request: x-amz-content-sha256",
    )
}

async fn read_whole(body: Body) -> Result<Bytes, AwsError> {
    match Limited::new(body, LARGEST_BUFFERED_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if matches!(error.downcast_ref(), Some(BodyError::Sha256Mismatch)) => {
            Err(texts::payload_mismatch())
        }
        Err(error) => Err(AwsError::new(
            StatusCode::BAD_REQUEST,
            "IncompleteBody",
            format!("The request body could not be read: {error}"),
        )),
    }
}

fn xml_response(body: Bytes) -> Response<Body> {
    let mut response = Response::new(full(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/xml"));
    response
}
