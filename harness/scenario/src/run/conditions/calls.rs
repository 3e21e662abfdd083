//! Questions to the record, and the conditions on it.

use std::collections::{BTreeMap, BTreeSet};

use linchpin_gateway::{Event, partition_of};

use super::judge::holds;
use crate::run::world::{Rights, World};
use crate::{
    minimize::Right,
    model::{CallFilter, Count},
    text::matches,
};

impl World {
    /// Every call in the trial's accounts, but the harness's own, which are made as their roots.
    pub(crate) fn calls(&self) -> Vec<Event> {
        let events = self.stack.record().of_accounts(&self.owners.numbers());
        events.into_iter().filter(|event| !event.principal.ends_with(":root")).collect()
    }

    /// The calls in a form that is the same in every run: `role/loader s3:GetObject AccessDenied`.
    pub(crate) fn told_calls(&self) -> Vec<String> {
        self.calls().iter().map(told).collect()
    }

    /// Every right that a call asked for and was allowed.
    pub(crate) fn rights(&self) -> BTreeSet<Right> {
        let calls = self.calls();
        let asked =
            calls.iter().flat_map(|event| event.decisions.iter().map(move |decided| (event, decided)));
        let allowed = asked.filter(|(_, decided)| decided.outcome == "Allow");
        let rights = allowed.map(|(event, decided)| Right {
            by: name(&event.principal).to_owned(),
            principal: event.principal.clone(),
            action: decided.action.clone(),
            resource: decided.resource.clone(),
        });
        rights.collect()
    }

    /// The calls of a user, or of the sessions of a role.
    fn calls_by(&self, name: &str) -> Vec<Event> {
        self.calls().into_iter().filter(|event| is_by(event, name)).collect()
    }

    pub(crate) fn calls_only(&self, by: &str, actions: &[String]) -> Result<(), String> {
        let calls = self.calls_by(by);
        let used =
            calls.iter().flat_map(|event| &event.decisions).find(|used| !actions.contains(&used.action));
        match used {
            Some(used) => Err(format!("`{by}` also called for `{}` on `{}`", used.action, used.resource)),
            None if calls.is_empty() => Err(format!("`{by}` made no call at all")),
            None => Ok(()),
        }
    }

    /// The error is the record in the form of the scenario.
    pub(crate) fn calls_of(&self, told: &[(String, Vec<String>)]) -> Result<(), String> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for event in self.calls() {
            let actions = found.entry(name(&event.principal).to_owned()).or_default();
            actions.extend(event.decisions.iter().map(|decided| decided.action.clone()));
        }
        let told: BTreeMap<String, BTreeSet<String>> =
            told.iter().map(|(name, actions)| (name.clone(), actions.iter().cloned().collect())).collect();
        let within = |(name, actions): (&String, &BTreeSet<String>)| {
            told.get(name).is_some_and(|told| actions.is_subset(told))
        };
        // Another connector may need less than the built-in agent; more, it has not been given.
        let as_told = match self.rights {
            Rights::Exactly => found == told,
            Rights::AtMost => found.iter().all(within),
        };
        holds(as_told, || {
            let one = |(name, actions): (&String, &BTreeSet<String>)| {
                let actions: Vec<String> = actions.iter().map(|action| format!("\"{action}\"")).collect();
                format!("{name}: [{}]", actions.join(", "))
            };
            let lines: Vec<String> = found.iter().map(one).collect();
            format!("the calls were {{ {} }}", lines.join(", "))
        })
    }

    pub(crate) fn calls_all_by(&self, action: &str, by: &str) -> Result<(), String> {
        let calls = self.calls();
        let mut needing = calls.iter().filter(|event| needs(event, action)).peekable();
        if needing.peek().is_none() && self.rights == Rights::Exactly {
            return Err(format!("nobody called for `{action}`"));
        }
        match needing.find(|event| !is_by(event, by)) {
            Some(event) => Err(format!("`{}` called for `{action}`, not only `{by}`", event.principal)),
            None => Ok(()),
        }
    }

    pub(crate) fn call_count(&self, calls: &CallFilter, count: Count) -> Result<(), String> {
        let meant = |event: &&Event| {
            calls.by.as_ref().is_none_or(|by| is_by(event, by))
                && calls.action.as_ref().is_none_or(|action| needs(event, action))
        };
        let number = self.calls().iter().filter(meant).count() as u64;
        holds(count.allows(number), || format!("there were {number} such calls, not {count}"))
    }

    pub(crate) fn calls_in_order(&self, actions: &[String]) -> Result<(), String> {
        let calls = self.calls();
        let mut rest = calls.iter();
        let missing = actions.iter().find(|action| !rest.any(|event| needs(event, action)));
        missing.map_or(Ok(()), |action| Err(format!("`{action}` was not called for in that order")))
    }

    /// S3's bucket names tell no region, and IAM's ARNs have none: those parts of an ARN are empty.
    pub(crate) fn calls_in(&self, region: &str) -> Result<(), String> {
        let calls = self.calls();
        let strange = |arn: &str| {
            let parts: Vec<&str> = arn.splitn(6, ':').collect();
            match parts.as_slice() {
                ["arn", partition, _, place, ..] => {
                    *partition != partition_of(region) || !["", region].contains(place)
                }
                _ => false,
            }
        };
        for event in &calls {
            if event.region != region {
                return Err(format!("`{}` was called in {}, not {region}", event.operation, event.region));
            }
            if let Some(decided) = event.decisions.iter().find(|decided| strange(&decided.resource)) {
                return Err(format!("`{}` was asked for on `{}`", decided.action, decided.resource));
            }
        }
        holds(!calls.is_empty(), || "there was no call at all".to_owned())
    }
}

fn needs(event: &Event, action: &str) -> bool {
    event.decisions.iter().any(|decided| matches(action, &decided.action))
}

/// A call in a form that is the same in every run.
pub(crate) fn told(event: &Event) -> String {
    let resource = event.principal.splitn(6, ':').nth(5).unwrap_or(&event.principal);
    let who = match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["assumed-role", role, _] => format!("role/{role}"),
        _ => resource.to_owned(),
    };
    let error = event.error.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
    format!("{who} {}:{}{error}", event.service, event.operation)
}

/// The user's or role's name in the ARN of whoever signed a call; the ARN itself where it is neither.
fn name(principal: &str) -> &str {
    let resource = principal.splitn(6, ':').nth(5).unwrap_or_default();
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["user", .., name] | ["assumed-role", name, _] => name,
        _ => principal,
    }
}

/// Whether a call was signed by a user, or in a session of a role, of this name.
fn is_by(event: &Event, told: &str) -> bool {
    name(&event.principal) == told
}
