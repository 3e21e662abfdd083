//! Mistakes in a scenario: one line of a right one is changed, and the error must name place, fault and remedy.

use std::{fs, path::Path};

use linchpin_scenario::load;

const RIGHT: &str = "\
scenario: A COPY reads what was put
proves: [R56]
matrix:
  auth: [keys, role]
pins:
  bucket: { bucket: stage, region: cluster }
  user: { user: connector, not pulled: it is the connector's }
  login: { login: loader, not pulled: it is there to be used }
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
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"));
    let file = folder.path().join("case.yaml");
    fs::write(&file, text).unwrap();
    load(folder.path(), &file, fixtures).map(drop).map_err(|error| error.to_string())
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
fn nobody_else_gets_the_password_of_an_iam_login() {
    let iam_login = |step: &str| {
        let told = RIGHT.replace("keys: connector }", "keys: connector, iam login: { auto create: yes } }");
        told.replace("  - put:", &format!("  - sql: {{ run: select 1{step} }}\n  - put:"))
    };
    load_text(&iam_login(", as: master")).unwrap();
    let error = load_text(&iam_login("")).unwrap_err();
    assert!(error.contains("case.yaml:10:") && error.contains("name another login with `as:`"), "{error}");
    check(
        "keys: connector }",
        "keys: connector, iam login: { auto create: maybe } }",
        10,
        &["unknown answer `maybe`"],
    );
}

#[test]
fn a_connector_of_its_own_can_do_what_its_scenario_asks() {
    let own = |connector: &str, step: &str| {
        let told = RIGHT.replace("pins:", &format!("connector: {connector}\npins:"));
        load_text(&told.replace("  - put:", &format!("{step}\n  - put:")))
    };
    let write = "  - write: { operation: insert, into: t, from: data/airports.csv }";
    own("{ command: [./load, --fast], limit: 5 }", write).unwrap();
    for (connector, step, told) in [
        ("{ command: [] }", write, "a program, and its arguments"),
        ("{ command: [./load], offers: { auth: keys } }", write, "unknown key `offers`"),
        ("{ command: [./load] }", "", "no step of it is a connector's"),
        ("{ command: [./load] }", &write.replace(" }", ", batch: 3 }"), "takes no options of tasks"),
    ] {
        let error = own(connector, step).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn unknown_words_have_a_nearest_known_one() {
    check("proves:", "prooves:", 2, &["unknown key `prooves`", "did you mean `proves`?"]);
    check("holds:", "holds:\n  []\nhodls:", 15, &["unknown key `hodls`"]);
    check("breaks: put, with: No", "brekas: put, with: No", 16, &["`breaks`"]);
    check(
        "{ bucket: stage, region: cluster }",
        "{ buckt: stage, region: cluster }",
        6,
        &["unknown kind of pin `buckt`", "did you mean `bucket`?"],
    );
    check("each: action", "each: acton", 9, &["unknown part `acton`", "did you mean `action`?"]);
    check("- put:", "- putt:", 12, &["unknown step `putt`", "did you mean `put`?"]);
    check("- objects:", "- object:", 14, &["unknown condition `object`", "did you mean `objects`?"]);
    check(
        "  bucket: { breaks",
        "  buckett: { breaks",
        16,
        &["unknown pin `buckett`", "did you mean `bucket`?"],
    );
}

#[test]
fn shapes_are_told() {
    check("[R56]", "{ R56: yes }", 2, &["expected a text", "this is a mapping"]);
    check("count: 1", "count: one", 14, &["expected a whole number"]);
    check("flow:\n  - put", "flow:\n    put", 12, &["expected a list", "this is a mapping"]);
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
        10,
        &["unknown axis of the matrix `oath`", "did you mean `auth`?"],
    );
    check(
        "  bucket: { breaks",
        "  user: { breaks: put }\n  bucket: { breaks",
        16,
        &["`user` says `not pulled`, and is pulled here"],
    );
}

#[test]
fn what_is_named_is_there() {
    check(
        "connection: { bucket: stage,",
        "connection: { bucket: stag,",
        10,
        &["unknown bucket `stag`", "did you mean `stage`?"],
    );
    check(
        "keys: connector }",
        "keys: conector }",
        10,
        &["unknown user or session `conector`", "did you mean `connector`?"],
    );
    check(
        "login: loader, keys",
        "login: loadr, keys",
        10,
        &["unknown login `loadr`", "did you mean `loader`?"],
    );
    check("on: connector,", "on: conector,", 9, &["unknown user or role `conector`"]);
    check(
        "policies/minimal.json",
        "policies/minimall.json",
        9,
        &["there is no file `policies/minimall.json`"],
    );
    check("data/airports.csv", "data/airprts.csv", 12, &["there is no file `data/airprts.csv`"]);
    check(
        "breaks: put, with: No",
        "breaks: putt, with: No",
        16,
        &["unknown step of the flow `putt`", "did you mean `put`?"],
    );
    check(
        "to: in/airports.csv",
        "to: \"in/${buckett:stage}\"",
        12,
        &["unknown name `buckett:stage`", "did you mean `bucket:stage`?"],
    );
}

#[test]
fn words_and_numbers_of_agents_are_known() {
    check(
        "keys: connector }",
        "keys: connector, environment: ec3 }",
        10,
        &["unknown environment `ec3`", "did you mean `ec2`?"],
    );
    check(
        "keys: connector }",
        "keys: connector, assumes: { role: connector, with: key } }",
        10,
        &["unknown way to assume a role `key`", "did you mean `keys`?"],
    );
    check(
        "put: { from: data/airports.csv, to: in/airports.csv }",
        "write: { operation: insert, into: t, from: data/airports.csv, batch: 0 }",
        12,
        &["expected a number of rows, from 1"],
    );
}

#[test]
fn what_a_task_says_is_known() {
    let put = "put: { from: data/airports.csv, to: in/airports.csv }";
    let write =
        |more: &str| format!("write: {{ operation: insert, into: t, from: data/airports.csv, {more} }}");
    for (more, fragments) in [
        ("job: ingestoin", ["unknown kind of job `ingestoin`", "did you mean `ingestion`?"]),
        ("create: exact", ["unknown way to name columns `exact`", "`exact names`"]),
        ("null for empty: maybe", ["unknown answer `maybe`", "`yes`"]),
        ("parts: 0", ["expected a whole number, from 1", "this is"]),
        ("max errors: few", ["expected a whole number, from 1", "this is"]),
        ("between batches: 20", ["expected a time such as `20 min`", "this is"]),
        ("rows as: op", ["expected `operation: data driven`", "this is"]),
        ("wait: 5", ["unknown key `wait`", "expected one of"]),
        ("keep order: yes", ["unknown key `keep order`", "expected one of"]),
    ] {
        check(put, &write(more), 12, &fragments);
    }
    let data_driven = "write: { operation: data driven, into: t, from: data/airports.csv }";
    check(put, data_driven, 12, &["expected a key `rows as`, which names the column"]);
    let renewed = "assumes: { role: connector, with: keys, renewed: perhaps } }";
    check("keys: connector }", &format!("keys: connector, {renewed}"), 10, &["unknown answer `perhaps`"]);
    let lasts = "assumes: { role: connector, with: keys, lasts: long } }";
    check("keys: connector }", &format!("keys: connector, {lasts}"), 10, &["expected a whole number"]);
    check("- objects: { in: stage, count: 1 }", "- warns: none", 14, &["expected a list"]);
}

#[test]
fn what_cannot_fail_is_refused() {
    check(", with: NoSuchBucket", "", 16, &["`with` is missing"]);
    check("with: NoSuchBucket", "with: []", 16, &["at least one text of the error"]);
    check("\n  - objects: { in: stage, count: 1 }", " []", 13, &["cannot fail"]);
}

#[test]
fn steps_have_names_of_their_own() {
    let twice = "- put: { from: data/airports.csv, to: in/airports.csv }";
    check(
        twice,
        &format!("{twice}\n  {twice}"),
        13,
        &["two steps are named `put`", "give this one a `name`"],
    );
}
