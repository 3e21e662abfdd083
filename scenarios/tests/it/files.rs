//! One test a file.

use std::{path::PathBuf, process::Command};

use linchpin_report::{Style, table};
use linchpin_scenario::{load, load_all};
use linchpin_stack::Stack;
use rstest::rstest;

use crate::run::{CONFIG, fixtures, folder, run};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn scenario(
    #[files("*/*.yaml")]
    #[base_dir = "."]
    path: PathBuf,
) {
    let scenario = load(folder(), &path, &fixtures()).unwrap_or_else(|error| panic!("{error}"));
    let stack = Stack::start(CONFIG).await.unwrap_or_else(|error| panic!("{error}"));
    let report = run(stack, scenario, &[]).await;
    assert!(!report.trials.is_empty(), "no trial was run");
    assert!(report.is_as_told(), "\n{}", table(&report, Style::Plain));
}

/// A file that the macro above has not seen would never run.
#[test]
fn every_file_is_a_test() {
    let files = load_all(folder(), &fixtures()).unwrap().len();
    let listed = Command::new(std::env::current_exe().unwrap()).arg("--list").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let tests = listed.lines().filter(|line| line.starts_with("files::scenario::")).count();
    assert_eq!(tests, files, "\n{listed}");
}
