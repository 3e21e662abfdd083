//! Whether two stacks came to the same: verdict, failing step, error and recorded calls of every trial.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Report;

/// Differences that are known, a line each: `SCENARIO | PULLED | WHAT | REASON`. An empty PULLED is the baseline.
const KNOWN: &str = include_str!("differences.txt");

/// A limit of an emulator that shows in a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownDifference {
    /// The scenario's name.
    pub scenario: String,
    /// What was pulled; empty for the baseline.
    pub pulled: String,
    /// `verdict`, `step`, `error` or `calls`.
    pub what: String,
    /// Why it is so.
    pub reason: String,
}

/// What a trial came to, without what differs from run to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    scenario: String,
    pulled: String,
    /// By `verdict`, `step`, `error` and `calls`.
    facets: BTreeMap<&'static str, String>,
}

/// The outcomes of a report's trials.
pub fn outcomes(report: &Report) -> Vec<Outcome> {
    let outcome = |trial: &linchpin_scenario::TrialReport| {
        // What an emulator on a busy machine had no time for, the caller asked again; a trial that came to grief by it has
        // another verdict.
        let mut calls = trial.calls.clone();
        calls.retain(|call| !call.ends_with(" ServiceUnavailable"));
        // Files are staged side by side.
        calls.sort();
        if trial.error.is_some() {
            // How many of its files a COPY that fails had asked for is a matter of time.
            calls.dedup();
        }
        let text = |text: &Option<String>| text.as_deref().map(masked).unwrap_or_default();
        let axes = trial.cell.iter().map(|(axis, value)| format!(" [{axis}: {value}]")).collect::<String>();
        Outcome {
            scenario: trial.scenario.clone() + &axes,
            pulled: trial.pulled.clone().unwrap_or_default(),
            facets: BTreeMap::from([
                ("verdict", trial.verdict.to_string()),
                ("step", text(&trial.step)),
                ("error", text(&trial.error)),
                ("calls", masked(&calls.join(", "))),
            ]),
        }
    };
    report.trials.iter().map(outcome).collect()
}

/// What differs between two runs of the same trials, and is not known to: a line each.
pub fn differences(embedded: &[Outcome], containers: &[Outcome]) -> Vec<String> {
    let known = known_differences();
    let is_known = |outcome: &Outcome, what: &str| {
        known.iter().any(|known| {
            let name = outcome.scenario.split_once(" [").map_or(&*outcome.scenario, |(name, _)| name);
            name == known.scenario
                && (known.pulled == "*" || known.pulled == outcome.pulled)
                && known.what == what
        })
    };
    let mut found = Vec::new();
    if embedded.len() != containers.len() {
        found.push(format!("{} trials are not {}", embedded.len(), containers.len()));
    }
    for (one, other) in embedded.iter().zip(containers) {
        for (what, here) in &one.facets {
            let there = other.facets.get(what);
            if there != Some(here) && !is_known(one, what) {
                let there = there.map(String::as_str).unwrap_or_default();
                let Outcome { scenario, pulled, .. } = one;
                found.push(format!(
                    "{scenario} without `{pulled}`: {what} differs\n    embedded:   {here}\n    containers: {there}"
                ));
            }
        }
    }
    found
}

/// The differences that are known.
pub fn known_differences() -> Vec<KnownDifference> {
    let lines = KNOWN.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let parts = lines.filter_map(|line| {
        let parts: Vec<&str> = line.splitn(4, '|').map(str::trim).collect();
        let [scenario, pulled, what, reason] = parts.as_slice() else { return None };
        Some(KnownDifference {
            scenario: (*scenario).to_owned(),
            pulled: (*pulled).to_owned(),
            what: (*what).to_owned(),
            reason: (*reason).to_owned(),
        })
    });
    parts.collect()
}

/// Account numbers, ids and made-up names differ from run to run: a word, dashes and all, of eight or more characters
/// with two or more digits. So do the numbers that PostgreSQL gives to the schemas of temporary tables.
fn masked(text: &str) -> String {
    let mut told = String::new();
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_ascii_alphanumeric() || character == '-' {
            word.push(character);
            continue;
        }
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let numbered = digits == word.len() && told.ends_with("pg_temp_");
        let made_up = numbered || digits >= 2 && (word.len() >= 8 || digits == word.len());
        told.push_str(if made_up { "#" } else { &word });
        word.clear();
        told.push(character);
    }
    told.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(error: &str) -> Outcome {
        Outcome {
            scenario: "s".to_owned(),
            pulled: "p".to_owned(),
            facets: BTreeMap::from([("error", masked(error))]),
        }
    }

    #[test]
    fn what_differs_from_run_to_run_is_no_difference() {
        let rows = [
            ("arn:aws:iam::111122223333:role/a", "arn:aws:iam::444455556666:role/a", true),
            ("stage-00112233aabbccdd/k", "stage-99887766ffeeddcc/k", true),
            ("key/1b2c3d4e-84e7-cafe-adcb-aabb00112233", "key/9b2c3d4e-beef-0b11-abcd-ffeeddccbbaa", true),
            ("in eu-west-1", "in eu-west-2", false),
            ("port 38401", "port 41233", true),
            ("AccessDenied on s3:PutObject", "AccessDenied on s3:GetObject", false),
            ("NoSuchKey", "NoSuchBucket", false),
            ("schema pg_temp_2", "schema pg_temp_13", true),
            ("schema v_2", "schema v_3", false),
        ];
        for (one, other, same) in rows {
            let found = differences(&[outcome(one)], &[outcome(other)]);
            assert_eq!(found.is_empty(), same, "{one} {other}: {found:?}");
        }
    }

    #[test]
    fn a_trial_that_is_missing_is_a_difference() {
        assert_eq!(differences(&[outcome("a")], &[]), ["1 trials are not 0"]);
    }

    #[test]
    fn every_known_difference_tells_its_reason() {
        let lines = KNOWN.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).count();
        assert_eq!(known_differences().len(), lines, "a line is `SCENARIO | PULLED | WHAT | REASON`");
        assert!(known_differences().iter().all(|known| !known.reason.is_empty()));
    }
}
