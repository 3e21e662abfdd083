//! Statements of the front's among the client's, in both protocols, pipelined and in one transaction.

use std::error::Error;

use futures_util::future::join_all;
use tokio_postgres::types::{FromSql, Type};

use crate::fixture::{Fixture, KEYS};
use crate::raw::{self, RawClient};

#[tokio::test(flavor = "multi_thread")]
async fn a_query_of_many_statements_is_one_transaction() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/x", "1\n2\n");
    let sql = format!(
        "/* copy; */ create table t (id int); insert into t values (0); \
         copy t from 's3://stage/x' {KEYS}; -- one; more\n select count(*) from t;"
    );
    assert_eq!(session.rows(&sql).await, ["3"]);
    let sql =
        format!("insert into t values (9); copy t from 's3://stage/none' {KEYS}; insert into t values (10)");
    session.run(&sql).await.unwrap_err();
    assert_eq!(session.rows("select count(*) from t").await, ["3"]);
    let sql = format!("begin; copy t from 's3://stage/x' {KEYS}; rollback");
    session.run(&sql).await.unwrap();
    assert_eq!(session.rows("select count(*) from t").await, ["3"]);
    session.run(&format!("insert into t values (1/0); copy t from 's3://stage/x' {KEYS}")).await.unwrap_err();
    assert_eq!(session.rows("select count(*) from t").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_sees_the_transaction_that_it_runs_in() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/x", "1|a\n");
    session.run("create table target (id int, name varchar(4))").await.unwrap();
    session.run("begin").await.unwrap();
    session.run("create temp table s (like target)").await.unwrap();
    session.client.execute(&format!("copy s from 's3://stage/x' {KEYS}"), &[]).await.unwrap();
    session.run("insert into target select * from s; commit").await.unwrap();
    assert_eq!(session.rows("select * from target").await, ["1|a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_copy_runs_again() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/x", "1\n");
    session.run("create table t (id int)").await.unwrap();
    let copy = session.client.prepare(&format!("copy t from 's3://stage/x' {KEYS}")).await.unwrap();
    let count = session.client.prepare("select count(*) from t").await.unwrap();
    for expected in 1_i64..4 {
        session.client.execute(&copy, &[]).await.unwrap();
        let row = session.client.query_one(&count, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_statements_keep_their_answers() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/x", "1\n");
    session.run("create table t (id int)").await.unwrap();
    let client = &session.client;
    let copy = client.prepare(&format!("copy t from 's3://stage/x' {KEYS}")).await.unwrap();
    let count = client.prepare("select count(*) from t").await.unwrap();
    // tokio-postgres sends all of them before it reads the first answer.
    let runs = (0..20).map(|_| async {
        let loaded = client.execute(&copy, &[]);
        let failed = client.simple_query("select 1/0");
        let counted = client.query_one(&count, &[]);
        let (loaded, failed, counted) = tokio::join!(loaded, failed, counted);
        assert!(failed.is_err());
        loaded.unwrap();
        counted.unwrap().get::<_, i64>(0)
    });
    let counts = join_all(runs).await;
    assert_eq!(counts.into_iter().max(), Some(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_results_and_many_messages_pass() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let rows =
        session.client.query("select repeat('x', 100000) from generate_series(1, 300)", &[]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get::<_, &str>(0).len()).sum::<usize>(), 30_000_000);
    let long = "x".repeat(5_000_000);
    let row = session.client.query_one("select length($1::text)", &[&long]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 5_000_000);
}

/// What is sent before Sync, and the tags of the answer.
const BATCHES: &[(&[&str], &str)] = &[
    (&["select 1", "COPY", "select 2"], "12DC12NC12DCZ"),
    (&["select 1", "BAD", "select 2"], "12DC12EZ"),
    (&["BAD", "COPY", "COPY"], "12EZ"),
    (&["select 1/0", "COPY"], "1EZ"),
    (&["REFUSED", "COPY"], "EZ"),
    (&["select 1", "REFUSED", "select 2"], "12DCEZ"),
    (&["COPY", "COPY"], "12NC12NCZ"),
];

#[tokio::test(flavor = "multi_thread")]
async fn statements_before_one_sync_fail_together() {
    let fixture = Fixture::start().await;
    fixture.s3.put("stage/x", "1\n");
    let session = fixture.connect().await;
    session.run("create table t (id int)").await.unwrap();
    let mut client = RawClient::connect(&fixture).await;
    let (copy, bad) =
        (format!("copy t from 's3://stage/x' {KEYS}"), format!("copy t from 's3://stage/y' {KEYS}"));
    for (statements, expected) in BATCHES {
        session.run("truncate t").await.unwrap();
        for sql in *statements {
            let sql = match *sql {
                "COPY" => &copy,
                "BAD" => &bad,
                "REFUSED" => "copy t from stdin",
                sql => sql,
            };
            client.send(&raw::statement(sql)).await;
        }
        client.send(&raw::sync()).await;
        assert_eq!(client.tags().await, *expected, "{statements:?}");
        let loaded = if expected.contains('E') { 0 } else { expected.matches('N').count() };
        assert_eq!(session.rows("select count(*) from t").await, [loaded.to_string()], "{statements:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rewritten_statements_are_prepared_too() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let client = &session.client;
    client.execute("create table t (id int identity(5, 1) distkey, n varchar(3))", &[]).await.unwrap();
    let insert = client.prepare("insert into dev.public.\"T\" (n) values (nvl($1, 'x'))").await.unwrap();
    for (value, inserted) in [(Some("aé"), true), (None, true), (Some("éé"), false)] {
        assert_eq!(client.execute(&insert, &[&value]).await.is_ok(), inserted, "{value:?}");
    }
    let row =
        client.query_one("select listagg(n, $1) within group (order by id) from t", &[&","]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "aé,x");
    let refused = client.execute("insert into t (n) values ('y') returning id", &[]).await.unwrap_err();
    assert_eq!(refused.as_db_error().unwrap().code().code(), "42601");
    let truncate = client.prepare("truncate t").await.unwrap();
    session.run("begin; insert into t (n) values ('z')").await.unwrap();
    client.execute(&truncate, &[]).await.unwrap();
    session.run("rollback").await.unwrap();
    assert_eq!(session.rows("select count(*) from t").await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_parsed_whole_before_it_runs() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/x", "1\n");
    session.run("create table t (id int)").await.unwrap();
    for wrong in ["selec 1", "create table u (id int distkey,)", "select 'it\\'s' from from"] {
        let refusal = session.run(&format!("copy t from 's3://stage/x' {KEYS}; {wrong}")).await.unwrap_err();
        assert_eq!(refusal.code, "42601", "{refusal:?}");
        assert_eq!(session.rows("select count(*), pg_last_copy_id() from t").await, ["0|-1"], "{wrong}");
    }
    session.run(&format!("copy t from 's3://stage/x' {KEYS}; select 'it\\'s' from t")).await.unwrap();
    assert_eq!(session.rows("select count(*) from t").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases_of_a_select_list_are_prepared_too() {
    let fixture = Fixture::start().await;
    let client = fixture.connect().await.client;
    let sql = "select $1::int as a, a + 1 as b, b * b as c";
    let row = client.query_one(sql, &[&3_i32]).await.unwrap();
    assert_eq!((row.get::<_, i32>("b"), row.get::<_, i32>("c")), (4, 16));
    client.batch_execute("begin").await.unwrap();
    client.batch_execute("select nonsense").await.unwrap_err();
    let refused = client.query(sql, &[&3_i32]).await.unwrap_err();
    assert_eq!(refused.as_db_error().unwrap().code().code(), "25P02");
    client.batch_execute("rollback").await.unwrap();
    assert_eq!(client.query_one(sql, &[&1_i32]).await.unwrap().get::<_, i32>("c"), 4);
}

/// A client that goes in the middle of a message, or of a statement, leaves no session behind.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_break_off_leave_nothing() {
    let fixture = Fixture::start().await;
    fixture.s3.put("stage/x", "1\n");
    fixture.connect().await.run("create table t (id int)").await.unwrap();
    let admin = fixture.postgres.connect("dev").await;
    let copy = raw::statement(&format!("copy t from 's3://stage/x' {KEYS}"));
    let whole = [raw::statement("begin"), copy.clone(), raw::sync()].concat();
    let unterminated = b"Q\0\0\0\x08sele".to_vec();
    for broken in [
        &b"Q"[..],
        b"Q\0\0",
        b"Q\0\0\0\x20select",
        b"P\0\0\0\x03",
        b"\0\0\0\0\0",
        &unterminated,
        &copy,
        &whole,
    ] {
        let mut client = RawClient::connect(&fixture).await;
        client.send(broken).await;
        client.disconnect();
    }
    let (mut client, _) = RawClient::challenged(&fixture, "loader").await;
    client.send(b"p\0\0").await;
    client.disconnect();
    let sessions = "select from pg_stat_activity where usename = 'loader'";
    while !admin.query(sessions, &[]).await.unwrap().is_empty() {}
    assert_eq!(fixture.connect().await.rows("select count(*) from t").await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn super_and_varbyte_have_the_types_that_drivers_know() {
    let fixture = Fixture::start().await;
    let client = fixture.connect().await.client;
    client.batch_execute("create table t (id int, s super)").await.unwrap();
    client.batch_execute("insert into t values (1, json_parse('{\"a\": 1}'))").await.unwrap();
    for sql in ["select id, s from t", "select s as id, id as s, s[0] as more, id + 1 as x from t"] {
        let statement = client.prepare(sql).await.unwrap();
        let kinds: Vec<_> = statement.columns().iter().map(|column| column.type_().oid()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == 4000).count(), kinds.len() / 2, "{sql}: {kinds:?}");
        assert!(!kinds.contains(&3802), "{kinds:?}");
    }
    let rows = client.query("select 'abc'::varbyte", &[]).await.unwrap();
    assert_eq!(rows[0].columns()[0].type_().oid(), 6551);
    assert_eq!(rows[0].get::<_, Binary>(0).0, b"abc");
}

/// A value in binary form.
struct Binary(Vec<u8>);

impl FromSql<'_> for Binary {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Binary, Box<dyn Error + Sync + Send>> {
        Ok(Binary(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_cancels_another_session() {
    let fixture = Fixture::start().await;
    let (session, other) = (fixture.connect().await, fixture.connect().await);
    let process = session.rows("select pg_backend_pid()").await.remove(0);
    let admin = fixture.postgres.connect("dev").await;
    let (slept, cancelled) = tokio::join!(session.run("select pg_sleep(600)"), async {
        let asleep = "select from pg_stat_activity where wait_event = 'PgSleep'";
        while admin.query(asleep, &[]).await.unwrap().is_empty() {}
        other.run(&format!("cancel {process} 'too long'")).await
    });
    cancelled.unwrap();
    assert_eq!(slept.unwrap_err().code, "57014");
}
