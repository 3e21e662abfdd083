//! Cases as one JSON object each, which is what `linchpin policy evaluate` reads.

use linchpin_policy::Case;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// What the line shows, and where AWS documents it.
    rule: String,
    /// The case; a text stands for itself.
    case: Value,
    /// `Outcome [PolicyType [policy statement]]`, or the beginning of an error.
    expect: String,
}

impl Line {
    fn outcome(&self) -> String {
        let text = self.case.as_str().map_or_else(|| self.case.to_string(), str::to_owned);
        let case = match Case::parse(&text) {
            Ok(case) => case,
            Err(error) => return format!("error: {error}"),
        };
        let answer = case.answer();
        assert_eq!(answer["id"], self.case["id"], "{}", self.rule);
        let by = &answer["decided_by"];
        let parts = [&answer["decision"], &by["policy_type"], &by["policy"], &by["statement"]];
        parts.into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    }

    fn fits(&self, outcome: &str) -> bool {
        let error = self.expect.starts_with("error: ");
        if error { outcome.starts_with(&self.expect) } else { outcome == self.expect }
    }
}

#[test]
fn whole_cases() {
    let mut wrong = Vec::new();
    for line in include_str!("../cases/whole.jsonl").lines() {
        let line: Line = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        let outcome = line.outcome();
        if !line.fits(&outcome) {
            wrong.push(format!("{}: {outcome}", line.rule));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
