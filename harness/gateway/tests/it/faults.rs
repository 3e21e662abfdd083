//! Faults strike the calls that they are for, and the record tells of both.

use std::time::Duration;

use linchpin_gateway::{AwsError, Fault, FaultRule, Matching, Query, ServiceName};
use serde_json::json;

use crate::{
    request::{Draft, exchange},
    stand::{self, ACCOUNT},
};

fn rule(fault: Fault) -> FaultRule {
    let matching = Matching { operation: Some("GetObject".to_owned()), ..Matching::default() };
    FaultRule { account: ACCOUNT.to_owned(), matching, from: 2, count: Some(1), fault }
}

/// The second of three equal calls is struck.
async fn check(fault: Fault, expected: (u16, &str)) {
    let gateway = stand::start().await;
    let name = format!("{fault:?}");
    gateway.faults().add(rule(fault));
    let get = Draft::new("GET", "/b/k").signed().bytes();
    let put = Draft::new("PUT", "/b/k").signed().bytes();
    assert_eq!(exchange(&gateway, &get).await.0, 200);
    assert_eq!(exchange(&gateway, &put).await.0, 200);
    let (status, body) = exchange(&gateway, &get).await;
    assert_eq!(status, expected.0, "{name}: {body}");
    assert!(body.contains(expected.1), "{name}: {body}");
    assert_eq!(exchange(&gateway, &get).await.0, 200);
    let events = gateway.record().matching(&Query::default());
    let reset = events.iter().any(|event| event.error.as_deref() == Some("ConnectionReset"));
    assert_eq!(reset, expected.0 == 0, "{name}: the record tells a closed connection");
    let struck: Vec<bool> = events.iter().map(|event| event.fault.is_some()).collect();
    assert_eq!(struck, [false, false, true, false], "{name}");
}

#[tokio::test]
async fn each_fault_strikes() {
    let error = AwsError::new(http::StatusCode::FORBIDDEN, "Nope", "not now");
    check(Fault::Refuse(error), (403, "<Code>Nope</Code><Message>not now</Message>")).await;
    check(Fault::Throttle, (503, "<Code>SlowDown</Code>")).await;
    check(Fault::Delay(Duration::from_millis(1)), (200, "GetObject /b/k")).await;
    check(Fault::Reset, (0, "")).await;
}

#[tokio::test]
async fn a_truncated_answer_ends_early() {
    let gateway = stand::start().await;
    gateway.faults().add(FaultRule { from: 1, ..rule(Fault::Truncate(3)) });
    let (status, body) = exchange(&gateway, &Draft::new("GET", "/b/k").signed().bytes()).await;
    assert_eq!((status, body.as_str()), (200, "Get"));
}

#[tokio::test]
async fn query_services_throttle_in_their_own_way() {
    let gateway = stand::start().await;
    let matching = Matching { service: Some(ServiceName::Sts), ..Matching::default() };
    gateway.faults().add(FaultRule { matching, from: 1, ..rule(Fault::Throttle) });
    let form = Draft::form("Action=GetCallerIdentity&Version=2011-06-15").signed().bytes();
    let (status, body) = exchange(&gateway, &form).await;
    assert!(status == 400 && body.contains("<Code>Throttling</Code>"), "{body}");
    gateway.faults().clear(ACCOUNT);
    assert_eq!(exchange(&gateway, &form).await.0, 200);
    let matching = Matching { service: Some(ServiceName::Kms), ..Matching::default() };
    gateway.faults().add(FaultRule { matching, from: 1, ..rule(Fault::Throttle) });
    let mut json = Draft::new("POST", "/").body("{}").header("x-amz-target", "TrentService.ListKeys");
    json.service = "kms";
    let (status, body) = exchange(&gateway, &json.signed().bytes()).await;
    assert!(status == 400 && body.contains("ThrottlingException"), "{body}");
}

#[tokio::test]
async fn the_record_is_asked_by_what_was_decided() {
    let gateway = stand::start().await;
    let mut poor = Draft::new("PUT", "/b/k");
    poor.key = "POOR";
    exchange(&gateway, &poor.signed().bytes()).await;
    exchange(&gateway, &Draft::new("PUT", "/b/k").signed().bytes()).await;
    let text = |value: &str| Some(value.to_owned());
    let denied = Query { outcome: text("ImplicitDeny"), action: text("s3:PutObject"), ..Query::default() };
    let lines = gateway.record().json_lines(&denied);
    let event: serde_json::Value = serde_json::from_str(lines.trim()).unwrap();
    assert_eq!(event["eventSource"], "s3.amazonaws.com");
    assert_eq!(event["eventName"], "PutObject");
    assert_eq!(event["userIdentity"]["type"], "IAMUser");
    assert_eq!(event["userIdentity"]["userName"], "poor");
    assert_eq!(
        event["eventID"].as_str().map(|id| id.split('-').map(str::len).collect()),
        Some(vec![8, 4, 4, 4, 12])
    );
    assert_eq!(event["errorCode"], "AccessDenied");
    assert_eq!(event["requestParameters"], json!({ "bucketName": "b", "key": "k" }));
    assert_eq!(event["responseElements"], json!(null));
    assert_eq!(event["resources"][0]["ARN"], "arn:aws:s3:::b/k");
    let other = Query { resource: text("arn:aws:s3:::b/other"), ..Query::default() };
    assert_eq!(gateway.record().json_lines(&other), "");
    let mine = Query { principal: text(&format!("arn:aws:iam::{ACCOUNT}:user/akia")), ..Query::default() };
    assert_eq!(gateway.record().matching(&mine).len(), 1);
}
