//! Faults: what a scenario wants to go wrong with calls that are in order.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{AwsError, ServiceName};

/// What happens to a call instead of its answer, or with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this error.
    Refuse(AwsError),
    /// It is answered as too much: 503 `SlowDown` by S3, `Throttling` by the others.
    Throttle,
    /// It is carried out after this time.
    Delay(Duration),
    /// The connection closes without an answer, and the call is not carried out.
    Reset,
    /// It is carried out, and the answer's body ends after this many bytes.
    Truncate(u64),
}

/// Which calls a rule is about. What is none matches every call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// The service.
    pub service: Option<ServiceName>,
    /// In AWS's spelling: `PutObject`.
    pub operation: Option<String>,
    /// A part of the ARN of a resource that the call is about.
    pub resource: Option<String>,
}

/// A fault for the n-th matching call of an account, and for some after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// Whose calls: a trial owns its accounts.
    pub account: String,
    /// Which of them.
    pub matching: Matching,
    /// The first matching call that it strikes, counted from 1.
    pub from: u64,
    /// How many calls it strikes from there on; none for all of them.
    pub count: Option<u64>,
    /// What happens.
    pub fault: Fault,
}

/// The rules in force, and how often each has matched.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Counted>>,
}

#[derive(Debug)]
struct Counted {
    rule: FaultRule,
    seen: u64,
}

/// A call, as rules see it.
pub(crate) struct Candidate<'a> {
    pub(crate) account: &'a str,
    pub(crate) service: ServiceName,
    pub(crate) operation: &'a str,
    pub(crate) resources: Vec<&'a str>,
}

impl Faults {
    /// Puts a rule in force, behind those that are there.
    pub fn add(&self, rule: FaultRule) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(Counted { rule, seen: 0 });
    }

    /// Lifts every rule of an account.
    pub fn clear(&self, account: &str) {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.retain(|counted| counted.rule.account != account);
    }

    /// Counts a call, and gives the fault of the first rule that strikes it.
    pub(crate) fn strike(&self, candidate: &Candidate<'_>) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let mut struck = None;
        for counted in rules.iter_mut().filter(|counted| counted.rule.matches(candidate)) {
            counted.seen += 1;
            if struck.is_none() && counted.rule.strikes(counted.seen) {
                struck = Some(counted.rule.fault.clone());
            }
        }
        struck
    }
}

impl FaultRule {
    fn matches(&self, candidate: &Candidate<'_>) -> bool {
        let Matching { service, operation, resource } = &self.matching;
        self.account == candidate.account
            && service.is_none_or(|service| service == candidate.service)
            && operation.as_deref().is_none_or(|operation| operation == candidate.operation)
            && resource.as_deref().is_none_or(|part| candidate.resources.iter().any(|arn| arn.contains(part)))
    }

    fn strikes(&self, seen: u64) -> bool {
        let past = seen.checked_sub(self.from);
        past.is_some_and(|past| self.count.is_none_or(|count| past < count))
    }
}

impl Fault {
    /// The name that the record tells it by.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Refuse(_) => "refuse",
            Self::Throttle => "throttle",
            Self::Delay(_) => "delay",
            Self::Reset => "reset",
            Self::Truncate(_) => "truncate",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(rule: FaultRule, operations: &[&str]) -> Vec<bool> {
        let faults = Faults::default();
        faults.add(rule);
        let candidate = |operation| Candidate {
            account: "1",
            service: ServiceName::S3,
            operation,
            resources: vec!["arn:aws:s3:::b/k"],
        };
        operations.iter().map(|operation| faults.strike(&candidate(operation)).is_some()).collect()
    }

    fn rule(operation: Option<&str>, from: u64, count: Option<u64>) -> FaultRule {
        let matching = Matching { operation: operation.map(str::to_owned), ..Matching::default() };
        FaultRule { account: "1".to_owned(), matching, from, count, fault: Fault::Throttle }
    }

    #[test]
    fn rules_strike_as_in_a_table() {
        let calls = ["PutObject", "GetObject", "PutObject", "PutObject"];
        for (rule, expected) in [
            (rule(None, 1, None), [true, true, true, true]),
            (rule(None, 2, Some(2)), [false, true, true, false]),
            (rule(Some("PutObject"), 2, Some(1)), [false, false, true, false]),
            (rule(Some("PutObject"), 2, None), [false, false, true, true]),
            (FaultRule { account: "2".to_owned(), ..rule(None, 1, None) }, [false; 4]),
        ] {
            assert_eq!(struck(rule.clone(), &calls), expected, "{rule:?}");
        }
        let mut elsewhere = rule(None, 1, None);
        elsewhere.matching.resource = Some(":b/other".to_owned());
        assert_eq!(struck(elsewhere.clone(), &["PutObject"]), [false]);
        elsewhere.matching.resource = Some(":b/k".to_owned());
        assert_eq!(struck(elsewhere.clone(), &["PutObject"]), [true]);
        elsewhere.matching.service = Some(ServiceName::Iam);
        assert_eq!(struck(elsewhere, &["PutObject"]), [false]);
    }
}
