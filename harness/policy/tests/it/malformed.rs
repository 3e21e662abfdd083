//! Documents that IAM refuses, and its reasons.

use std::collections::HashSet;

use linchpin_policy::{Document, DocumentKind, Position};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    kind: Kind,
    source: String,
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Identity,
    Resource,
    Trust,
}

impl From<Kind> for DocumentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Identity => Self::Identity,
            Kind::Resource => Self::Resource,
            Kind::Trust => Self::Trust,
        }
    }
}

#[test]
fn documents_are_refused_with_iams_reason() {
    let mut wrong = Vec::new();
    for line in include_str!("../cases/malformed.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        let reason = Document::parse(&case.source, case.kind.into()).err().map(|error| error.to_string());
        if reason != case.reason {
            wrong.push(format!("{:?} {}: {reason:?}", case.kind, case.source));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Each reason's text stands once, before its variant; the first of the file is not a reason's.
#[test]
fn every_reason_has_a_case() {
    let table = include_str!("../cases/malformed.jsonl").lines();
    let cases = table.map(|line| serde_json::from_str::<Case>(line).unwrap());
    let refused = cases.filter_map(|case| Document::parse(&case.source, case.kind.into()).err());
    let met: HashSet<_> = refused.map(|error| std::mem::discriminant(error.reason())).collect();
    let reasons = include_str!("../../src/malformed.rs").matches("#[error(").count() - 1;
    assert_eq!(met.len(), reasons);
}

#[test]
fn broken_json_has_a_position() {
    let error = Document::parse("{\n  \"Version\": ?}", DocumentKind::Identity).unwrap_err();
    assert_eq!(error.position(), Some(Position { line: 2, column: 14 }));
}

#[test]
fn deep_json_is_refused() {
    let source = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Document::parse(&source, DocumentKind::Identity).is_err());
}
