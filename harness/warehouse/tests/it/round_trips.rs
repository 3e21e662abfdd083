//! Rows -> UNLOAD -> COPY gives the same rows, for every format, over awkward values.

use std::fmt::Write;

use crate::fixture::{Fixture, KEYS};

/// Options of UNLOAD and of COPY between which no value is lost.
const FORMATS: [(&str, &str); 9] = [
    ("csv null as '@null@'", "csv null as '@null@'"),
    (
        "csv header delimiter ';' null as '@null@' gzip",
        "csv ignoreheader 1 delimiter ';' null as '@null@' gzip",
    ),
    ("escape null as '@null@'", "escape null as '@null@'"),
    ("escape addquotes null as '@null@' zstd", "escape removequotes null as '@null@' zstd"),
    ("escape delimiter '\\t' null as '@null@' bzip2", "escape delimiter '\\t' null as '@null@' bzip2"),
    // NUL, which no value holds.
    ("escape null as '\\0'", "escape null as '\\0'"),
    ("json", "json"),
    ("json gzip partition by (k) include", "json gzip"),
    ("parquet", "parquet"),
];

const TABLE: &str = "k smallint, v varchar(64), c char(6), i2 smallint, i4 int, i8 bigint, n numeric(38,10), m numeric(5,0), \
    f4 real, f8 float8, b boolean, d date, ts timestamp, tz timestamptz, s super, x varbyte(4), w varchar(64)";

/// Awkward values of each column, as SQL.
const VALUES: [&[&str]; 16] = [
    // v: pieces that are put together below.
    &["''"],
    &["''", "'ab'", "' a'", "'\"q\"'", "'|,;'", "'\\\\N'"],
    &["-32768", "32767", "0"],
    &["-2147483648", "2147483647", "0"],
    &["-9223372036854775808", "9223372036854775807", "1"],
    &["9999999999999999999999999999.9999999999", "-0.0000000001", "0", "1.5"],
    &["99999", "-99999"],
    &["3.4028235e38", "-1e-37", "0.1", "'NaN'", "'Infinity'"],
    &["1.7976931348623157e308", "-5e-324", "0.1", "'NaN'", "'-Infinity'"],
    &["true", "false"],
    &["'0001-01-01'", "'9999-12-31'", "'2000-02-29'", "'1969-12-31'"],
    &["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'", "'1969-12-31 23:59:59.000001'"],
    &["'1970-01-01 00:00:00+00'", "'2013-07-01 12:00:00.5+02'", "'1900-01-01 00:00:00-08'"],
    // No backslash and no delimiter: UNLOAD's ESCAPE looks at character columns only (documented).
    &["json_parse('{\"a\": [1, null, \"xy\"]}')", "json_parse('\"t\"')", "json_parse('12.50')"],
    &["from_hex('00ff5c')", "'{}'"],
    // w: as v, at the end of the line.
    &["''"],
];

/// What texts are made of: all that some format gives a meaning to.
const PIECES: [&str; 22] = [
    "a",
    " ",
    "|",
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\\",
    "\\N",
    "\"",
    "\"\"",
    "''",
    "@",
    "null",
    "NULL",
    "\u{e9}",
    "\u{4e2d}",
    "\u{1f600}",
    "{",
    "}",
];

/// A small generator (xorshift), so that every run tries the same rows.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// A text of up to nine pieces, as a literal.
    fn text(&mut self) -> String {
        let pieces = (0..self.below(10)).map(|_| PIECES[self.below(PIECES.len())]);
        format!(
            "'{}'",
            pieces.collect::<String>().replace('\\', "\\\\").replace("''", "'").replace('\'', "''")
        )
    }

    fn row(&mut self) -> String {
        let mut row = format!("({}", self.below(3));
        for (column, values) in VALUES.iter().enumerate() {
            let value = match (self.below(5), column) {
                (0, _) => "null".to_owned(),
                (_, 0 | 15) => self.text(),
                _ => values[self.below(values.len())].to_owned(),
            };
            write!(row, ", {value}").unwrap();
        }
        row + ")"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_back_as_they_went() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    session.run(&format!("create table t ({TABLE})")).await.unwrap();
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    for _ in 0..30 {
        let rows: Vec<_> = (0..20).map(|_| chance.row()).collect();
        session.run(&format!("insert into t values {}", rows.join(", "))).await.unwrap();
    }
    for (index, (unload, copy)) in FORMATS.iter().enumerate() {
        let at = format!("'s3://stage/{index}/' {KEYS}");
        let serialized = if *copy == "parquet" { "parquet serializetojson" } else { copy };
        session.run(&format!("drop table if exists u; create table u ({TABLE})")).await.unwrap();
        session.run(&format!("unload ('select * from t') to {at} {unload}")).await.unwrap();
        let copied = session.run(&format!("copy u from {at} {serialized}")).await;
        if let Err(refusal) = copied {
            let errors = session.rows("select colname, err_reason, raw_line from stl_load_errors").await;
            panic!("{unload}: {refusal:?} {errors:?}");
        }
        assert_eq!(fixture.differing().await, [] as [&str; 0], "{unload}");
        assert_eq!(session.rows("select count(*) from u").await, ["600"], "{unload}");
    }
}

/// Fixed widths have room for neither newlines nor the difference between blanks, an empty text and NULL.
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_fixed_widths_come_back_as_they_went() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    session.run(&format!("create table t ({TABLE}); create table u ({TABLE})")).await.unwrap();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let rows: Vec<_> = (0..200).map(|_| chance.row()).collect();
    session.run(&format!("insert into t values {}", rows.join(", "))).await.unwrap();
    let plain = "nullif(rtrim(translate(%, '\n\r', '')), '')";
    let texts = ["v", "c", "w"].map(|name| format!("{name} = {}", plain.replace('%', name))).join(", ");
    session.run(&format!("update t set {texts}")).await.unwrap();
    let widths: Vec<_> = ('a'..='q').map(|label| format!("{label}:100")).collect();
    let (at, fixed) = (format!("'s3://stage/fixed/' {KEYS}"), format!("fixedwidth '{}'", widths.join(",")));
    session.run(&format!("unload ('select * from t') to {at} {fixed}")).await.unwrap();
    session.run(&format!("copy u from {at} {fixed} trimblanks blanksasnull")).await.unwrap();
    assert_eq!(fixture.differing().await, [] as [&str; 0]);
    assert_eq!(session.rows("select count(*) from u").await, ["200"]);
}
