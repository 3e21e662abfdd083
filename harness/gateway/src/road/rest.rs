//! The road of S3's calls.

use bytes::Bytes;
use http::{HeaderValue, Response, request::Parts};
use linchpin_policy::{Context, Document, DocumentKind, Statement};

use super::{
    checksums::{check_sdk_algorithm, has_digest},
    details::told,
    encryption::WRITES,
    objects::Objects,
    ownership::{EXPECTED, SOURCE_EXPECTED, check_owner, without_acl},
    payload::{AsSent, Seal, read_whole, unwrap_payload, unwrap_query, xml_response},
    stages::Road,
    trip::Trip,
    uploads::{GOES_ON, with_upload},
};
use crate::{
    AwsError, Body, BucketFacts, Payload,
    authenticate::{Claim, Placement},
    authorize::NamedBucket,
    checks::Check,
    classify::{
        Guard, Need, S3Address, TagsAsked, Target, classify_rest, is_about_tags_there, location_constraint,
        operation_of, with_tags,
    },
    delete_objects::{self, Asked, Named},
    parameters,
    render::full,
    texts,
};

impl Road {
    pub(super) async fn rest(
        &self,
        trip: &mut Trip,
        claim: Option<&Claim>,
        mut parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, AwsError> {
        let address = S3Address::of(&parts);
        // The record names a call that is refused, whatever it is refused for.
        trip.event.operation = operation_of(&parts, &address);
        let seal = match claim {
            Some(claim) => Some(self.seal(trip, claim, &parts).await?),
            None => None,
        };
        unwrap_query(&mut parts)?;
        self.hosts_region(trip, claim.is_some(), &address)?;
        trip.event.request_parameters = parameters::kept(parameters::of_rest(&parts, &address));
        let target = classify_rest(&parts, &address, trip.partition)?;
        let buckets = self.buckets(trip, claim.is_some(), &address, &target).await?;
        for (bucket, header) in buckets.iter().zip([EXPECTED, SOURCE_EXPECTED]) {
            check_owner(&parts.headers, header, &bucket.facts)?;
        }
        let (mut parts, body) = unwrap_payload(parts, body, seal, &address)?;
        let (needs, body) = with_body(&target, body).await?;
        let objects = self.objects(trip, &address, &target, &parts).await?;
        let needs = with_upload(trip, needs, objects.upload.as_ref(), &target);
        let needs = with_tags_there(trip, needs, &objects, &address, &target, &parts);
        let keys = self.key_needs(trip, &target, &address, &objects, &buckets, &mut parts).await;
        let acl = without_acl(&mut parts.headers);
        let road = RestRoad { road: self, address: &address, buckets: &buckets, parts: &parts };
        road.authorize(trip, &needs).await?;
        // Only who may reach the object learns what is wrong with its key.
        road.authorize(trip, &keys?).await?;
        acl?;
        check_sdk_algorithm(&parts)?;
        if target.operation == "DeleteObjects" {
            return road.delete_objects(trip, body).await;
        }
        let body = match target.operation.as_str() {
            "PutBucketPolicy" => road.with_known_principals(trip, body).await?,
            _ => body,
        };
        let answer = self.dispatch(trip, Payload::Rest(Box::new(parts.clone()), body)).await;
        // Where the source of a copy is there, what is missing is its target.
        let source = target.source.as_ref().filter(|_| objects.source.is_none());
        let answer = answer.map_err(|error| told(error, &parts, source.unwrap_or(&address)));
        road.hide_missing_key(trip, &target, source, answer).await
    }

    /// The rights on KMS keys that a call takes besides its own.
    async fn key_needs(
        &self,
        trip: &Trip,
        target: &Target,
        address: &S3Address,
        objects: &Objects<'_>,
        buckets: &[NamedBucket],
        parts: &mut Parts,
    ) -> Result<Vec<Need>, AwsError> {
        let Some(bucket) = buckets.first() else { return Ok(Vec::new()) };
        let mut needs = Vec::new();
        match target.operation.as_str() {
            operation if WRITES.contains(&operation) => {
                needs.extend(self.sealing_need(trip, address, &bucket.facts, &mut parts.headers).await?);
            }
            "GetObject" | "HeadObject" | "GetObjectAttributes" => {
                if let Some(object) = &objects.target {
                    needs.extend(self.opening_need(trip, object, &bucket.facts).await?);
                }
            }
            operation if GOES_ON.contains(&operation) => {
                needs.extend(self.part_need(trip, objects.upload.as_ref(), address, &bucket.facts).await?);
            }
            _ => {}
        }
        if let (Some(source), Some(bucket)) = (&objects.source, buckets.get(1)) {
            needs.extend(self.opening_need(trip, source, &bucket.facts).await?);
        }
        Ok(needs)
    }

    async fn seal(&self, trip: &mut Trip, claim: &Claim, parts: &Parts) -> Result<Seal, AwsError> {
        if claim.placement == Placement::Query(None) {
            return Err(texts::incomplete_query_authorization());
        }
        let hash = claim.payload()?;
        let verified = self.verify(trip, claim, parts, hash.as_signed()).await?;
        let chain = Some(verified.chain).filter(|_| self.checks.enforce(Check::Signature));
        Ok(Seal { hash, chain })
    }

    /// A host that names a region takes no signatures for another (documented).
    fn hosts_region(&self, trip: &Trip, signed: bool, address: &S3Address) -> Result<(), AwsError> {
        match &address.region {
            Some(region) if signed && *region != trip.event.region => {
                Err(texts::wrong_region(&trip.event.region, region))
            }
            _ => Ok(()),
        }
    }

    /// The bucket of the call, and behind it the one that a copy reads from.
    async fn buckets(
        &self,
        trip: &mut Trip,
        signed: bool,
        address: &S3Address,
        target: &Target,
    ) -> Result<Vec<NamedBucket>, AwsError> {
        let mut buckets = Vec::new();
        if let (Some(name), Some(facts)) =
            (&address.bucket, self.bucket(trip, signed, address, target).await?)
        {
            buckets.push(NamedBucket { name: name.clone(), facts });
        }
        if let Some(name) = target.source.as_ref().and_then(|source| source.bucket.clone()) {
            let facts = self.identities.bucket(trip.partition, &name).await?;
            buckets.push(NamedBucket { facts: facts.ok_or_else(|| texts::no_such_bucket(&name))?, name });
        }
        Ok(buckets)
    }

    /// The bucket must exist, in the region that the request was signed for (documented: before any policy).
    async fn bucket(
        &self,
        trip: &mut Trip,
        signed: bool,
        address: &S3Address,
        target: &Target,
    ) -> Result<Option<BucketFacts>, AwsError> {
        let Some(name) = address.bucket.as_deref().filter(|_| target.operation != "CreateBucket") else {
            return Ok(None);
        };
        let facts = self.identities.bucket(trip.partition, name).await?;
        let facts = facts.ok_or_else(|| texts::no_such_bucket(name))?;
        trip.bucket_region = Some(facts.region.clone());
        if !signed {
            // The anonymous act in no account: their calls stand in the record of the bucket's owner.
            trip.event.account.clone_from(&facts.account);
            trip.event.region.clone_from(&facts.region);
        }
        // Where a bucket is may be asked from everywhere: that is what the call is for.
        let must_match = signed && target.operation != "GetBucketLocation";
        if must_match && facts.region != trip.event.region && self.checks.enforce(Check::BucketRegion) {
            return Err(texts::permanent_redirect(name, &facts.region));
        }
        Ok(Some(facts))
    }
}

/// The rights of `PutObjectTagging` and `CreateBucket` depend on their bodies.
async fn with_body(target: &Target, body: Body) -> Result<(Vec<Need>, Body), AwsError> {
    let mut needs = target.needs.clone();
    if !["PutObjectTagging", "CreateBucket"].contains(&target.operation.as_str()) {
        return Ok((needs, body));
    }
    let bytes = read_whole(body).await?;
    if target.operation == "CreateBucket" {
        let region = location_constraint(&bytes);
        needs.iter_mut().for_each(|need| {
            region.iter().for_each(|region| need.context.set("s3:LocationConstraint", region));
        });
    } else {
        let tags = TagsAsked::in_body(&bytes)?;
        needs.iter_mut().for_each(|need| with_tags(&mut need.context, &tags));
    }
    Ok((needs, full(bytes)))
}

fn with_tags_there(
    trip: &Trip,
    mut needs: Vec<Need>,
    objects: &Objects<'_>,
    address: &S3Address,
    target: &Target,
    parts: &Parts,
) -> Vec<Need> {
    let directive = parts.headers.get("x-amz-tagging-directive");
    if target.operation == "CopyObject" && directive.is_none_or(|text| text == "COPY") {
        needs.extend(objects.copied_tags(trip.partition, address));
    }
    objects.show_tags(trip.partition, &mut needs);
    needs
}

/// The road of one S3 request, once it is known which bucket it is for.
struct RestRoad<'a> {
    road: &'a Road,
    address: &'a S3Address,
    buckets: &'a [NamedBucket],
    parts: &'a Parts,
}

impl RestRoad<'_> {
    async fn authorize(&self, trip: &mut Trip, needs: &[Need]) -> Result<(), AwsError> {
        self.road.authorize(trip, &self.parts.headers, self.buckets, needs).await
    }

    /// A bucket's policy names whom there is. What else is wrong with it, its service says.
    async fn with_known_principals(&self, trip: &mut Trip, body: Body) -> Result<Body, AwsError> {
        let bytes = read_whole(body).await?;
        let told = parameters::of_policy(self.parts, self.address, &bytes);
        trip.event.request_parameters = parameters::kept(told);
        let source = std::str::from_utf8(&bytes).unwrap_or_default();
        let policy = Document::parse(source, DocumentKind::Resource).ok();
        let statements = || policy.iter().flat_map(Document::statements);
        let mut services = statements().flat_map(Statement::service_principals);
        if let Some(name) = services.find(|name| !self.road.identities.is_service(name)) {
            return Err(texts::unknown_principal(name));
        }
        for name in statements().flat_map(Statement::aws_principals) {
            if !self.road.identities.is_known(name).await? {
                return Err(texts::unknown_principal(name));
            }
        }
        Ok(full(bytes))
    }

    /// Documented: without `s3:ListBucket`, a key that is not there is answered like one that is not allowed.
    async fn hide_missing_key(
        &self,
        trip: &mut Trip,
        target: &Target,
        source: Option<&S3Address>,
        answer: Result<Response<Body>, AwsError>,
    ) -> Result<Response<Body>, AwsError> {
        let action = match &answer {
            Err(error) if error.code == "NoSuchKey" => "s3:ListBucket",
            Err(error) if error.code == "NoSuchVersion" => "s3:ListBucketVersions",
            _ => return answer,
        };
        let reads = target.needs.first().is_some_and(|need| is_about_tags_there(&need.action));
        let read = if reads { Some(self.address) } else { source };
        if let Some(bucket) = read.and_then(|address| address.bucket.as_ref())
            && self.road.checks.enforce(Check::MissingKeyIsSecret)
        {
            let need = Need {
                action: action.to_owned(),
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
        let sent = AsSent(read_whole(body).await?);
        if !has_digest(self.parts) {
            return Err(texts::missing_content_md5());
        }
        let Asked { objects, quiet } = delete_objects::asked(&sent.0)?;
        let (mut allowed, mut refused) = (Vec::new(), Vec::new());
        for named in objects {
            match self.authorize(trip, &[delete_objects::need(trip.partition, &bucket, &named)]).await {
                Ok(()) => allowed.push(named),
                Err(error) => refused.push((named, error)),
            }
        }
        let answer = self.delete_allowed(trip, &allowed, quiet, sent).await?;
        if let Some((_, error)) = refused.first() {
            trip.event.error = Some(error.code.clone());
            trip.event.error_message = Some(error.message.clone());
        }
        Ok(xml_response(delete_objects::with_refusals(&answer, &refused)))
    }

    async fn delete_allowed(
        &self,
        trip: &mut Trip,
        objects: &[Named],
        quiet: bool,
        sent: AsSent,
    ) -> Result<Bytes, AwsError> {
        if objects.is_empty() {
            return Ok(Bytes::new());
        }
        let body = delete_objects::request_for(objects, quiet);
        let mut parts = self.parts.clone();
        parts.headers.insert("content-length", HeaderValue::from(body.len()));
        parts.extensions.insert(sent);
        let answer = self.road.dispatch(trip, Payload::Rest(Box::new(parts), full(body))).await?;
        read_whole(answer.into_body()).await
    }
}
