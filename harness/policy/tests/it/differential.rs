//! The engine against an independent implementation, the crate `iam-rs`.
//!
//! `iam-rs` decides on a flat set of documents; which sets must allow is written out here once more, in AWS's words.
//! Where the two are known to differ stands in `tests/cases/differences.jsonl`, each with its reason.

use iam_rs::{
    Arn, Context, Decision, EvaluationError, IAMPolicy, IAMRequest, Principal, PrincipalId, evaluate_policies,
};
use linchpin_policy::Outcome;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::random::{Random, SEEDS, outcome};

fn read<T: DeserializeOwned>(part: &Value) -> T {
    serde_json::from_value(part.clone()).unwrap_or_else(|error| panic!("{error} in {part}"))
}

fn text(case: &Value, field: &str) -> String {
    case[field].as_str().unwrap().to_owned()
}

/// What `iam-rs` says of a request and some of its documents.
fn judge(case: &Value, documents: &[Value]) -> Result<Decision, EvaluationError> {
    let request = IAMRequest::new_with_context(
        Principal::Aws(PrincipalId::String(text(case, "principal"))),
        text(case, "action"),
        Arn::parse(&text(case, "resource")).unwrap(),
        case.get("context").map_or_else(Context::new, read),
    );
    let policies: Vec<IAMPolicy> = documents.iter().map(read).collect();
    evaluate_policies(&policies, &request)
}

/// The documents of a field: a list of them, or one.
fn documents(field: &Value) -> &[Value] {
    field.as_array().map_or(std::slice::from_ref(field), Vec::as_slice)
}

/// The decision by the pages on policy evaluation logic: within one account either side may allow, across accounts both
/// must.
fn theirs(case: &Value) -> Result<Outcome, EvaluationError> {
    let decide = |field: &Value| judge(case, documents(field));
    let levels = ["rcps", "scps"].iter().filter_map(|field| case.get(field)?.as_array()).flatten();
    let controls = levels.map(|level| decide(&level["policies"])).collect::<Result<Vec<_>, _>>()?;
    let caller = ["identity_policies", "permission_boundaries", "session_policy"];
    let caller = caller.iter().filter_map(|field| case.get(field));
    let caller = caller.map(decide).collect::<Result<Vec<_>, _>>()?;
    let resource = case.get("resource_policy").map(decide).transpose()?;

    let allow = |decision: &Decision| *decision == Decision::Allow;
    let (by_resource, by_caller) = (resource.iter().any(allow), caller.iter().all(allow));
    let within_account = text(case, "principal").contains(&text(case, "resource_account"));
    let by_sides = if within_account { by_resource || by_caller } else { by_resource && by_caller };
    Ok(if controls.iter().chain(&caller).chain(&resource).any(|decision| *decision == Decision::Deny) {
        Outcome::ExplicitDeny
    } else if controls.iter().all(allow) && by_sides {
        Outcome::Allow
    } else {
        Outcome::ImplicitDeny
    })
}

#[test]
fn random_cases_are_decided_as_iam_rs_decides_them() {
    let mut wrong = Vec::new();
    let mut counts = [0_u64; 3];
    for case in SEEDS.map(Random::case) {
        let ours = outcome(&case);
        counts[ours as usize] += 1;
        let theirs = theirs(&case).unwrap_or_else(|error| panic!("{error} in {case}"));
        if ours != theirs {
            wrong.push(format!("ours {ours:?}, theirs {theirs:?}: {case}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    // Cases that all end alike would show nothing.
    assert!(counts.iter().all(|count| *count > SEEDS.end / 10), "{counts:?}");
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    /// AWS's rule that `iam-rs` does not follow, and where it is documented.
    why: String,
    case: Value,
    ours: String,
    /// Its outcome, or `error`.
    theirs: String,
}

#[test]
fn known_differences_are_still_there() {
    for line in include_str!("../cases/differences.jsonl").lines() {
        let known: Difference =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        let theirs = theirs(&known.case).map_or("error".to_owned(), |outcome| format!("{outcome:?}"));
        assert_eq!(format!("{:?}", outcome(&known.case)), known.ours, "ours: {}", known.why);
        assert_eq!(theirs, known.theirs, "theirs: {}", known.why);
        assert_ne!(known.ours, known.theirs, "{}", known.why);
    }
}
