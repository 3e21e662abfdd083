//! Who needs a pin, as its pull shows it.

use linchpin_scenario::NeededBy;
use linchpin_stack::Stack;
use rstest::rstest;

use crate::run::{CONFIG, run, scenario};

#[rstest]
#[case("s3-policy/two-principals", "staging policy/s3:PutObject", NeededBy::Connector)]
#[case("s3-policy/two-principals", "loading policy/s3:GetObject", NeededBy::Cluster)]
// In one of its cells the cluster lists with the connector's keys.
#[case("s3-policy/five-actions", "minimal policy/s3:ListBucket", NeededBy::Cluster)]
#[case("keys-and-roles/role", "trusts redshift", NeededBy::Service)]
#[case("keys-and-roles/role", "attached to cluster", NeededBy::Cluster)]
#[case("temp-and-upsert/temp", "temp to the user", NeededBy::Connector)]
#[case("directories/folders", "staging folder", NeededBy::Connector)]
#[tokio::test(flavor = "multi_thread")]
async fn needed_by(#[case] name: &str, #[case] pull: &str, #[case] expected: NeededBy) {
    let stack = Stack::start(CONFIG).await.unwrap_or_else(|error| panic!("{error}"));
    let report = run(stack, scenario(name), &[pull]).await;
    let pulls: Vec<_> = report.trials.iter().filter(|trial| trial.pulled.is_some()).collect();
    assert!(!pulls.is_empty(), "`{name}` does not pull `{pull}`");
    assert!(pulls.iter().all(|trial| trial.needed_by == Some(expected)), "{pulls:?}");
    assert!(report.trials.iter().all(|trial| trial.pulled.is_some() || trial.needed_by.is_none()));
}
