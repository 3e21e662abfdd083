//! What holds for every case of the tables, whatever its documents say.

use serde_json::{Value, json};

use crate::{
    case::{Case, allows, read},
    decisions::{CONDITIONS, ELEMENTS, EVALUATION},
};

fn cases() -> impl Iterator<Item = Case> {
    [EVALUATION, ELEMENTS, CONDITIONS].into_iter().flat_map(read)
}

/// The statements of one of a case's documents.
type Layer = fn(&mut Case) -> Option<&mut Vec<Value>>;

/// The case with a statement more, once in each of its documents.
fn with_statement(case: &Case, statement: &Value) -> Vec<Case> {
    let layers: [Layer; 6] = [
        |case| Some(&mut case.identity),
        |case| case.boundary.as_mut(),
        |case| case.session.as_mut(),
        |case| case.bucket.as_mut(),
        |case| case.key.as_mut(),
        |case| case.trust.as_mut(),
    ];
    let grown = layers.iter().filter_map(|layer| {
        let mut grown = without_shorthand(case);
        layer(&mut grown)?.push(statement.clone());
        Some(grown)
    });
    grown.collect()
}

/// Statements of 2008 stay out of these laws: adding to them would change their version.
fn without_shorthand(case: &Case) -> Case {
    let mut plain = case.clone();
    if let Some(condition) = plain.take_condition() {
        plain.identity.push(json!({ "Condition": condition }));
    }
    plain
}

#[test]
fn adding_a_deny_never_allows() {
    let denies = [
        json!({ "Effect": "Deny", "Action": "sts:TagSession" }),
        json!({ "Effect": "Deny", "NotAction": "sts:TagSession" }),
        json!({ "Effect": "Deny", "Condition": { "StringNotEquals": { "aws:username": "alice" } } }),
    ];
    for case in cases().filter(|case| !case.is_of_2008() && !allows(case)) {
        for grown in denies.iter().flat_map(|deny| with_statement(&case, deny)) {
            assert!(!allows(&grown), "{}", case.rule);
        }
    }
}

#[test]
fn a_deny_of_everything_denies_everything() {
    for case in cases().filter(|case| !case.is_of_2008()) {
        for grown in with_statement(&case, &json!({ "Effect": "Deny" })) {
            assert!(!allows(&grown), "{}", case.rule);
        }
    }
}

#[test]
fn adding_an_allow_never_denies() {
    for case in cases().filter(|case| !case.is_of_2008() && allows(case)) {
        for grown in with_statement(&case, &json!({ "Effect": "Allow" })) {
            assert!(allows(&grown), "{}", case.rule);
        }
    }
}

#[test]
fn the_order_of_statements_does_not_matter() {
    for case in cases() {
        let mut reversed = case.clone();
        let documents =
            [&mut reversed.boundary, &mut reversed.session, &mut reversed.bucket, &mut reversed.key];
        documents.into_iter().flatten().for_each(|statements| statements.reverse());
        reversed.trust.iter_mut().for_each(|statements| statements.reverse());
        reversed.identity.reverse();
        assert_eq!(case.decide().outcome, reversed.decide().outcome, "{}", case.rule);
    }
}
