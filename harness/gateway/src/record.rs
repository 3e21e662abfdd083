//! The record: one event for each call, in order.

use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use serde::Serialize;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// One call, as it was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// When the answer's head was ready.
    #[serde(skip)]
    pub time: SystemTime,
    /// The same id as in the answer.
    pub request_id: String,
    /// The account that the call acts in; empty for the anonymous.
    pub account: String,
    /// The caller's ARN.
    pub principal: String,
    /// The key that signed, where one did.
    pub access_key_id: Option<String>,
    /// `s3`, `iam`, `sts`, `redshift`, `kms`.
    pub service: String,
    /// `PutObject`; empty when the call was refused before that was known.
    pub operation: String,
    /// The region in the credential scope.
    pub region: String,
    /// Each right that was asked for, with its answer.
    pub decisions: Vec<Decided>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// AWS's error code, where the road refused or the service did.
    pub error: Option<String>,
    /// AWS's message with it.
    pub error_message: Option<String>,
    /// The fault that struck the call: `refuse`, `throttle`, `delay`, `reset`, `truncate`.
    pub fault: Option<String>,
}

impl Event {
    /// The event in CloudTrail's field names (documented: "CloudTrail record contents"). What CloudTrail has no
    /// field for stands in `additionalEventData`.
    pub fn cloud_trail(&self) -> Value {
        let time = OffsetDateTime::from(self.time);
        let time = time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default();
        let resources: Vec<Value> =
            self.decisions.iter().map(|decided| json!({ "ARN": decided.resource })).collect();
        json!({
            "eventVersion": "1.09",
            "userIdentity": {
                "type": identity_type(&self.principal),
                "arn": self.principal,
                "accountId": self.account,
                "accessKeyId": self.access_key_id,
            },
            "eventTime": time,
            "eventSource": format!("{}.amazonaws.com", self.service),
            "eventName": self.operation,
            "awsRegion": self.region,
            "sourceIPAddress": "127.0.0.1",
            "errorCode": self.error,
            "errorMessage": self.error_message,
            "requestID": self.request_id,
            "eventType": "AwsApiCall",
            "recipientAccountId": self.account,
            "resources": resources,
            "additionalEventData": {
                "status": self.status,
                "decisions": self.decisions,
                "fault": self.fault,
            },
        })
    }
}

fn identity_type(principal: &str) -> &'static str {
    match principal {
        arn if arn.contains(":assumed-role/") => "AssumedRole",
        arn if arn.contains(":federated-user/") => "FederatedUser",
        arn if arn.contains(":oidc-provider/") => "WebIdentityUser",
        arn if arn.ends_with(":root") => "Root",
        arn if arn.starts_with("arn:") => "IAMUser",
        "anonymous" => "AWSAccount",
        _ => "AWSService",
    }
}

/// Which events are wanted. What is none wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The account that the call acted in.
    pub account: Option<String>,
    /// The caller's ARN.
    pub principal: Option<String>,
    /// A right that was asked for: `s3:PutObject`.
    pub action: Option<String>,
    /// The resource that it was asked on.
    pub resource: Option<String>,
    /// What was decided: `Allow`, `ImplicitDeny`, `ExplicitDeny`.
    pub outcome: Option<String>,
}

impl Query {
    fn wants(&self, event: &Event) -> bool {
        let fits =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        let about_rights = [&self.action, &self.resource, &self.outcome].iter().any(|part| part.is_some());
        let right = |decided: &Decided| {
            fits(&self.action, &decided.action)
                && fits(&self.resource, &decided.resource)
                && fits(&self.outcome, &decided.outcome)
        };
        fits(&self.account, &event.account)
            && fits(&self.principal, &event.principal)
            && (!about_rights || event.decisions.iter().any(right))
    }
}

/// One right and what was decided.
#[derive(Clone, Debug, Serialize)]
pub struct Decided {
    /// `s3:PutObject`.
    pub action: String,
    /// An ARN or `*`.
    pub resource: String,
    /// `Allow`, `ImplicitDeny` or `ExplicitDeny`.
    pub outcome: String,
    /// `policy type/policy/statement` of what decided, where one did.
    pub decided_by: Option<String>,
}

/// Every call of a run.
#[derive(Debug, Default)]
pub struct Record {
    events: Mutex<Vec<Event>>,
}

impl Record {
    pub(crate) fn push(&self, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// The events that a query wants, oldest first.
    pub fn matching(&self, query: &Query) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().filter(|event| query.wants(event)).cloned().collect()
    }

    /// The same as JSON lines in CloudTrail's field names.
    pub fn json_lines(&self, query: &Query) -> String {
        self.matching(query).iter().map(|event| format!("{}\n", event.cloud_trail())).collect()
    }

    /// The events of the calls that acted in one of these accounts, oldest first.
    pub fn of_accounts(&self, accounts: &[String]) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().filter(|event| accounts.contains(&event.account)).cloned().collect()
    }
}
