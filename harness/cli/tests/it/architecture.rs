//! The invariants of ARCHITECTURE.md that are about structure: who depends on whom, and who does what.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::program::root;

/// The crates of the harness, and those of ours that each may use.
const ARROWS: [(&str, &[&str]); 13] = [
    ("policy", &[]),
    ("formats", &[]),
    ("query", &[]),
    ("postgres", &[]),
    ("containers", &["postgres"]),
    ("gateway", &["policy"]),
    ("cloud", &["gateway", "policy"]),
    ("warehouse", &["formats"]),
    ("agent", &["formats", "query"]),
    ("stack", &["cloud", "containers", "gateway", "policy", "postgres", "query", "warehouse"]),
    ("scenario", &["agent", "gateway", "policy", "query", "stack"]),
    ("report", &["scenario"]),
    ("cli", &["policy", "report", "scenario", "stack"]),
];

fn manifest(name: &str) -> String {
    fs::read_to_string(root().join("harness").join(name).join("Cargo.toml")).unwrap()
}

/// The names in `[dependencies]`, not those that tests alone use.
fn dependencies(manifest: &str) -> Vec<String> {
    let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    section.lines().filter_map(|line| line.split(['.', ' ', '=']).next()).map(str::to_owned).collect()
}

#[test]
fn arrows_point_one_way() {
    let folders = fs::read_dir(root().join("harness")).unwrap().count();
    assert_eq!(folders, ARROWS.len(), "a new crate belongs into the table");
    for (name, allowed) in ARROWS {
        for dependency in dependencies(&manifest(name)) {
            if let Some(ours) = dependency.strip_prefix("linchpin-") {
                assert!(allowed.contains(&ours), "`{name}` must not use `{ours}`");
            }
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
    found
}

/// The code before its unit tests.
fn product_code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap().to_owned()
}

fn assert_without(files: &[PathBuf], words: &[&str]) {
    assert!(!files.is_empty());
    for file in files {
        let code = product_code(file);
        for word in words {
            assert!(!code.contains(word), "`{word}` stands in {}", file.display());
        }
    }
}

const IO: [&str; 6] = ["std::fs", "TcpStream", "UdpSocket", "std::process", "tokio::", "std::env"];

#[test]
fn the_pure_crates_do_no_io() {
    for name in ["policy", "formats"] {
        assert_without(&sources(&root().join("harness").join(name).join("src")), &IO);
        let heavy = ["tokio", "hyper", "aws-sdk-s3", "aws-sdk-sts"];
        let used = dependencies(&manifest(name));
        assert!(!used.iter().any(|used| heavy.contains(&used.as_str())), "{used:?}");
    }
    let warehouse = root().join("harness/warehouse/src");
    let pure = ["options.rs", "copy/parse.rs", "copy/convert.rs", "unload/parse.rs", "unload/query.rs"]
        .map(|file| warehouse.join(file));
    assert_without(&pure, &IO);
    assert_without(&sources(&warehouse.join("sql")), &IO);
}

/// Frames and their tags are made and read in one place.
#[test]
fn only_wire_knows_message_bytes() {
    let warehouse = root().join("harness/warehouse/src");
    let wire = warehouse.join("wire");
    let others: Vec<PathBuf> =
        sources(&warehouse).into_iter().filter(|path| !path.starts_with(&wire)).collect();
    assert_without(&others, &["Frame", "message::", "put_i32", "get_i32"]);
}

/// Nothing outside tests can switch a check of the gateway off.
#[test]
fn only_tests_omit_checks() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(!workspace.contains("omit-check"), "the workspace's dependencies reach the product");
    for (name, _) in ARROWS {
        let manifest = manifest(name);
        let product =
            manifest.split("[features]").next().unwrap().split("[dev-dependencies]").next().unwrap();
        assert!(!product.contains("omit-check"), "`{name}` depends on `omit-check`");
        assert!(!manifest.contains("default = [\"omit-check\""), "`{name}` has `omit-check` on by default");
    }
}

/// Every file says what it is for, and stays readable in one sitting.
#[test]
fn files_are_introduced_and_short() {
    for (name, _) in ARROWS {
        for file in sources(&root().join("harness").join(name).join("src")) {
            if file.ends_with("tests.rs") {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//!"), "{} does not say what it is for", file.display());
            assert!(text.lines().count() <= 520, "{} is long: {}", file.display(), text.lines().count());
        }
    }
}
