//! Every fixture document, filled in for each partition: it is valid there, and names nothing of another partition.

use std::{ffi::OsStr, fs, path::PathBuf};

use linchpin_policy::{Document, DocumentKind};
use rstest::rstest;

use crate::run::fixtures;

/// Documents that are wrong on purpose, and where.
const WRONG: [(&str, &[&str]); 4] = [
    // R39: as the guide prints them.
    ("sample-extra-brace.json", &["aws", "aws-cn", "aws-us-gov"]),
    ("sample-no-kind.json", &["aws", "aws-cn", "aws-us-gov"]),
    ("sample-spaces.json", &["aws", "aws-cn", "aws-us-gov"]),
    // R67: the partition of the one is not that of the other.
    ("minimal-aws.json", &["aws-cn", "aws-us-gov"]),
];

fn documents() -> Vec<PathBuf> {
    let folders = ["policies", "trust"].map(|folder| fixtures().join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .collect()
}

/// Puts values in place of `${name}`, as a trial would in this partition.
fn filled(text: &str, partition: &str, region: &str) -> String {
    let mut parts = text.split("${");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap();
        filled += &match name.split_once(':') {
            None if name == "partition" => partition.to_owned(),
            None if name == "region" => region.to_owned(),
            None | Some(("account", _)) => "111122223333".to_owned(),
            Some((kind @ ("role" | "user"), name)) => {
                format!("arn:{partition}:iam::111122223333:{kind}/{name}")
            }
            Some(("key", name)) => format!("arn:{partition}:kms:{region}:111122223333:key/{name}"),
            Some((_, name)) => name.to_owned(),
        };
        filled += rest;
    }
    filled
}

fn check(text: &str, kind: DocumentKind, partition: &str) -> Result<(), String> {
    Document::parse(text, kind).map_err(|error| error.to_string())?;
    let own = format!("\"arn:{partition}:");
    let foreign = text.split_inclusive('"').filter(|part| part.starts_with("arn:"));
    match foreign.map(|part| format!("\"{part}")).find(|part| !part.starts_with(&own)) {
        Some(foreign) => Err(format!("{foreign} is of another partition")),
        None => Ok(()),
    }
}

#[rstest]
#[case("aws", "eu-west-1")]
#[case("aws-cn", "cn-north-1")]
#[case("aws-us-gov", "us-gov-west-1")]
fn every_document_is_valid_in_its_partition(#[case] partition: &str, #[case] region: &str) {
    assert!(documents().len() > 30, "the documents are not where they were");
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let kind = match text.contains("\"Principal\"") {
            _ if path.parent().unwrap().ends_with("trust") => DocumentKind::Trust,
            true => DocumentKind::Resource,
            false => DocumentKind::Identity,
        };
        let name = path.file_name().unwrap().to_str().unwrap();
        let wrong = WRONG.iter().any(|(wrong, partitions)| *wrong == name && partitions.contains(&partition));
        let checked = check(&filled(&text, partition, region), kind, partition);
        assert_eq!(checked.is_err(), wrong, "{name} in {partition}: {checked:?}");
    }
}
