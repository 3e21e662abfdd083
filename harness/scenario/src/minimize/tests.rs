//! Small records against small documents.

use std::{collections::BTreeSet, path::PathBuf};

use linchpin_policy::{Draft, Part};

use super::{Holder, Right, Target, narrowed, never_used, used};
use crate::{model::When, text::Names};

fn names() -> Names {
    let mut names = Names::default();
    for (name, value) in [
        ("partition", "aws"),
        ("region", "eu-west-1"),
        ("account", "111122223333"),
        ("account:partner", "444455556666"),
        ("cluster", "warehouse"),
        ("bucket:stage", "stage-1f"),
        ("key:staging", "arn:aws:kms:eu-west-1:111122223333:key/1f"),
        ("role:worker", "arn:aws:iam::111122223333:role/worker"),
    ] {
        names.set(name, value);
    }
    names
}

fn target(statements: &str, holder: Holder) -> Target {
    let source = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let written = Draft::parse(&source).unwrap();
    let (pin, path) = ("policy".to_owned(), PathBuf::from("policy.json"));
    Target { pin, when: When::default(), path, holder, source, written }
}

/// `WHO ACTION RESOURCE` a line.
fn record(lines: &[&str]) -> BTreeSet<Right> {
    let right = |line: &&str| {
        let [by, action, resource] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let principal = match by {
            "guest" => "arn:aws:sts::111122223333:federated-user/guest".to_owned(),
            "loader" => "arn:aws:sts::111122223333:assumed-role/loader/s".to_owned(),
            user => format!("arn:aws:iam::111122223333:user/{user}"),
        };
        Right {
            by: if by == "guest" { principal.clone() } else { by.to_owned() },
            principal,
            action: action.to_owned(),
            resource: names().fill(resource).unwrap(),
        }
    };
    lines.iter().map(right).collect()
}

/// What is told of a document: the parts that were never used, and the document made of the rest.
fn check(holder: Holder, statements: &str, calls: &[&str], unused: &[&str], least: Option<&str>) {
    let target = target(statements, holder);
    let used = used(&target, &names(), &record(calls)).unwrap();
    let kept = target.kept(&names()).unwrap();
    let parts = target.parts(&target.written, &kept);
    let told: Vec<String> =
        never_used(&target, &parts, &used, None).iter().map(|part| target.name(part)).collect();
    assert_eq!(told, unused, "never used of {statements}");
    let expected = least.map(|least| {
        Draft::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{least}]}}"#)).unwrap().to_string()
    });
    assert_eq!(
        narrowed(&target, &parts, &used).map(|draft| draft.to_string()),
        expected,
        "made of {statements}"
    );
}

fn of(who: &[&str]) -> Holder {
    Holder::Principals(who.iter().map(|name| (*name).to_owned()).collect())
}

const PUT: &str = "connector s3:PutObject arn:aws:s3:::${bucket:stage}/a/b.csv";
const LIST: &str = "loader s3:ListBucket arn:aws:s3:::${bucket:stage}";

#[test]
fn what_was_not_used_is_told_and_left_out() {
    let write = r#"{"Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],"Resource":["arn:aws:s3:::${bucket:stage}/*","arn:aws:s3:::other/*"]}"#;
    let read = r#"{"Sid":"Read","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::${bucket:stage}"}"#;
    check(
        of(&["connector"]),
        &format!("{write},{read}"),
        &[PUT, LIST],
        &[
            "action `s3:GetObject` of statement 1",
            "resource `arn:aws:s3:::other/*` of statement 1",
            "statement `Read`",
        ],
        Some(r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::${bucket:stage}/*"}"#),
    );
    check(of(&["connector", "loader"]), read, &[PUT, LIST], &[], Some(read));
    check(of(&["connector"]), read, &[PUT], &["statement `Read`"], None);
    let by_guest = "guest s3:ListBucket arn:aws:s3:::${bucket:stage}";
    check(of(&["connector"]), read, &[by_guest], &[], Some(read));
}

#[test]
fn wildcards_become_what_was_asked_for() {
    let all = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    check(
        of(&["connector", "loader"]),
        all,
        &[PUT, LIST, "connector s3:PutObject arn:aws:s3:::elsewhere/x", "connector s3:ListAllMyBuckets *"],
        &[],
        Some(
            r#"{"Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:PutObject","s3:ListBucket"],"Resource":["*","arn:${partition}:s3:::${bucket:stage}/*","arn:${partition}:s3:::elsewhere/*","arn:${partition}:s3:::${bucket:stage}"]}"#,
        ),
    );
    let rest = r#"{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret"}"#;
    check(
        of(&["connector"]),
        rest,
        &[PUT],
        &[],
        Some(
            r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:${partition}:s3:::${bucket:stage}/*"}"#,
        ),
    );
}

#[test]
fn resources_are_named_for_any_run() {
    let all = r#"{"Effect":"Allow","Action":"a:B","Resource":"*"}"#;
    for (asked, named) in [
        ("${key:staging}", "${key:staging}"),
        ("${role:worker}", "${role:worker}"),
        ("arn:aws:iam::444455556666:role/x", "arn:${partition}:iam::${account:partner}:role/x"),
        (
            "arn:aws:redshift:eu-west-1:111122223333:dbuser:warehouse/etl",
            "arn:${partition}:redshift:${region}:${account}:dbuser:${cluster}/etl",
        ),
    ] {
        let least = format!(r#"{{"Effect":"Allow","Action":"a:B","Resource":"{named}"}}"#);
        check(of(&["connector"]), all, &[&format!("connector a:B {asked}")], &[], Some(&least));
    }
}

/// Denials grant nothing, and who administers a key is not asked for by the flow.
#[test]
fn what_grants_the_flow_nothing_stays() {
    let deny = r#"{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}"#;
    let write = r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::${bucket:stage}/*"}"#;
    let both = format!("{deny},{write}");
    check(of(&["connector"]), &both, &[PUT], &[], Some(&both));
    let root = r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}"#;
    let user = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/connector"},"Action":"kms:*","Resource":"*"}"#;
    let other =
        r#"{"Effect":"Allow","Principal":{"AWS":"${role:worker}"},"Action":"kms:Decrypt","Resource":"*"}"#;
    check(
        Holder::Key("staging".to_owned()),
        &format!("{root},{user},{other}"),
        &[
            "connector kms:Decrypt ${key:staging}",
            "connector kms:Encrypt arn:aws:kms:eu-west-1:111122223333:key/another",
        ],
        &["statement 3"],
        Some(&format!("{root},{}", user.replace("kms:*", "kms:Decrypt"))),
    );
}

#[test]
fn parts_are_told_with_their_place() {
    let mut target = target("", of(&[]));
    target.source =
        "{\n  \"Statement\": [\n    { \"Sid\": \"A\", \"Action\": [\"s3:*\"] }\n  ]\n}".to_owned();
    let member = |text: &str| Part::Member {
        statement: 0,
        element: linchpin_policy::Element::Action,
        text: text.to_owned(),
    };
    assert_eq!(target.place(&member("s3:*")), "policy.json:3:30");
    assert_eq!(
        target.place(&member("s3:PutObject")),
        "policy.json:3:5",
        "what replaces it is told by its statement"
    );
}
