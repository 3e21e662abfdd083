//! The record: one event for each call, in order.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use serde::Serialize;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// One call, as it was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// When the call came.
    #[serde(skip)]
    pub time: SystemTime,
    /// The event's own id, as UUIDs are written.
    #[serde(skip)]
    pub event_id: String,
    /// The same id as in the answer.
    pub request_id: String,
    /// The account that the call acts in; empty for the anonymous.
    pub account: String,
    /// The caller's ARN.
    pub principal: String,
    /// The unique id behind the name, where the caller has one.
    #[serde(skip)]
    pub principal_id: Option<String>,
    /// The ARN of the role whose session the caller is.
    #[serde(skip)]
    pub role: Option<String>,
    /// When the caller's session began, where the caller has one.
    #[serde(skip)]
    pub session_began: Option<SystemTime>,
    /// The source identity that the session was given.
    #[serde(skip)]
    pub source_identity: Option<String>,
    /// The key that signed, where one did.
    pub access_key_id: Option<String>,
    /// What the caller's client calls itself; empty where it does not.
    pub user_agent: String,
    /// `s3`, `iam`, `sts`, `redshift`, `kms`; empty when the call was refused before that was known.
    pub service: String,
    /// `PutObject`; empty when the call was refused before that was known.
    pub operation: String,
    /// The region in the credential scope.
    pub region: String,
    /// What the call asked for, as CloudTrail tells it: the text of a JSON object.
    #[serde(skip)]
    pub request_parameters: Option<String>,
    /// What it was given, where that is told.
    #[serde(skip)]
    pub response_elements: Option<String>,
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
        let source = (!self.service.is_empty()).then(|| format!("{}.amazonaws.com", self.service));
        let resources: Vec<Value> =
            self.decisions.iter().map(|decided| json!({ "ARN": decided.resource })).collect();
        json!({
            "eventVersion": "1.09",
            "userIdentity": self.user_identity(),
            "eventID": self.event_id,
            "eventTime": to_the_second(self.time),
            "eventSource": source,
            "eventName": self.operation,
            "awsRegion": self.region,
            "sourceIPAddress": "127.0.0.1",
            "userAgent": self.user_agent,
            "errorCode": self.error,
            "errorMessage": self.error_message,
            "requestParameters": parsed(self.request_parameters.as_deref()),
            "responseElements": parsed(self.response_elements.as_deref()),
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

    /// Documented ("CloudTrail userIdentity element"): users have a name, sessions tell the role that they are of.
    fn user_identity(&self) -> Value {
        let kind = identity_type(&self.principal);
        let mut identity = json!({
            "type": kind,
            "principalId": self.principal_id,
            "arn": self.principal,
            "accountId": self.account,
            "accessKeyId": self.access_key_id,
        });
        let name = (kind == "IAMUser").then(|| name_in(&self.principal)).flatten();
        let told = [("userName", name.map(Value::from)), ("sessionContext", self.session_context())];
        if let Some(fields) = identity.as_object_mut() {
            let told = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            fields.extend(told);
        }
        identity
    }

    /// Documented ("CloudTrail userIdentity element"): whose session it is, when it began, and what it was given. No
    /// session here is made with MFA.
    fn session_context(&self) -> Option<Value> {
        let began = self.session_began?;
        let mut context = json!({
            "attributes": { "creationDate": to_the_second(began), "mfaAuthenticated": "false" },
        });
        let told = [
            ("sessionIssuer", self.role.as_deref().map(|role| self.issuer(role))),
            ("sourceIdentity", self.source_identity.as_deref().map(Value::from)),
        ];
        if let Some(fields) = context.as_object_mut() {
            fields.extend(told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        Some(context)
    }

    /// The role behind a session: its id stands before the session's name.
    fn issuer(&self, role: &str) -> Value {
        let id = self.principal_id.as_deref().and_then(|id| id.split(':').next());
        json!({
            "type": "Role",
            "principalId": id,
            "arn": role,
            "accountId": role.split(':').nth(4),
            "userName": name_in(role),
        })
    }
}

fn to_the_second(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}

fn parsed(text: Option<&str>) -> Option<Value> {
    serde_json::from_str(text?).ok()
}

/// The name at an ARN's end.
fn name_in(arn: &str) -> Option<&str> {
    arn.rsplit('/').next()
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
    /// A right that was asked for, or a call: `s3:PutObject`, in any case, as IAM reads actions.
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
        let is_action =
            |action: &str| self.action.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(action));
        // A call that was refused before its rights were judged is known by its name alone.
        let call = || is_action(&format!("{}:{}", event.service, event.operation));
        let is_named = self.resource.is_none() && self.outcome.is_none() && call();
        let right = |decided: &Decided| {
            is_action(&decided.action)
                && fits(&self.resource, &decided.resource)
                && fits(&self.outcome, &decided.outcome)
        };
        fits(&self.account, &event.account)
            && fits(&self.principal, &event.principal)
            && (is_named || event.decisions.iter().any(right))
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

/// Every call of a run, or the latest of them.
#[derive(Debug, Default)]
pub struct Record {
    events: Mutex<Events>,
}

/// The events of each account, numbered in the order in which they came.
#[derive(Debug, Default)]
struct Events {
    of_accounts: BTreeMap<String, VecDeque<(u64, Event)>>,
    next: u64,
    /// The most that are kept of an account; all, where there is no such number.
    most: Option<usize>,
}

impl Events {
    fn push(&mut self, event: Event) {
        let events = self.of_accounts.entry(event.account.clone()).or_default();
        events.push_back((self.next, event));
        self.next += 1;
        if let Some(most) = self.most {
            while events.len() > most {
                events.pop_front();
            }
        }
    }

    fn wanted(&self, wants: impl Fn(&Event) -> bool) -> Vec<Event> {
        let events = self.of_accounts.values().flatten().filter(|(_, event)| wants(event));
        let mut events: Vec<&(u64, Event)> = events.collect();
        events.sort_by_key(|(number, _)| *number);
        events.into_iter().map(|(_, event)| event.clone()).collect()
    }
}

impl Record {
    /// From now on, keeps no more than this many of the latest events of each account: for a stack that lives long.
    pub fn keep_latest(&self, most: usize) {
        self.events().most = Some(most);
    }

    pub(crate) fn push(&self, event: Event) {
        self.events().push(event);
    }

    /// The events that a query wants, oldest first.
    pub fn matching(&self, query: &Query) -> Vec<Event> {
        self.events().wanted(|event| query.wants(event))
    }

    /// The same as JSON lines in CloudTrail's field names.
    pub fn json_lines(&self, query: &Query) -> String {
        self.matching(query).iter().map(|event| format!("{}\n", event.cloud_trail())).collect()
    }

    /// The events of the calls that acted in one of these accounts, oldest first.
    pub fn of_accounts(&self, accounts: &[String]) -> Vec<Event> {
        self.events().wanted(|event| accounts.contains(&event.account))
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(account: &str, operation: &str) -> Event {
        Event {
            time: SystemTime::UNIX_EPOCH,
            event_id: String::new(),
            request_id: String::new(),
            account: account.to_owned(),
            principal: String::new(),
            principal_id: None,
            role: None,
            session_began: None,
            source_identity: None,
            access_key_id: None,
            user_agent: String::new(),
            service: String::new(),
            operation: operation.to_owned(),
            region: String::new(),
            request_parameters: None,
            response_elements: None,
            decisions: Vec::new(),
            status: 200,
            error: None,
            error_message: None,
            fault: None,
        }
    }

    fn call(record: &Record, account: &str, operation: &str) {
        record.push(event(account, operation));
    }

    #[test]
    fn a_session_tells_its_role() {
        let session = Event {
            principal: "arn:aws:sts::1:assumed-role/loader/s".to_owned(),
            principal_id: Some("AROA1:s".to_owned()),
            role: Some("arn:aws:iam::1:role/etl/loader".to_owned()),
            session_began: Some(SystemTime::UNIX_EPOCH),
            source_identity: Some("me".to_owned()),
            ..event("1", "GetObject")
        };
        let identity = session.cloud_trail()["userIdentity"].clone();
        let context = &identity["sessionContext"];
        let issuer = &context["sessionIssuer"];
        let attributes = json!({ "creationDate": "1970-01-01T00:00:00Z", "mfaAuthenticated": "false" });
        assert_eq!((&context["attributes"], &context["sourceIdentity"]), (&attributes, &json!("me")));
        assert_eq!((&identity["type"], &identity["principalId"]), (&json!("AssumedRole"), &json!("AROA1:s")));
        let expected = json!({
            "type": "Role",
            "principalId": "AROA1",
            "arn": "arn:aws:iam::1:role/etl/loader",
            "accountId": "1",
            "userName": "loader",
        });
        assert_eq!(issuer, &expected);
        assert_eq!(identity.get("userName"), None);
    }

    fn told(record: &Record) -> String {
        let events = record.matching(&Query::default());
        events.iter().map(|event| event.operation.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_record_is_whole_until_it_is_bounded() {
        let record = Record::default();
        for (account, operation) in [("b", "1"), ("a", "2"), ("b", "3"), ("b", "4")] {
            call(&record, account, operation);
        }
        assert_eq!(told(&record), "1 2 3 4");
        record.keep_latest(2);
        for (account, operation) in [("b", "5"), ("c", "6")] {
            call(&record, account, operation);
        }
        assert_eq!(told(&record), "2 4 5 6", "the latest two of each account");
        assert_eq!(record.of_accounts(&["b".to_owned()]).len(), 2);
    }
}
