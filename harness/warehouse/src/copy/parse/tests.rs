//! COPY statements, read and refused.

use super::*;
use crate::sql::tokenize;

fn parse(sql: &str) -> Result<CopyStatement, CopyParseError> {
    let tokens = tokenize(sql).unwrap();
    CopyStatement::parse(Cursor::new(&tokens))
}

#[test]
fn a_statement_is_read() {
    let copy = parse(
        "\"My Schema\".T (A, \"B\") from 's3://b/p/x' with credentials as 'aws_iam_role=arn:a' \
         format as csv quote '%' null as 'nil' gzip ignoreheader as 2 region 'eu-west-1' maxerror 5 manifest",
    )
    .unwrap();
    assert_eq!(copy.table, ["My Schema", "t"]);
    assert_eq!(copy.columns, ["a", "B"]);
    assert_eq!(copy.source.url(), "s3://b/p/x");
    let csv = Csv { delimiter: b',', quote: b'%', null: b"nil".to_vec() };
    assert_eq!(copy.format, Format::Lines(Layout::Csv(csv)));
    assert_eq!((copy.addressing, copy.compression), (Addressing::Manifest, Compression::Gzip));
    assert_eq!((copy.header_lines, copy.max_errors, copy.region.as_deref()), (2, 5, Some("eu-west-1")));
}

#[test]
fn every_option_that_is_not_carried_out_is_refused_by_its_name() {
    for option in VOCABULARY.refused {
        let sql = format!("t from 's3://b/k' iam_role default {} 'x'", option.to_lowercase());
        assert_eq!(parse(&sql).unwrap_err(), OptionError::NotCarriedOut(option).into());
    }
}

#[test]
fn every_option_that_is_carried_out_is_read_once() {
    for option in VOCABULARY.options.iter().chain(VOCABULARY.formats).copied() {
        let argument = match option {
            "COMPROWS" => "1000",
            "ENCODING" => "utf16",
            "ENCRYPTED" => "master_symmetric_key 'k'",
            "FIXEDWIDTH" => "'a:3,b:4'",
            "IGNOREHEADER" | "MAXERROR" => "1",
            "DATEFORMAT" | "TIMEFORMAT" => "'auto'",
            "MASTER_SYMMETRIC_KEY" => "'k' encrypted",
            "QUOTE" => "'%' csv",
            "SERIALIZETOJSON" => "parquet",
            "DELIMITER" | "NULL" | "REGION" => "';'",
            _ => "",
        };
        let sql = format!("t from 's3://b/k' iam_role default {option} {argument}");
        parse(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let twice = format!("{sql} {option} {argument}");
        assert_eq!(parse(&twice).unwrap_err(), OptionError::Twice(option).into(), "{twice}");
    }
}

#[test]
fn formats_and_mappings() {
    let at = Location { bucket: "b".to_owned(), key: "p".to_owned() };
    for (sql, expected) in [
        ("json", Format::Json(Mapping::Auto)),
        ("format as json 'auto'", Format::Json(Mapping::Auto)),
        ("json as 'auto ignorecase'", Format::Json(Mapping::AutoIgnoreCase)),
        ("format json 's3://b/p'", Format::Json(Mapping::Paths(at.clone()))),
        ("json 'noshred'", Format::Json(Mapping::NoShred)),
        ("as avro 's3://b/p'", Format::Avro(Mapping::Paths(at))),
        ("format avro", Format::Avro(Mapping::Auto)),
    ] {
        let copy = parse(&format!("t from 's3://b/k' iam_role default {sql}"));
        assert_eq!(copy.unwrap().format, expected, "{sql}");
    }
}

#[test]
fn refused() {
    use CopyParseError as E;
    use OptionError as O;
    let near = |text: &str| SyntaxError::Near(text.to_owned()).into();
    let value = |option, value: &str| O::Value { option, value: value.to_owned() }.into();
    for (sql, expected) in [
        ("t", SyntaxError::End.into()),
        ("t from stdin", E::Source("stdin".to_owned())),
        ("t from '/etc/passwd'", E::Source("/etc/passwd".to_owned())),
        ("t from program 'ls'", near("program")),
        ("t from 'emr://c/x' iam_role default", O::NotCarriedOut("EMR").into()),
        ("t from 'dynamodb://x' iam_role default", O::NotCarriedOut("DynamoDB").into()),
        ("job create j", O::NotCarriedOut("COPY JOB").into()),
        ("job from stdin", E::Source("stdin".to_owned())),
        ("t to 's3://b/k'", E::CopyTo),
        ("t (a,) from 's3://b/k'", near(")")),
        ("t from 's3://b/k' 'x'", near("'...'")),
        ("t from 's3://b/k' format as gzip", near("gzip")),
        ("t from 's3://b/k' delimiter '||'", value("DELIMITER", "||")),
        ("t from 's3://b/k' delimiter ''", value("DELIMITER", "")),
        ("t from 's3://b/k' maxerror 100001", value("MAXERROR", "100001")),
        ("t from 's3://b/k' null '\\n'", value("NULL", "\\n")),
        ("t from 's3://b/k' dateformat 'QQ'", value("DATEFORMAT", "QQ")),
        ("t from 's3://b/k' dateformat 'epochsecs'", value("DATEFORMAT", "epochsecs")),
        ("t from 's3://b/k' encoding latin1", value("ENCODING", "latin1")),
        ("t from 's3://b/k' fixedwidth '3,4'", value("FIXEDWIDTH", "3,4")),
        ("t from 's3://b/k' fixedwidth 'a:0'", value("FIXEDWIDTH", "a:0")),
        ("t from 's3://b/k' json 'Auto'", value("JSON", "Auto")),
        ("t from 's3://b/k' avro 'noshred'", value("AVRO", "noshred")),
        ("t from 's3://b/k' quote '%'", O::Requires("QUOTE", "CSV").into()),
        ("t from 's3://b/k' csv delimiter '\"'", O::Conflict("DELIMITER", "QUOTE").into()),
        (
            "t from 's3://b/k' parquet region 'x'",
            O::NotColumnar { option: "REGION", format: "PARQUET" }.into(),
        ),
        ("t from 's3://b/k' serializetojson", O::Requires("SERIALIZETOJSON", "PARQUET or ORC").into()),
        ("t from 's3://b/k' csv json", O::Conflict("CSV", "JSON").into()),
        (
            "t from 's3://b/k' encrypted iam_role default",
            O::Requires("ENCRYPTED", "MASTER_SYMMETRIC_KEY").into(),
        ),
        (
            "t from 's3://b/k' credentials 'aws_iam_role=arn:a;master_symmetric_key=k'",
            O::Requires("MASTER_SYMMETRIC_KEY", "ENCRYPTED").into(),
        ),
        (
            "t from 's3://b/k' encrypted master_symmetric_key 'k' credentials 'aws_iam_role=arn:a'",
            O::Conflict("MASTER_SYMMETRIC_KEY", "CREDENTIALS").into(),
        ),
    ] {
        assert_eq!(parse(sql).unwrap_err(), expected, "{sql}");
    }
}
