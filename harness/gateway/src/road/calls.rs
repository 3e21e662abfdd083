//! The road of the calls whose body is read whole: forms and JSON.

use http::{Response, request::Parts};
use sha2::{Digest, Sha256};

use super::{payload::read_whole, stages::Road, trip::Trip};
use crate::{
    AwsError, Body, Form, Payload, ServiceName,
    authenticate::Claim,
    classify::{Place, classify_form},
    texts,
};

/// The API version that a form carries tells the service it is for.
const VERSIONS: [(&str, ServiceName); 3] = [
    ("2010-05-08", ServiceName::Iam),
    ("2011-06-15", ServiceName::Sts),
    ("2012-12-01", ServiceName::Redshift),
];

impl Road {
    pub(super) async fn form(
        &self,
        trip: &mut Trip,
        service: ServiceName,
        claim: &Claim,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, AwsError> {
        let bytes = read_whole(body).await?;
        self.verify(trip, claim, &parts, &hex::encode(Sha256::digest(&bytes))).await?;
        let form = Form(parameters(&parts, &bytes));
        scoped_to(service, &form)?;
        let operation = form.get("Action").ok_or_else(|| texts::invalid_action(service, ""))?;
        let account = trip.caller.account.clone();
        let place = Place { partition: trip.partition, region: &trip.event.region, account: &account };
        let target = classify_form(service, operation, &form, &place);
        trip.event.operation.clone_from(&target.operation);
        self.authorize(trip, &parts.headers, None, &target.needs).await?;
        self.dispatch(trip, Payload::Form(form)).await
    }

    pub(super) async fn json(
        &self,
        trip: &mut Trip,
        claim: &Claim,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, AwsError> {
        let bytes = read_whole(body).await?;
        self.verify(trip, claim, &parts, &hex::encode(Sha256::digest(&bytes))).await?;
        Err(texts::not_implemented("the service `kms`"))
    }
}

/// The parameters of the body, and those of the query that are not its signature.
fn parameters(parts: &Parts, body: &[u8]) -> Vec<(String, String)> {
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let query = query.filter(|(name, _)| !name.starts_with("X-Amz-"));
    query.chain(form_urlencoded::parse(body)).map(|(name, value)| (name.into(), value.into())).collect()
}

fn scoped_to(service: ServiceName, form: &Form) -> Result<(), AwsError> {
    let version = form.get("Version");
    match VERSIONS.iter().find(|(known, _)| Some(*known) == version) {
        Some((_, meant)) if *meant != service => {
            Err(texts::wrong_service(service.protocol(), service.prefix(), meant.prefix()))
        }
        _ => Ok(()),
    }
}
