//! What each check of the gateway is for: the trial that turns red without it.

use std::{path::Path, process::Command};

use linchpin_gateway::Check;
use linchpin_report::{Style, table};
use linchpin_scenario::Verdict;
use linchpin_stack::Stack;
use rstest::rstest;

use crate::run::{CONFIG, run, scenario};

#[rstest]
#[case::signature(Check::Signature, "keys-and-roles/keys", "its secret")]
#[case::clock_skew(Check::ClockSkew, "s3-policy/copy-only", "the agent's clock")]
#[case::key_status(Check::KeyStatus, "keys-and-roles/keys", "its key is active")]
#[case::session_token(Check::SessionToken, "temporary-credentials/session", "its token")]
#[case::session_expiry(Check::SessionExpiry, "temporary-credentials/session", "its lifetime")]
#[case::bucket_region(Check::BucketRegion, "region/same-region", "bucket in the cluster's region")]
#[case::identity_policy(Check::IdentityPolicy, "s3-policy/five-actions", "minimal policy/s3:PutObject")]
#[case::session_policy(Check::SessionPolicy, "other-connectors/trocco", "it may stage")]
#[case::bucket_policy(Check::BucketPolicy, "s3-policy/bucket-policy", "harmless policy")]
#[case::key_policy(Check::KeyPolicy, "encryption/key-policy", "key policy/kms:Decrypt")]
#[case::trust_policy(Check::TrustPolicy, "keys-and-roles/role", "trusts redshift")]
#[case::missing_key_is_secret(Check::MissingKeyIsSecret, "s3-policy/missing-key", "data file")]
#[tokio::test(flavor = "multi_thread")]
async fn without(#[case] check: Check, #[case] name: &str, #[case] pull: &str) {
    let stack = Stack::start_without(check, CONFIG).await.unwrap_or_else(|error| panic!("{error}"));
    let report = run(stack, scenario(name), &[pull]).await;
    let pulls: Vec<Verdict> =
        report.trials.iter().filter(|trial| trial.pulled.is_some()).map(|trial| trial.verdict).collect();
    assert!(!pulls.is_empty(), "`{name}` does not pull `{pull}`");
    note(check, name, pull, &pulls);
    let red = [Verdict::DidNotMatter, Verdict::BrokeOtherwise];
    assert!(pulls.iter().all(|verdict| red.contains(verdict)), "{check:?}\n{}", table(&report, Style::Plain));
}

/// A line of the table that CI shows: what turned red without the check.
fn note(check: Check, scenario: &str, pull: &str, pulls: &[Verdict]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checks");
    let verdicts: Vec<String> = pulls.iter().map(ToString::to_string).collect();
    let name = format!("{check:?}");
    let line = format!("{name:<20} {scenario}, `{pull}`: {}\n", verdicts.join(", "));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), line).unwrap();
}

/// `BucketRegion` as the cases above write it: `bucket_region`.
fn case_name(check: Check) -> String {
    let name = format!("{check:?}");
    let words = name.chars().enumerate().map(|(at, letter)| match letter {
        letter if letter.is_ascii_uppercase() && at > 0 => format!("_{}", letter.to_ascii_lowercase()),
        letter => letter.to_ascii_lowercase().to_string(),
    });
    words.collect()
}

#[test]
fn every_check_has_a_trial() {
    let listed = Command::new(std::env::current_exe().unwrap()).arg("--list").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for check in Check::ALL {
        let ending = format!("_{}: test", case_name(check));
        assert!(
            listed.lines().any(|line| line.starts_with("checks::without::") && line.ends_with(&ending)),
            "{ending}"
        );
    }
}
