//! What is refused before anything is sent: the endpoint and the host are ports on which nobody listens.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test, as clippy.toml says of tests")]

use aws_credential_types::Credentials;
use linchpin_agent::{
    Cause, Connection, CopyOptions, Environment, Extras, Login, MachineTime, Operation, Read, RowsAs, Step,
    StepError, UnloadOptions, Write, read, write,
};
use std::fs;
use std::path::{Path, PathBuf};

fn connection(dir: &Path) -> Connection {
    Connection {
        jdbc_url: "jdbc:redshift://c.h.us-east-1.redshift.amazonaws.com:5439/dev".to_owned(),
        dial: Some(([127, 0, 0, 1], 1).into()),
        cluster_identifier: None,
        environment: Environment::Elsewhere,
        assume: None,
        user: "loader".to_owned(),
        login: Login::Password("secret".into()),
        trust_store: None,
        bucket: "stage".to_owned(),
        prefix: "agent/".to_owned(),
        s3_endpoint: Some("http://127.0.0.1:1".to_owned()),
        s3_region: "us-east-1".to_owned(),
        credentials: Some(Credentials::from_keys("AKIA", "sec/ret", None)),
        encryption: linchpin_agent::StagingEncryption::default(),
        copy_options: CopyOptions::default(),
        unload_options: UnloadOptions::default(),
        staging_dir: Some(dir.to_owned()),
        success_dir: dir.to_owned(),
        error_dir: dir.to_owned(),
        clock_ahead: std::time::Duration::ZERO,
        time: std::sync::Arc::new(MachineTime),
    }
}

fn request(dir: &Path, rows: &str) -> Write {
    let path = dir.join("rows.csv");
    fs::write(&path, rows).unwrap();
    Write {
        rows_as: RowsAs::Operation(Operation::Upsert),
        table: "t".to_owned(),
        key: vec!["id".to_owned()],
        rows: path,
        extras: Extras::default(),
    }
}

fn shown(error: &StepError, dir: &Path) -> String {
    assert!(error.also().is_empty(), "{error:?}");
    assert!(!format!("{error:?}").contains("sec/ret"));
    error.to_string().replace(&dir.display().to_string(), "DIR")
}

#[tokio::test]
async fn a_write_is_checked_before_anything_is_sent() {
    type Change = fn(&mut Connection, &mut Write);
    let rows: [(Change, &str); 7] = [
        (
            |connection, _| connection.credentials = None,
            "preflight: nothing signs the agent's requests to S3: give access keys in the connection, or run the agent on an EC2 instance",
        ),
        (|_, request| request.key.clear(), "preflight: upsert needs the key columns of `t`"),
        (
            |connection, _| connection.staging_dir.as_mut().unwrap().push("no"),
            "preflight: `DIR/no`: No such file or directory (os error 2)",
        ),
        (
            |connection, _| connection.success_dir.push("no"),
            "preflight: `DIR/no`: No such file or directory (os error 2)",
        ),
        (
            |connection, _| connection.error_dir.push("no"),
            "preflight: `DIR/no`: No such file or directory (os error 2)",
        ),
        (
            |_, request| request.rows = PathBuf::from("/nowhere"),
            "preflight: `/nowhere`: No such file or directory (os error 2)",
        ),
        (
            |_, request| fs::write(&request.rows, "id\n1,2\n").unwrap(),
            "preflight: `DIR/rows.csv`: line 2: expected 1 fields as in the header, got 2",
        ),
    ];
    for (change, expected) in rows {
        let dir = tempfile::tempdir().unwrap();
        let (mut connection, mut request) = (connection(dir.path()), request(dir.path(), "id,b\n1,x\n"));
        change(&mut connection, &mut request);
        let error = write(&connection, request).await.unwrap_err();
        assert_eq!(shown(&error, dir.path()), expected);
    }
}

#[tokio::test]
async fn a_read_is_checked_before_anything_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let request = Read { query: "select 1".to_owned(), to: dir.path().join("out.csv") };
    let without_keys = Connection { credentials: None, ..connection(dir.path()) };
    let error = read(&without_keys, request).await.unwrap_err();
    assert!(shown(&error, dir.path()).starts_with("preflight: nothing signs"));
}

#[tokio::test]
async fn the_first_request_is_the_bucket_policy() {
    let dir = tempfile::tempdir().unwrap();
    let error = write(&connection(dir.path()), request(dir.path(), "id,b\n1,x\n")).await.unwrap_err();
    assert_eq!(error.step(), Step::Preflight);
    assert!(matches!(error.cause(), Cause::S3Unreachable { operation: "GetBucketPolicy", .. }), "{error}");
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["rows.csv"]);
}
