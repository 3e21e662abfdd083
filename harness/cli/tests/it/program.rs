//! The program's own behaviour: exit codes, and one line for each thing that keeps it from running.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

/// The folder that the scenarios and fixtures lie in.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn linchpin(arguments: &[&str], folder: &Path, variables: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linchpin"));
    command.args(arguments).current_dir(folder).envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// The program must refuse with exit code 2 and one line that holds all of `fragments`.
fn check_refusal(arguments: &[&str], folder: &Path, variables: &[(&str, &str)], fragments: &[&str]) {
    let run = linchpin(arguments, folder, variables);
    assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{arguments:?}: {}", run.stderr);
    assert_eq!(run.stdout, "", "{arguments:?}");
    for fragment in fragments {
        assert!(run.stderr.contains(fragment), "{arguments:?}: `{fragment}` is not in {}", run.stderr);
    }
}

#[test]
fn what_keeps_it_from_running_is_one_line() {
    let root = root();
    check_refusal(&["check", "--scenarios", "nowhere"], &root, &[], &["`nowhere`", "No such file"]);
    check_refusal(&["check", "--scenarios", "fixtures"], &root, &[], &["no scenario lies under `fixtures`"]);
    check_refusal(&["check", "s4-policy"], &root, &[], &["`s4-policy`", "`s3-policy/copy-only`"]);
    check_refusal(
        &["check", "copy-only", "--pull", "nope"],
        &root,
        &[],
        &["pull no `nope`", "`insert on airports`"],
    );
    check_refusal(&["check", "--fixtures", "nowhere"], &root, &[], &["no folder `nowhere`", "`--fixtures`"]);
    check_refusal(&["minimize", "five-actions"], &root, &[], &["`five-actions`", "`s3-policy/five-actions`"]);
    check_refusal(&["minimize", "dbt/table"], &root, &[], &["`dbt/table` gives nobody a policy"]);
    check_refusal(&["check", "--jobs", "0"], &root, &[], &["`--jobs 0`", "at least 1"]);
    check_refusal(&["check"], &root, &[("LINCHPIN_PG_BIN", "/nowhere")], &["/nowhere", "LINCHPIN_PG_BIN"]);
    check_refusal(&["exec", "--region", "mars-1", "--", "true"], &root, &[], &["`mars-1` is not a region"]);
    check_refusal(&["exec", "--", "no-such-program"], &root, &[], &["`no-such-program`", "No such file"]);
}

#[test]
fn a_requirement_is_explained_with_its_proof() {
    let run = linchpin(&["explain", "r22"], &root(), &[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for fragment in
        ["R22: The Redshift role is attached to the cluster", "spec-A", "shown", "keys-and-roles/role:"]
    {
        assert!(run.stdout.contains(fragment), "{}", run.stdout);
    }
    check_refusal(&["explain", "R999"], &root(), &[], &["`R999`", "147"]);
    let listed = linchpin(&["list"], &root(), &[]).stdout;
    assert!(listed.contains("s3-policy/five-actions "), "{listed}");
    assert!(listed.contains("147 requirements: "), "{listed}");
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    let run = linchpin(
        &["check", "copy-only", "--pull", "the agent's clock", "--report", "Cargo.toml"],
        &root(),
        &[],
    );
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let last = run.stderr.lines().last().unwrap();
    assert!(last.contains("cannot write the report to `Cargo.toml/report.json`"), "{last}");
    assert!(last.contains("`--report`"), "{last}");
}

/// In CloudTrail's names: who, what, on what, and how it was answered.
#[test]
fn the_record_is_written_as_json_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.jsonl");
    let arguments = ["exec", "--record", file.to_str().unwrap(), "--", "true"];
    assert_eq!(linchpin(&arguments, &root(), &[]).code, Some(0));
    let lines = fs::read_to_string(&file).unwrap();
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let made = events.iter().find(|event| event["eventName"] == "CreateBucket").unwrap();
    assert_eq!(made["eventSource"], "s3.amazonaws.com");
    assert_eq!(made["userIdentity"]["type"], "Root");
    assert!(made["requestParameters"]["bucketName"].is_string(), "{made}");
    assert_eq!(made["additionalEventData"]["decisions"][0]["action"], "s3:CreateBucket");
    let file = file.to_str().unwrap();
    let found = linchpin(&["record", file, "--action", "s3:Create*", "--decision", "allow"], &root(), &[]);
    assert_eq!((found.code, found.stdout.lines().count()), (Some(0), 2), "{}", found.stdout);
    assert!(found.stdout.contains(" 200 s3 CreateBucket by arn:aws:iam::"), "{}", found.stdout);
    assert_eq!(linchpin(&["record", file, "--action", "s3:Get*"], &root(), &[]).code, Some(1));
    check_refusal(&["record", "Cargo.toml"], &root(), &[], &["line 1 of `Cargo.toml`"]);
    check_refusal(&["record", "nowhere"], &root(), &[], &["`nowhere`", "No such file"]);
    check_refusal(
        &["exec", "--record", "nowhere/r", "--", "true"],
        &root(),
        &[],
        &["`nowhere/r`", "`--record`"],
    );
}

#[test]
fn exec_ends_with_the_commands_exit_code_and_hands_the_facts_over() {
    let script = "test -n \"$LINCHPIN_JDBC_URL\" && test -f \"$LINCHPIN_CA_FILE\" && test -n \"$AWS_ENDPOINT_URL\" && exit 7";
    assert_eq!(linchpin(&["exec", "--", "sh", "-c", script], &root(), &[]).code, Some(7));
}

#[test]
fn a_program_on_an_instance_finds_the_credentials_of_its_role() {
    let script = r#"
        test -z "$AWS_ACCESS_KEY_ID$AWS_PROFILE" || exit 1
        host=${AWS_EC2_METADATA_SERVICE_ENDPOINT#http://}
        ask() {
            exec 3<>"/dev/tcp/${host%:*}/${host#*:}"
            printf '%s HTTP/1.1
host: %s
%s
connection: close

' "$1" "$host" "$2" >&3
            tail -n 1 <&3
        }
        token=$(ask "PUT /latest/api/token" "x-aws-ec2-metadata-token-ttl-seconds: 60")
        role=$(ask "GET /latest/meta-data/iam/security-credentials/" "x-aws-ec2-metadata-token: $token")
        test "$role" = machine && exit 7
    "#;
    let arguments = ["exec", "--credentials", "instance", "--", "bash", "-c", script];
    assert_eq!(linchpin(&arguments, &root(), &[("AWS_PROFILE", "production")]).code, Some(7));
}

/// Whether a process works; one that nobody has asked after its end is over too.
fn works(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", process.trim())).unwrap_or_default();
    status.rsplit(')').next().is_some_and(|rest| rest.trim().starts_with(['R', 'S', 'D']))
}

/// Waits until something is so; what never comes is a mistake.
fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{what}");
}

#[test]
fn an_interrupted_run_takes_along_what_its_connector_started() {
    let folder = tempfile::tempdir().unwrap();
    let child = folder.path().join("child");
    let script = format!("sleep 1000 & echo $! > {0}.new && mv {0}.new {0} && wait", child.display());
    let offers = "offers: { operations: [insert, read], auth: keys }\nlimit: 600\n";
    let connector = folder.path().join("connector.yaml");
    fs::write(&connector, format!("connector: mine\ncommand: [sh, -c, \"{script}\"]\n{offers}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_linchpin"));
    command.args(["check", "keys-and-roles/keys", "--connector"]).arg(&connector);
    let mut run = command.current_dir(root()).stderr(std::process::Stdio::null()).spawn().unwrap();
    until("the program was never started", || child.exists());
    let started = fs::read_to_string(&child).unwrap();
    assert!(works(&started));
    let process = rustix::process::Pid::from_child(&run);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(130));
    until("what the program started goes on", || !works(&started));
}

#[test]
fn a_mistake_in_a_scenario_is_shown_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let source = fs::read_to_string(root().join("scenarios/s3-policy/copy-only.yaml")).unwrap();
    let wrong = source.replace("breaks: put,", "brekas: put,");
    fs::write(folder.path().join("wrong.yaml"), &wrong).unwrap();
    let run = linchpin(
        &["check", "--scenarios", ".", "--fixtures", root().join("fixtures").to_str().unwrap()],
        folder.path(),
        &[],
    );
    assert_eq!(run.code, Some(2));
    let line = wrong.lines().position(|line| line.contains("brekas")).unwrap() + 1;
    assert!(run.stderr.contains(&format!("wrong.yaml:{line}:")), "{}", run.stderr);
    assert!(run.stderr.contains("`breaks`"), "{}", run.stderr);
}

fn trial<'a>(report: &'a Value, scenario: &str, pulled: Option<&str>) -> &'a Value {
    let trials = report["trials"].as_array().unwrap();
    let found =
        trials.iter().find(|trial| trial["scenario"] == scenario && trial["pulled"].as_str() == pulled);
    found.unwrap_or_else(|| panic!("no trial of {scenario} without {pulled:?}"))
}

/// An action that the document lost: the baselines that need it fail with a cause that names it, others do not change.
#[test]
fn an_action_removed_from_the_minimal_policy_turns_baselines_red() {
    let folder = tempfile::tempdir().unwrap();
    let copied =
        Command::new("cp").arg("-r").arg(root().join("fixtures")).arg(folder.path()).status().unwrap();
    assert!(copied.success());
    let policy = folder.path().join("fixtures/policies/minimal.json");
    let text = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, text.replace("\"s3:ListBucket\", ", "")).unwrap();
    let fixtures = folder.path().join("fixtures");
    let report = folder.path().join("report");
    let arguments = [
        "check",
        "s3-policy/five-actions",
        "s3-policy/two-principals",
        "--format",
        "json",
        "--fixtures",
        fixtures.to_str().unwrap(),
        "--report",
        report.to_str().unwrap(),
    ];
    let run = linchpin(&arguments, &root(), &[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    let written: Value =
        serde_json::from_str(&fs::read_to_string(report.join("report.json")).unwrap()).unwrap();
    assert_eq!(printed, written);
    let baseline = trial(&printed, "s3-policy/five-actions", None);
    assert_eq!(baseline["verdict"], "failed");
    assert_eq!(baseline["step"], "write.copy");
    assert!(baseline["cause"].as_str().unwrap().contains("`s3:ListBucket`"), "{baseline}");
    assert_eq!(trial(&printed, "s3-policy/five-actions", Some("staging bucket"))["verdict"], "skipped");
    assert_eq!(trial(&printed, "s3-policy/two-principals", None)["verdict"], "held");
    assert_eq!(printed["summary"]["failed"], 1);
    assert_eq!(printed["stack"], "embedded");
}
