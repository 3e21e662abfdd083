//! SQL as clients send it, and what it answers: records of `tests/cases`, readable without Rust.
//!
//! A record is `statement ok`, `query` or `error CODE [part of the message]`, the statement below, and for a query
//! `----` and the rows: fields between `|`, NULL as `<null>`. `setting lenient` at the top starts a lenient cluster,
//! `setting superuser` makes the user one.
//! `object PATH [ENCODING]` puts an object into S3, its content below (gzip, bzip2, zstd, utf16le, utf16be, hex: encoded
//! so); `content PATH [ENCODING]` is what an object must hold, `keys PREFIX` which objects there are, and `notices` what
//! the client has heard since the last statement.

use std::path::Path;

use linchpin_formats::{Compression, Compressor, Decompressor};
use linchpin_warehouse::Strictness;

use crate::fixture::{Fixture, Refusal, Session};
use crate::s3::FakeS3;

/// Runs one file, on a cluster of its own.
async fn check(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let strictness =
        if text.starts_with("setting lenient") { Strictness::Lenient } else { Strictness::Strict };
    let fixture = Fixture::start_with(strictness).await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("grant create on database dev to loader").await.unwrap();
    if text.starts_with("setting superuser") {
        admin.batch_execute("alter user loader superuser").await.unwrap();
    }
    let session = fixture.connect().await;
    let mut wrong = Vec::new();
    for record in text.split("\n\n") {
        let lines: Vec<_> = record.lines().filter(|line| !line.starts_with('#')).collect();
        let Some((kind, body)) = lines.split_first().filter(|(kind, _)| !kind.starts_with("setting")) else {
            continue;
        };
        let result = match kind.split_once(' ') {
            Some(("object" | "content" | "keys", _)) => objects(&fixture.s3, kind, body),
            _ => run(&session, kind, body).await,
        };
        if let Err(message) = result {
            wrong.push(format!("{file}: {}\n    {message}", body.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn run(session: &Session, kind: &str, body: &[&str]) -> Result<(), String> {
    let end = body.iter().position(|line| *line == "----").unwrap_or(body.len());
    let sql = body[..end].join("\n");
    if kind == "notices" {
        let heard = session.take_notices();
        return if heard == body { Ok(()) } else { Err(format!("-> {heard:?}")) };
    }
    session.take_notices();
    let answer = session.client.simple_query(&sql).await.map_err(Refusal::from);
    match (kind.split_once(' ').unwrap_or((kind, "")), answer) {
        (("statement", "ok"), Ok(_)) => Ok(()),
        (("query", _), Ok(messages)) => {
            let expected = &body[end.min(body.len() - 1) + 1..];
            let rows = crate::fixture::text_rows(&messages);
            let rows: Vec<_> = rows.iter().flat_map(|row| row.split('\n')).collect();
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

/// A record about objects of S3.
fn objects(s3: &FakeS3, kind: &str, body: &[&str]) -> Result<(), String> {
    let mut words = kind.split(' ');
    let (kind, path, encoding) =
        (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or_default());
    let text: String = body.iter().map(|line| format!("{line}\n")).collect();
    let found = match kind {
        "object" => {
            s3.put(path, encode(encoding, &text));
            return Ok(());
        }
        "keys" => {
            let keys = s3.keys().into_iter().filter(|key| key.starts_with(path));
            keys.map(|key| format!("{key}\n")).collect()
        }
        _ => decode(encoding, &s3.get(path).ok_or("no such object")?),
    };
    if found == text { Ok(()) } else { Err(format!("-> {found:?}")) }
}

fn compression(name: &str) -> Compression {
    match name {
        "gzip" => Compression::Gzip,
        "bzip2" => Compression::Bzip2,
        "zstd" => Compression::Zstd,
        "" => Compression::None,
        _ => panic!("unknown encoding `{name}`"),
    }
}

fn encode(encoding: &str, text: &str) -> Vec<u8> {
    match encoding {
        "utf16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "hex" => {
            let digits: Vec<_> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            digits.chunks(2).map(byte).collect()
        }
        name => {
            let mut compressor = Compressor::new(compression(name)).unwrap();
            compressor.push(text.as_bytes()).unwrap();
            compressor.finish().unwrap();
            compressor.take()
        }
    }
}

fn decode(encoding: &str, bytes: &[u8]) -> String {
    let mut text = Vec::new();
    let mut decompressor = Decompressor::new(compression(encoding)).unwrap();
    decompressor.push(bytes, |plain| text.extend_from_slice(plain)).unwrap();
    decompressor.finish(|plain| text.extend_from_slice(plain)).unwrap();
    String::from_utf8(text).unwrap()
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

files![
    catalog,
    copy_errors,
    copy_formats,
    copy_options,
    copy_orc,
    create_table,
    functions,
    lenient,
    maintenance,
    modifiers,
    names,
    procedures,
    queries,
    refusals,
    roles,
    settings,
    show,
    tables,
    types,
    unload_formats,
    unload_options,
];

#[test]
fn every_file_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut found: Vec<_> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, FILES);
}
