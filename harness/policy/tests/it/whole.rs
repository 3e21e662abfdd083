//! Cases as one JSON object each, which is what `linchpin policy evaluate` reads.

use linchpin_policy::Case;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// What the line shows.
    rule: String,
    /// The page of AWS's documentation that the case works out.
    page: Option<String>,
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

fn read(table: &str) -> Vec<Line> {
    let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
    table.lines().map(line).collect()
}

fn check(lines: &[Line]) {
    let outcomes = lines.iter().map(|line| (line, line.outcome()));
    let wrong: Vec<String> = outcomes
        .filter(|(line, outcome)| !line.fits(outcome))
        .map(|(line, outcome)| format!("{}: expected {}, got {outcome}", line.rule, line.expect))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn whole_cases() {
    check(&read(include_str!("../cases/whole.jsonl")));
}

#[test]
fn aws_own_examples() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/documented");
    let tables =
        std::fs::read_dir(folder).unwrap().map(|table| std::fs::read_to_string(table.unwrap().path()));
    let lines: Vec<Line> = tables.flat_map(|table| read(&table.unwrap())).collect();
    let without_page = |line: &&Line| !line.page.as_ref().is_some_and(|page| page.ends_with(".html"));
    assert_eq!(lines.iter().find(without_page).map(|line| &line.rule), None);
    assert!(lines.len() > 120, "only {} cases", lines.len());
    check(&lines);
}
