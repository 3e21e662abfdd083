//! The record: one event for each call, in order.

use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use serde::Serialize;

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
    /// `s3`, `iam`, `sts`, `redshift`.
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

    /// The events of the calls that acted in one of these accounts, oldest first.
    pub fn of_accounts(&self, accounts: &[String]) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().filter(|event| accounts.contains(&event.account)).cloned().collect()
    }
}
