//! SQL as clients send it, and what it answers: records of `tests/cases`, readable without Rust.
//!
//! A record is `statement ok`, `query` or `error CODE [part of the message]`, the statement below, and for a query
//! `----` and the rows: fields between `|`, NULL as `<null>`. `setting lenient` at the top starts a lenient cluster.

use std::path::Path;

use linchpin_warehouse::Strictness;

use crate::fixture::{Fixture, Refusal, Session};

/// Runs one file, on a cluster of its own.
async fn check(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let strictness =
        if text.starts_with("setting lenient") { Strictness::Lenient } else { Strictness::Strict };
    let fixture = Fixture::start_with(strictness).await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("grant create on database dev to loader").await.unwrap();
    let session = fixture.connect().await;
    let mut wrong = Vec::new();
    for record in text.split("\n\n") {
        let lines: Vec<_> = record.lines().filter(|line| !line.starts_with('#')).collect();
        let Some((kind, body)) = lines.split_first().filter(|(kind, _)| !kind.starts_with("setting")) else {
            continue;
        };
        if let Err(message) = run(&session, kind, body).await {
            wrong.push(format!("{file}: {}\n    {message}", body.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn run(session: &Session, kind: &str, body: &[&str]) -> Result<(), String> {
    let end = body.iter().position(|line| *line == "----").unwrap_or(body.len());
    let sql = body[..end].join("\n");
    let answer = session.client.simple_query(&sql).await.map_err(Refusal::from);
    match (kind.split_once(' ').unwrap_or((kind, "")), answer) {
        (("statement", "ok"), Ok(_)) => Ok(()),
        (("query", _), Ok(messages)) => {
            let (rows, expected) =
                (crate::fixture::text_rows(&messages), &body[end.min(body.len() - 1) + 1..]);
            if rows == expected { Ok(()) } else { Err(format!("-> {rows:?}")) }
        }
        (("error", expected), Err(refusal)) => {
            let (code, message) = expected.split_once(' ').unwrap_or((expected, ""));
            let as_told = refusal.code == code && refusal.message.contains(message);
            if as_told { Ok(()) } else { Err(format!("-> {refusal:?}")) }
        }
        (_, answer) => Err(format!("-> {answer:?}")),
    }
}

/// One test a file, and none without a file.
macro_rules! files {
    ($($name:ident),+ $(,)?) => {
        const FILES: &[&str] = &[$(concat!(stringify!($name), ".slt")),+];
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                check(concat!(stringify!($name), ".slt")).await;
            }
        )+
    };
}

files![catalog, create_table, functions, lenient, maintenance, names, refusals, settings, types];

#[test]
fn every_file_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut found: Vec<_> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, FILES);
}
