//! What each check of the gateway is for: the trial that turns red without it.

use linchpin_gateway::Check;
use linchpin_report::{Style, table};
use linchpin_scenario::Verdict;
use linchpin_stack::Stack;
use rstest::rstest;

use crate::run::{CONFIG, run, scenario};

/// The check, the scenario, and the pull that no longer breaks as told.
const TRIALS: [(Check, &str, &str); 10] = [
    (Check::Signature, "keys-and-roles/keys", "its secret"),
    (Check::ClockSkew, "s3-policy/copy-only", "the agent's clock"),
    (Check::KeyStatus, "keys-and-roles/keys", "its key is active"),
    (Check::SessionToken, "temporary-credentials/session", "its token"),
    (Check::SessionExpiry, "temporary-credentials/session", "its lifetime"),
    (Check::BucketRegion, "region/same-region", "bucket in the cluster's region"),
    (Check::IdentityPolicy, "s3-policy/five-actions", "minimal policy/s3:PutObject"),
    (Check::BucketPolicy, "s3-policy/bucket-policy", "harmless policy"),
    (Check::TrustPolicy, "keys-and-roles/role", "trusts redshift"),
    (Check::MissingKeyIsSecret, "s3-policy/missing-key", "data file"),
];

#[test]
fn every_check_has_a_trial() {
    for check in Check::ALL {
        assert!(TRIALS.iter().any(|(named, ..)| *named == check), "{check:?} has no trial");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without(#[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)] row: usize) {
    let (check, name, pull) = TRIALS[row];
    let mut scenario = scenario(name);
    scenario.pulled.retain(|line| line.pull.to_string() == pull);
    let stack = Stack::start_without(check, CONFIG).await.unwrap_or_else(|error| panic!("{error}"));
    let report = run(stack, scenario).await;
    let pulls: Vec<Verdict> =
        report.trials.iter().filter(|trial| trial.pulled.is_some()).map(|trial| trial.verdict).collect();
    assert!(!pulls.is_empty(), "`{name}` does not pull `{pull}`");
    let red = [Verdict::DidNotMatter, Verdict::BrokeOtherwise];
    assert!(pulls.iter().all(|verdict| red.contains(verdict)), "{check:?}\n{}", table(&report, Style::Plain));
}
