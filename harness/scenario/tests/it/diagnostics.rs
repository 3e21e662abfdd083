//! Mistakes in a scenario: one line of a right one is changed, and the error must name place, fault and remedy.

use std::fs;

use linchpin_scenario::load;

const RIGHT: &str = "\
scenario: A COPY reads what was put
proves: [R56]
matrix:
  auth: [keys, role]
pins:
  bucket: { bucket: stage, region: cluster }
  user: { user: connector, not pulled: it is the connector's }
  policy: { policy: policies/minimal.json, on: connector, each: action, when: { auth: keys } }
connection: { bucket: stage, login: loader, keys: connector }
flow:
  - put: { from: data/airports.csv, to: in/airports.csv }
holds:
  - objects: { in: stage, count: 1 }
pulled:
  bucket: { breaks: put, with: NoSuchBucket }
  policy/s3:PutObject: { breaks: put, with: AccessDenied }
";

fn load_text(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("case.yaml");
    fs::write(&file, text).unwrap();
    load(folder.path(), &file).map(drop).map_err(|error| error.to_string())
}

fn check(right: &str, wrong: &str, line: usize, fragments: &[&str]) {
    assert!(RIGHT.contains(right), "`{right}` is not in the right scenario");
    let error = load_text(&RIGHT.replace(right, wrong)).expect_err(wrong);
    assert!(error.contains(&format!("case.yaml:{line}:")), "`{wrong}` is not shown at line {line}:\n{error}");
    for fragment in fragments {
        assert!(error.contains(fragment), "`{fragment}` is not in\n{error}");
    }
}

#[test]
fn the_right_one_is_right() {
    load_text(RIGHT).unwrap();
}

#[test]
fn unknown_words_have_a_nearest_known_one() {
    check("proves:", "prooves:", 1, &["`proves` is missing"]);
    check("holds:", "holds:\n  []\nhodls:", 14, &["unknown key `hodls`"]);
    check("breaks: put, with: No", "brekas: put, with: No", 15, &["`breaks`"]);
    check(
        "{ bucket: stage, region: cluster }",
        "{ buckt: stage, region: cluster }",
        6,
        &["unknown kind of pin `buckt`", "did you mean `bucket`?"],
    );
    check("each: action", "each: acton", 8, &["unknown part `acton`", "did you mean `action`?"]);
    check("- put:", "- putt:", 11, &["unknown step `putt`", "did you mean `put`?"]);
    check("- objects:", "- object:", 13, &["unknown condition `object`", "did you mean `objects`?"]);
    check(
        "  bucket: { breaks",
        "  buckett: { breaks",
        15,
        &["unknown pin `buckett`", "did you mean `bucket`?"],
    );
}

#[test]
fn shapes_are_told() {
    check("[R56]", "{ R56: yes }", 2, &["expected a text", "this is a mapping"]);
    check("count: 1", "count: one", 13, &["expected a whole number"]);
    check("flow:\n  - put", "flow:\n    put", 11, &["expected a list", "this is a mapping"]);
    check("scenario: A", "scenario: [A", 2, &["this is not YAML"]);
    check("proves: [R56]", "proves: [R56]\nproves: [R57]", 3, &["the key stands twice"]);
    check("proves: [R56]", "proves: &anchor [R56]\nother: *anchor", 3, &["anchors and aliases"]);
}

#[test]
fn every_pin_is_told_in_every_cell() {
    check(
        "  bucket: { breaks: put, with: NoSuchBucket }\n",
        "",
        6,
        &["the pin `bucket` is never pulled", "`not pulled:`"],
    );
    check(
        "bucket: { breaks: put,",
        "bucket: { when: { auth: keys }, breaks: put,",
        6,
        &["`bucket` says nothing for `auth: role`"],
    );
    check(
        "it is the connector's }",
        "it is the connector's }\n  user2: { user: other, when: { auth: roll }, not pulled: why }",
        8,
        &["unknown value of the axis `roll`", "did you mean `role`?"],
    );
    check(
        "keys: connector }",
        "keys: { use: connector, when: { oath: keys } } }",
        9,
        &["unknown axis of the matrix `oath`", "did you mean `auth`?"],
    );
    check(
        "  bucket: { breaks",
        "  user: { breaks: put }\n  bucket: { breaks",
        15,
        &["`user` says `not pulled`, and is pulled here"],
    );
}

#[test]
fn steps_have_names_of_their_own() {
    let twice = "- put: { from: data/airports.csv, to: in/airports.csv }";
    check(
        twice,
        &format!("{twice}\n  {twice}"),
        12,
        &["two steps are named `put`", "give this one a `name`"],
    );
}
