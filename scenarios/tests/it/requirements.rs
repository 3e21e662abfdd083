//! The list of requirements and the scenarios hold each other to their word.

use std::collections::BTreeSet;

use linchpin_policy::Case;
use linchpin_scenario::{RequirementKind, load_all, load_requirements, load_wordings};
use serde_json::Value;

use crate::run::{fixtures, folder};

#[test]
fn what_is_shown_has_a_proof_and_what_proves_is_shown() {
    let requirements = load_requirements(folder()).unwrap();
    let scenarios = load_all(folder(), &fixtures()).unwrap();
    for requirement in &requirements {
        let proofs =
            scenarios.iter().filter(|scenario| scenario.proves.contains(&requirement.number)).count();
        let shown = requirement.kind == RequirementKind::Shown;
        assert_eq!(
            shown,
            proofs > 0,
            "{} is `{}` and has {proofs} proofs",
            requirement.number,
            requirement.kind
        );
    }
    for scenario in &scenarios {
        for number in &scenario.proves {
            let known = requirements.iter().any(|requirement| requirement.number == *number);
            assert!(known, "{} proves {number}, which is no requirement", scenario.name);
        }
    }
}

#[test]
fn every_scenario_tells_who_called() {
    let scenarios = load_all(folder(), &fixtures()).unwrap();
    let silent: Vec<_> =
        scenarios.iter().filter(|one| !one.tells_who_called()).map(|one| &one.name).collect();
    assert!(silent.is_empty(), "without `calls:` of somebody in `holds:`: {silent:?}");
}

#[test]
fn none_is_left_out() {
    let numbers: Vec<String> =
        load_requirements(folder()).unwrap().into_iter().map(|one| one.number).collect();
    let all: Vec<String> = (1..=147).map(|number| format!("R{number}")).collect();
    assert_eq!(numbers, all);
}

/// A table of decisions shows something only where some are allowed and some are not.
#[test]
fn static_requirements_have_tables_that_come_out_as_told() {
    for requirement in load_requirements(folder()).unwrap() {
        let Some(check) = requirement.check else { continue };
        let mut decisions = BTreeSet::new();
        for line in std::fs::read_to_string(fixtures().join(&check)).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let answer = Case::parse(&line["case"].to_string()).unwrap().answer();
            let by = &answer["decided_by"];
            let parts = [&answer["decision"], &by["policy_type"], &by["policy"], &by["statement"]];
            let outcome = parts.into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
            assert_eq!(Some(outcome.as_str()), line["expect"].as_str(), "{}", line["rule"]);
            decisions.insert(answer["decision"] == "Allow");
        }
        assert_eq!(decisions.len(), 2, "{} does not show both sides", requirement.number);
    }
}

#[test]
fn every_expected_error_has_a_known_wording_and_every_wording_is_expected() {
    let wordings = load_wordings(folder()).unwrap();
    let scenarios = load_all(folder(), &fixtures()).unwrap();
    let mut expected = Vec::new();
    for scenario in &scenarios {
        for (pull, step, with) in scenario.breaks() {
            let name = &scenario.name;
            assert!(wordings.of(with).is_some(), "{name} without {pull} breaks at {step} with {with:?}");
            expected.extend_from_slice(with);
        }
    }
    for wording in &wordings.0 {
        assert!(
            expected.iter().any(|text| text.contains(&wording.text)),
            "nobody expects `{}`",
            wording.text
        );
    }
}
