//! What holds for random cases, whatever is added to them or turned round.

use linchpin_policy::Outcome;
use serde_json::{Value, json};

use crate::random::{Attached, Random, SEEDS, for_each_document, outcome};

/// How willing an outcome is: a law that only adds denies may not climb.
fn willingness(case: &Value) -> u8 {
    match outcome(case) {
        Outcome::ExplicitDeny => 0,
        Outcome::ImplicitDeny => 1,
        Outcome::Allow => 2,
    }
}

fn allows(case: &Value) -> bool {
    outcome(case) == Outcome::Allow
}

/// Each case with a copy that `change` was made to, and the source that it may draw from.
fn changed(change: impl Fn(&mut Value, &mut Random)) -> impl Iterator<Item = (Value, Value)> {
    SEEDS.map(move |seed| {
        let case = Random::case(seed);
        let mut copy = case.clone();
        change(&mut copy, &mut Random::of(!seed));
        (case, copy)
    })
}

fn statements(document: &mut Value) -> &mut Vec<Value> {
    document["Statement"].as_array_mut().unwrap()
}

/// A statement more in each document.
fn add_statements(case: &mut Value, random: &mut Random, effect: &str) {
    for_each_document(case, &mut |document| {
        let attached = match document["Statement"][0].get("Principal") {
            Some(_) => Attached::Resource,
            None => Attached::Identity,
        };
        statements(document).push(random.statement(effect, attached));
    });
}

#[test]
fn adding_a_deny_never_allows() {
    for (case, grown) in changed(|case, random| add_statements(case, random, "Deny")) {
        assert!(willingness(&grown) <= willingness(&case), "{case}\n{grown}");
    }
}

#[test]
fn adding_an_allow_never_denies() {
    for (case, grown) in changed(|case, random| add_statements(case, random, "Allow")) {
        assert!(willingness(&grown) >= willingness(&case), "{case}\n{grown}");
    }
}

#[test]
fn adding_a_limit_never_allows() {
    let limits = |case: &mut Value, random: &mut Random| {
        for (field, attached) in [("scps", Attached::Identity), ("rcps", Attached::Organization)] {
            let level = json!({ "policies": [random.document(attached)] });
            match case.get_mut(field) {
                Some(levels) => levels.as_array_mut().unwrap().push(level),
                None => case[field] = json!([level]),
            }
        }
        for field in ["permission_boundaries", "session_policy"] {
            if case.get(field).is_none() {
                let document = random.document(Attached::Identity);
                case[field] = if field == "session_policy" { document } else { json!([document]) };
            }
        }
    };
    for (case, limited) in changed(limits) {
        assert!(!allows(&limited) || allows(&case), "{case}\n{limited}");
    }
}

/// The statements of one effect, made to cover every action and every resource.
fn cover(case: &mut Value, effect: &str) {
    for_each_document(case, &mut |document| {
        for statement in statements(document).iter_mut().filter(|statement| statement["Effect"] == effect) {
            let elements = statement.as_object_mut().unwrap();
            elements.retain(|name, _| !name.ends_with("Action") && !name.ends_with("Resource"));
            statement["Action"] = json!("*");
            statement["Resource"] = json!("*");
        }
    });
}

#[test]
fn stars_cover_what_any_pattern_covers() {
    for (case, wider) in changed(|case, _| cover(case, "Allow")) {
        assert!(willingness(&wider) >= willingness(&case), "{case}\n{wider}");
    }
    for (case, wider) in changed(|case, _| cover(case, "Deny")) {
        assert!(willingness(&wider) <= willingness(&case), "{case}\n{wider}");
    }
}

#[test]
fn a_star_for_everybody_allows_what_nothing_denies() {
    let stars = |case: &mut Value, _: &mut Random| {
        // Across accounts a resource's policy would have to be there.
        case["resource_account"] = json!("111111111111");
        for_each_document(case, &mut |document| {
            let mut star = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
            if document["Statement"][0].get("Principal").is_some() {
                star["Principal"] = json!("*");
            }
            statements(document).push(star);
        });
    };
    for (case, grown) in changed(stars) {
        assert_eq!(allows(&grown), outcome(&case) != Outcome::ExplicitDeny, "{case}\n{grown}");
    }
}

/// Every list in every depth, the other way round.
fn reverse(part: &mut Value) {
    match part {
        Value::Array(members) => {
            members.reverse();
            members.iter_mut().for_each(reverse);
        }
        Value::Object(fields) => {
            let turned: Vec<_> = std::mem::take(fields).into_iter().rev().collect();
            fields.extend(turned);
            fields.values_mut().for_each(reverse);
        }
        _ => {}
    }
}

#[test]
fn no_order_matters() {
    for (case, turned) in changed(|case, _| reverse(case)) {
        assert_eq!(outcome(&turned), outcome(&case), "{case}\n{turned}");
    }
}

#[test]
fn saying_it_twice_does_not_matter() {
    let twice = |case: &mut Value, _: &mut Random| {
        for_each_document(case, &mut |document| {
            let again = statements(document).clone();
            statements(document).extend(again);
        });
    };
    for (case, doubled) in changed(twice) {
        assert_eq!(outcome(&doubled), outcome(&case), "{case}\n{doubled}");
    }
}
