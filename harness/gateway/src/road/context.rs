//! The condition keys that do not depend on the resource (documented: global condition keys).

use std::time::SystemTime;

use http::HeaderMap;
use linchpin_policy::Context;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::trip::Trip;
use crate::{
    ServiceName,
    authenticate::{Credentials, Placement},
    server::Transport,
    sigv4::parse_amz_date,
};

/// `now` is what the caller's account's clock shows.
pub(super) fn shared_context(trip: &Trip, headers: &HeaderMap, now: SystemTime) -> Context {
    let mut context = trip.caller.principal.condition_keys();
    context.set("aws:RequestedRegion", &trip.event.region);
    context.set("aws:SecureTransport", (trip.transport != Transport::Plain).to_string());
    if let (Some(ServiceName::S3), Transport::Tls(version)) = (trip.service, trip.transport) {
        context.set("s3:TlsVersion", version);
    }
    context.set("aws:SourceIp", "127.0.0.1");
    context.set("aws:EpochTime", OffsetDateTime::from(now).unix_timestamp().to_string());
    set_time(&mut context, "aws:CurrentTime", now);
    // A service that calls on somebody's behalf says so with the rights that this takes.
    context.set("aws:ViaAWSService", "false");
    if let Some(id) = &trip.caller.user_id {
        context.set("aws:userid", id);
    }
    if let Credentials::Temporary(issued) = trip.caller.credentials {
        set_time(&mut context, "aws:TokenIssueTime", issued);
        // Documented: long-lived keys carry it not at all. No session here is made with MFA.
        context.set("aws:MultiFactorAuthPresent", "false");
    }
    for (key, value) in &trip.caller.tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value);
    }
    if let Some(identity) = &trip.caller.source_identity {
        context.set("aws:SourceIdentity", identity);
    }
    for (header, key) in [("user-agent", "aws:UserAgent"), ("referer", "aws:Referer")] {
        if let Some(value) = headers.get(header).and_then(|value| value.to_str().ok()) {
            context.set(key, value);
        }
    }
    if let (Some(ServiceName::S3), Some((placement, amz_date))) = (trip.service, &trip.signed) {
        signature_keys(&mut context, *placement, amz_date);
    }
    context
}

fn set_time(context: &mut Context, key: &str, time: SystemTime) {
    let time = OffsetDateTime::from(time);
    if let Ok(text) = time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339) {
        context.set(key, text);
    }
}

/// S3 tells policies how a request was signed; the anonymous carry none of these keys (documented).
fn signature_keys(context: &mut Context, placement: Placement, amz_date: &str) {
    let kind = match placement {
        Placement::Header => "REST-HEADER",
        Placement::Query(_) => "REST-QUERY-STRING",
    };
    context.set("s3:authType", kind);
    context.set("s3:signatureversion", "AWS4-HMAC-SHA256");
    if let Some(signed) = parse_amz_date(amz_date) {
        let age = SystemTime::now().duration_since(signed).unwrap_or_default();
        context.set("s3:signatureAge", age.as_millis().to_string());
    }
}
