//! Texts and bytes that nobody meant: whatever a client sends is read or refused, and nothing panics. `PROPTEST_CASES` says
//! how many are tried of each.

use bytes::BytesMut;
use proptest::prelude::*;

use crate::sql::{self, IdentifierCase, Strictness};
use crate::statement::Dialect;
use crate::wire::fuzz;

/// Words and pieces of the statements that the front reads.
const PIECES: &[&str] = &[
    "copy",
    "unload",
    "t",
    "s.t",
    "dev.public.t",
    "from",
    "to",
    "'s3://b/k'",
    "iam_role",
    "default",
    "'arn:aws:iam::1:role/r'",
    "credentials",
    "'aws_iam_role=x'",
    "access_key_id",
    "'x'",
    "secret_access_key",
    "format",
    "as",
    "csv",
    "quote",
    "'%'",
    "json",
    "'auto'",
    "'noshred'",
    "avro",
    "parquet",
    "orc",
    "fixedwidth",
    "'a:1,b:2'",
    "delimiter",
    "','",
    "'\\t'",
    "'\\001'",
    "null",
    "escape",
    "gzip",
    "bzip2",
    "zstd",
    "manifest",
    "maxerror",
    "1",
    "99999999999999999999",
    "dateformat",
    "'YYYY-MM-DD'",
    "timeformat",
    "'epochsecs'",
    "acceptinvchars",
    "ignoreheader",
    "region",
    "partition",
    "by",
    "(",
    ")",
    "(a, b)",
    ",",
    "include",
    "parallel",
    "off",
    "maxfilesize",
    "5",
    "mb",
    "extension",
    "'select 1'",
    "('select \\'x\\' from t limit 1')",
    "select",
    "a",
    "b",
    "as x",
    "x",
    "+",
    "*",
    "where",
    "union",
    "group",
    "order",
    "top",
    "5then",
    "decode",
    "nvl2(",
    "listagg(",
    "within",
    "dateadd",
    "create",
    "table",
    "temp",
    "#t",
    "view",
    "if",
    "not",
    "exists",
    "int",
    "varchar",
    "(max)",
    "identity(1, 2)",
    "distkey",
    "sortkey",
    "diststyle",
    "key",
    "encode",
    "zstd",
    "primary",
    "unique",
    "foreign",
    "references",
    "constraint",
    "c",
    "like",
    "alter",
    "add",
    "column",
    "type",
    "append",
    "ignoreextra",
    "merge",
    "into",
    "using",
    "on",
    "remove",
    "duplicates",
    "truncate",
    "vacuum",
    "full",
    "percent",
    "boost",
    "analyze",
    "compression",
    "grant",
    "revoke",
    "assumerole",
    "all",
    "for",
    "user",
    "password",
    "'sha256|x'",
    "set",
    "show",
    "reset",
    "query_group",
    "with",
    "no",
    "schema",
    "binding",
    "s[0].a.b[1]",
    "[",
    "]",
    ".",
    ";",
    "\"",
    "\"Q\"",
    "'",
    "''",
    "$$",
    "$q$",
    "--",
    "/*",
    "*/",
    "\n",
    "é",
    "€",
    "\u{0}",
    "%",
    ":",
    "=",
    "case",
    "when",
    "end",
];

fn text() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(PIECES).prop_map(str::to_owned);
    let pieces = proptest::collection::vec(prop_oneof![12 => piece, 1 => ".{0,6}"], 0..24);
    (pieces, any::<bool>()).prop_map(|(pieces, apart)| pieces.join(if apart { " " } else { "" }))
}

/// A statement that begins well: most of a soup of words is refused at the first.
fn statement() -> impl Strategy<Value = String> {
    let heads = [
        "copy t from 's3://b/k' iam_role default ",
        "unload ('select 1') to 's3://b/k' iam_role default ",
        "create table t (",
        "alter table t ",
        "select ",
        "merge into t using s on ",
        "",
    ];
    (proptest::sample::select(heads.to_vec()), text()).prop_map(|(head, rest)| head.to_owned() + &rest)
}

fn dialect(strictness: Strictness, identifiers: IdentifierCase) -> Dialect {
    Dialect { database: "dev".to_owned(), identifiers, strictness }
}

proptest! {
    #[test]
    fn tokens_stand_in_their_text(sql in statement()) {
        if let Ok(tokens) = sql::tokenize(&sql) {
            let mut end = 0;
            for token in &tokens {
                prop_assert!(token.offset >= end && !token.text.is_empty());
                end = token.end();
                prop_assert_eq!(sql.get(token.offset..end), Some(token.text));
            }
        }
    }

    #[test]
    fn statements_are_read_or_refused(sql in statement(), kept in any::<bool>(), lenient in any::<bool>()) {
        let strictness = if lenient { Strictness::Lenient } else { Strictness::Strict };
        let identifiers = if kept { IdentifierCase::Kept } else { IdentifierCase::Folded };
        let dialect = dialect(strictness, identifiers);
        sql::may_need_the_front(sql.as_bytes());
        if let Ok(tokens) = sql::tokenize(&sql) {
            for statement in sql::statements(&tokens) {
                let _ = dialect.read(&sql, statement);
                sql::masked(&sql, statement);
                sql::expand(&sql, "x");
            }
        }
    }

    #[test]
    fn messages_are_judged_or_refused(
        messages in proptest::collection::vec((any::<u8>(), statement(), proptest::collection::vec(any::<u8>(), 0..12)), 0..6),
        end in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = BytesMut::new();
        for (tag, sql, tail) in messages {
            let tag = b"QPBDECSHFdcfpX"[usize::from(tag) % 14];
            fuzz::put(&mut bytes, tag, &[sql.as_bytes(), b"\0", &tail].concat());
        }
        bytes.truncate(end.index(bytes.len() + 1));
        fuzz::judge_all(bytes, dialect(Strictness::Strict, IdentifierCase::Folded));
    }

    #[test]
    fn packets_are_read_or_refused(packet in proptest::collection::vec(any::<u8>(), 0..80), named in any::<bool>()) {
        fuzz::open(&packet);
        fuzz::open(&[&[0, 3, 0, 0][..], b"user\0u\0", &packet, if named { b"\0" } else { b"" }].concat());
    }
}
