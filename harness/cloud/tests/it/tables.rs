//! Every operation and every error code of the product's own tables has its cases: the tables are read from the sources.

use std::{fs, path::Path};

const STS_CASES: [&str; 3] = [
    include_str!("../cases/sts.calls"),
    include_str!("../cases/sessions.calls"),
    include_str!("../cases/web-identity.calls"),
];

/// Codes that no request brings about by itself.
const NOT_OF_REQUESTS: [(&str, &str); 5] = [
    ("InternalError", "the store's disk fails"),
    ("InternalFailure", "the caller's account is gone between the road and the service"),
    ("MalformedInput", "the road hands a service another protocol than its own"),
    ("NotModified", "a 304 has no body, and its cases are told by their status"),
    ("ServiceUnavailable", "an emulator behind the gateway is gone"),
];

fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The sources of a folder.
fn sources(folder: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The literals that are names in AWS's spelling, each with what stands before it. Comments quote, and are left out.
fn names(source: &str) -> Vec<(String, String)> {
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let pieces: Vec<&str> = code.split('"').collect();
    let literals = pieces.windows(2).step_by(2);
    let is_name = |text: &str| {
        let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric());
        text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.contains(|c: char| c.is_ascii_lowercase())
            && text.split('.').all(letters)
    };
    literals
        .filter(|pair| is_name(pair[1]))
        .map(|pair| (pair[0].trim_end().to_owned(), pair[1].to_owned()))
        .collect()
}

fn named_behind(source: &str, opening: &str) -> Vec<String> {
    let found = names(source).into_iter().filter(|(before, _)| before.ends_with(opening));
    found.map(|(_, name)| name).collect()
}

/// The operations in the gateway's table of S3 calls.
pub fn s3_operations() -> Vec<String> {
    names(&source("gateway/src/classify/s3/table.rs")).into_iter().map(|(_, name)| name).collect()
}

/// The operations without a line that carries them out, or without one that is refused.
fn unproved(operations: &[String], cases: &[&str]) -> Vec<String> {
    let lines: Vec<(&str, &str)> =
        cases.iter().flat_map(|cases| cases.lines()).filter_map(|line| line.rsplit_once(" -> ")).collect();
    let has = |operation: &str, refused: bool| {
        let calls = |call: &str| call.split_whitespace().any(|word| word == operation);
        lines.iter().any(|(call, told)| calls(call) && told.starts_with(['4', '5']) == refused)
    };
    operations.iter().filter(|name| !has(name, true) || !has(name, false)).cloned().collect()
}

fn check(service: &str, operations: &[String], least: usize, cases: &[&str]) {
    assert!(operations.len() >= least, "{service}: only {operations:?} were found");
    let unproved = unproved(operations, cases);
    assert!(unproved.is_empty(), "{service}: no accepting or no refusing case of {unproved:?}");
}

#[test]
fn every_operation_has_an_accepting_and_a_refusing_case() {
    let kms = named_behind(&source("cloud/src/kms/service.rs"), "Operation(");
    check("kms", &kms, 24, &[include_str!("../cases/kms.calls")]);
    let sts = source("cloud/src/sts/service.rs");
    let (_, offered) = sts.split_once("const OFFERED").unwrap();
    let sts: Vec<String> =
        names(offered.split_once("];").unwrap().0).into_iter().map(|(_, name)| name).collect();
    check("sts", &sts, 5, &STS_CASES);
    let redshift = named_behind(&source("cloud/src/redshift/operations.rs"), "name:");
    check("redshift", &redshift, 7, &[include_str!("../cases/redshift.calls")]);
}

/// What answers tell, wherever a case tells it.
fn told() -> String {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let cases = fs::read_dir(cases).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let cases: Vec<String> = cases.collect();
    let expected = cases.iter().flat_map(|cases| cases.lines()).filter_map(|line| line.rsplit_once(" -> "));
    let expected: Vec<String> = expected.map(|(_, expected)| expected.to_owned()).collect();
    let tests = ["gateway/tests/it", "gateway/tests/it/abuse", "cloud/tests/it"].map(sources).concat();
    [expected, tests].concat().join("\n")
}

fn codes() -> Vec<String> {
    let services = ["iam", "kms", "redshift", "s3", "sts"];
    let mut tables = services.map(|service| source(&format!("cloud/src/{service}/errors.rs"))).to_vec();
    tables.extend(sources("gateway/src/texts"));
    tables.extend(["gateway/src/xml.rs", "cloud/src/query/refusals.rs"].map(source));
    let fields = |before: &str| before.ends_with(".with(");
    let mut codes: Vec<String> = tables
        .iter()
        .flat_map(|table| names(table))
        .filter(|(before, _)| !fields(before))
        .map(|(_, name)| name)
        .collect();
    for file in sources("cloud/src/s3") {
        let uses = file.split("S3ErrorCode::").skip(1);
        let names = uses.filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next());
        codes.extend(names.filter(|name| *name != "Custom").map(str::to_owned));
    }
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn every_error_code_has_a_case() {
    let (codes, told) = (codes(), told());
    assert!(codes.len() > 80, "only {codes:?} were found");
    let unreachable = |code: &str| NOT_OF_REQUESTS.iter().any(|(name, _)| *name == code);
    let (out_of_reach, in_reach): (Vec<String>, _) = codes.into_iter().partition(|code| unreachable(code));
    let unproved: Vec<String> = in_reach.into_iter().filter(|code| !told.contains(code.as_str())).collect();
    assert!(unproved.is_empty(), "no case tells {unproved:?}");
    assert_eq!(
        out_of_reach.len(),
        NOT_OF_REQUESTS.len(),
        "{out_of_reach:?} are all that is there of the list"
    );
}
