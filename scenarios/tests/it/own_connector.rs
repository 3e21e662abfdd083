//! A scenario with a connector of its own.

use std::fs;

use linchpin_report::{Style, table};
use linchpin_scenario::load;
use linchpin_stack::Stack;

use crate::run::{CONFIG, fixtures, run};

/// The program loads nothing: it looks at what it is told, and says so.
const SCENARIO: &str = r#"
scenario: A program is told what to load, and where
proves: []
connector:
  command: [sh, -c, 'echo "linchpin: step stage"; echo "$LINCHPIN_OPERATION $LINCHPIN_TABLE $LINCHPIN_DATABASE $LINCHPIN_SSL" >&2; test "$LINCHPIN_TABLE" = airports']
  limit: 30
pins:
  staging bucket: { bucket: stage, region: cluster, not pulled: nothing is put into it }
  connector:      { user: connector, not pulled: nobody uses its keys }
  database login: { login: loader, not pulled: nobody logs in }
  target table:   { sql: tables/airports.sql, not pulled: nothing is loaded }
  right table:    { set: target, to: airports, instead: elsewhere }
connection: { bucket: stage, login: loader, keys: connector }
flow:
  - write: { operation: insert, into: "${target}", from: data/airports.csv }
holds:
  - rows: { of: airports, count: 0 }
pulled:
  right table: { breaks: write.stage, with: ["insert elsewhere dev true", "exit status: 1"] }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_runs_its_own_connector() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.yaml");
    fs::write(&file, SCENARIO).unwrap();
    let scenario = load(folder.path(), &file, &fixtures()).unwrap_or_else(|error| panic!("{error}"));
    let stack = Stack::start(CONFIG).await.unwrap_or_else(|error| panic!("{error}"));
    let report = run(stack, scenario, &[]).await;
    assert!(report.is_as_told(), "\n{}", table(&report, Style::Plain));
    let [baseline, pull] = report.trials.as_slice() else { panic!("{} trials", report.trials.len()) };
    let written = |trial: &linchpin_scenario::TrialReport| {
        let [output] = trial.output.as_slice() else { panic!("{:?}", trial.output) };
        [&output.step, &output.stdout, &output.stderr, &output.ended].map(String::clone)
    };
    let stage = "linchpin: step stage\n";
    assert_eq!(written(baseline), ["write", stage, "insert airports dev true\n", "exit status: 0"]);
    assert_eq!(written(pull), ["write", stage, "insert elsewhere dev true\n", "exit status: 1"]);
}
