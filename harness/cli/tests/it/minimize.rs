//! `linchpin minimize`: the least document of a real flow.

use std::{fs, path::PathBuf, process::Command};

use serde_json::{Value, json};

use crate::program::{Run, linchpin, root};

/// The stock fixtures with another policy of five actions.
struct Fixtures(tempfile::TempDir);

impl Fixtures {
    fn with(statements: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied = Command::new("cp").arg("-r").arg(root().join("fixtures")).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        let fixtures = Self(folder);
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        fs::write(fixtures.folder().join("policies/minimal.json"), document.to_string()).unwrap();
        fixtures
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("fixtures")
    }

    fn minimize(&self) -> Run {
        let folder = self.folder();
        let arguments = ["minimize", "s3-policy/five-actions", "--format", "json", "--fixtures"];
        linchpin(&[arguments.as_slice(), &[folder.to_str().unwrap()]].concat(), &root(), &[])
    }
}

const BUCKET: &str = "arn:${partition}:s3:::${bucket:stage}";
const OBJECTS: &str = "arn:${partition}:s3:::${bucket:stage}/*";

fn parts(told: &Value) -> Vec<&str> {
    told.as_array().unwrap().iter().map(|one| one["part"].as_str().unwrap()).collect()
}

#[test]
fn what_is_granted_in_vain_is_told_and_what_is_needed_stays() {
    let fixtures = Fixtures::with(&json!([
        { "Sid": "Twice", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": BUCKET },
        { "Sid": "Bucket", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketPolicy", "s3:GetBucketLocation"], "Resource": BUCKET },
        { "Sid": "Objects", "Effect": "Allow", "Action": "s3:*Object", "Resource": "*" },
        { "Sid": "Vain", "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*" },
    ]));
    let run = fixtures.minimize();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    let document = &printed["documents"][0];
    assert_eq!(
        parts(&document["never_used"]),
        ["action `s3:GetBucketLocation` of statement `Bucket`", "statement `Vain`"],
        "{printed:#}"
    );
    assert_eq!(parts(&document["needless"]), ["statement `Twice`"]);
    assert_eq!(
        parts(&document["narrowed"]),
        ["Action of statement `Objects`", "Resource of statement `Objects`"]
    );
    assert!(parts(&document["needed"]).contains(&"action `s3:GetBucketPolicy` of statement `Bucket`"));
    let least = json!([
        { "Sid": "Bucket", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketPolicy"], "Resource": BUCKET },
        { "Sid": "Objects", "Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "Resource": OBJECTS },
    ]);
    assert_eq!(document["least"]["Statement"], least);
    // The least document is its own.
    let again: Value = serde_json::from_str(&Fixtures::with(&least).minimize().stdout).unwrap();
    let document = &again["documents"][0];
    assert_eq!(document["least"]["Statement"], least);
    assert_eq!((parts(&document["never_used"]).len(), parts(&document["needed"]).len()), (0, 7), "{again:#}");
}

#[test]
fn a_flow_that_does_not_hold_has_no_least_document() {
    let lacking = json!({ "Effect": "Allow", "Action": "s3:GetBucketPolicy", "Resource": BUCKET });
    let run = Fixtures::with(&lacking).minimize();
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    assert!(run.stderr.contains("it breaks at write.stage: stage: PutObject:"), "{}", run.stderr);
}
