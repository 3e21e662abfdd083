//! The list of requirements and the scenarios hold each other to their word.

use linchpin_scenario::{RequirementKind, load_all, load_requirements};

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
fn none_is_left_out() {
    let numbers: Vec<String> =
        load_requirements(folder()).unwrap().into_iter().map(|one| one.number).collect();
    let all: Vec<String> = (1..=147).map(|number| format!("R{number}")).collect();
    assert_eq!(numbers, all);
}
