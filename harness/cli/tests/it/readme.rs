//! The documents tell the truth: their scenario is the stock one, their commands exist, their tables are whole.

use std::{fs, process::Command};

use crate::program::root;

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The code blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    readme().split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_scenario_and_the_connector_are_the_stock_ones() {
    let stock = |file: &str| fs::read_to_string(root().join("scenarios").join(file)).unwrap();
    let files = ["examples/python/connector.yaml", "temp-and-upsert/insert-without-temp.yaml"];
    assert_eq!(blocks("yaml"), files.map(stock));
}

/// Each command line is one that the program accepts; `.ci/run` and `ci/readme.sh` run them.
#[test]
fn the_commands_are_known() {
    let commands: Vec<String> =
        blocks("sh").iter().flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(commands.contains(&"cargo run --release -- check".to_owned()));
    assert!(commands.contains(&"cargo test".to_owned()));
    for command in commands.iter().filter_map(|line| line.strip_prefix("cargo run --release -- ")) {
        let subcommand = command.split(' ').next().unwrap();
        let help =
            Command::new(env!("CARGO_BIN_EXE_linchpin")).args([subcommand, "--help"]).output().unwrap();
        assert!(help.status.success(), "{command}");
    }
}

/// A shown verdict table is one that the program could print: every scenario in it exists.
#[test]
fn the_shown_scenarios_exist() {
    for line in blocks("text").iter().flat_map(|block| block.lines().collect::<Vec<_>>()) {
        let name = line.split_whitespace().nth(1).unwrap();
        assert!(root().join("scenarios").join(name).with_extension("yaml").is_file(), "{name}");
    }
}
