//! Every line of the tables of decisions.

use crate::case::{read, summary};

pub const EVALUATION: &str = include_str!("../cases/evaluation.jsonl");
pub const ELEMENTS: &str = include_str!("../cases/elements.jsonl");
pub const CONDITIONS: &str = include_str!("../cases/conditions.jsonl");

fn check(table: &str) {
    let wrong: Vec<String> = read(table)
        .iter()
        .map(|case| (case, summary(&case.decide())))
        .filter(|(case, decided)| case.expect != *decided)
        .map(|(case, decided)| format!("{}: expected {}, got {decided}", case.rule, case.expect))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn policies_are_asked_in_order() {
    check(EVALUATION);
}

#[test]
fn elements_match() {
    check(ELEMENTS);
}

#[test]
fn conditions_hold() {
    check(CONDITIONS);
}
