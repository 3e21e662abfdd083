//! What is left after a failure in the middle: nothing half-loaded, and a session that goes on or ends cleanly.

use tokio_postgres::NoTls;

use crate::fixture::{Fixture, KEYS};

/// Waits until no session of the user `loader` is left at the private server.
async fn gone(fixture: &Fixture) {
    let admin = fixture.postgres.connect("dev").await;
    let sessions = "select from pg_stat_activity where usename = 'loader'";
    while !admin.query(sessions, &[]).await.unwrap().is_empty() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_waits_for_s3_can_be_cancelled() {
    for action in ["list", "get"] {
        let fixture = Fixture::start().await;
        let session = fixture.connect().await;
        fixture.s3.put("stage/x", "1\n");
        fixture.s3.stall(action);
        session.run("create table t (id int)").await.unwrap();
        let cancel = session.client.cancel_token();
        let start = if action == "list" { "GET /stage/?" } else { "GET /stage/x" };
        let sql = format!("copy t from 's3://stage/x' {KEYS}");
        let (copied, cancelled) = tokio::join!(session.run(&sql), async {
            fixture.s3.requested(start).await;
            cancel.cancel_query(NoTls).await
        });
        cancelled.unwrap();
        assert_eq!(copied.unwrap_err().code, "57014");
        assert_eq!(session.rows("select count(*) from t").await, ["0"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_in_the_middle_of_a_copy_leaves_nothing() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/x", "1\n");
    fixture.s3.stall("get");
    session.run("create table t (id int)").await.unwrap();
    let sql = format!("copy t from 's3://stage/x' {KEYS}");
    tokio::select! {
        _ = session.run(&sql) => panic!("the copy ended"),
        () = fixture.s3.requested("GET /stage/x") => {}
    }
    session.disconnect();
    gone(&fixture).await;
    assert_eq!(fixture.connect().await.rows("select count(*) from t").await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_in_the_middle_of_an_unload_leaves_nothing() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.stall("manifest");
    let sql = format!("unload ('select 1') to 's3://stage/out/' {KEYS} manifest");
    tokio::select! {
        _ = session.run(&sql) => panic!("the unload ended"),
        () = fixture.s3.requested("PUT /stage/out/manifest") => {}
    }
    assert_eq!(fixture.s3.keys().len(), 2);
    session.disconnect();
    while !fixture.s3.keys().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_breaks_off_fails_the_load_and_the_next_one_works() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let rows: String = (0..100_000).map(|id| format!("{id}\n")).collect();
    fixture.s3.put("stage/x", rows.clone());
    session.run("create table t (id int)").await.unwrap();
    fixture.s3.cut(Some(rows.len() / 2));
    let copy = format!("copy t from 's3://stage/x' {KEYS}");
    let refusal = session.run(&copy).await.unwrap_err();
    assert!(refusal.message.starts_with("S3 cannot be reached: "), "{}", refusal.message);
    assert!(refusal.detail.contains("S3 key being read : s3://stage/x"), "{}", refusal.detail);
    assert_eq!(session.rows("select count(*) from t").await, ["0"]);
    fixture.s3.cut(None);
    session.run(&copy).await.unwrap();
    assert_eq!(session.rows("select count(*) from t").await, ["100000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_waits_for_s3_takes_no_longer_than_statement_timeout() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/x", "1\n");
    fixture.s3.stall("get");
    session.run("create table t (id int); set statement_timeout to 300").await.unwrap();
    let refusal = session.run(&format!("copy t from 's3://stage/x' {KEYS}")).await.unwrap_err();
    session.run("reset statement_timeout").await.unwrap();
    let query = session.rows("select max(query) from stl_query").await.concat();
    assert_eq!(
        (refusal.code.as_str(), refusal.message),
        ("57014", format!("Query ({query}) cancelled on user's request"))
    );
    let told = session.rows("select count(*), (select max(aborted) from stl_query) from t").await;
    assert_eq!(told, ["0|1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_server_that_ends_the_session_ends_it_for_the_client() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let admin = fixture.postgres.connect("dev").await;
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'loader'";
    let (slept, ended) = tokio::join!(session.run("select pg_sleep(600)"), async {
        let asleep = "select from pg_stat_activity where wait_event = 'PgSleep'";
        while admin.query(asleep, &[]).await.unwrap().is_empty() {}
        admin.batch_execute(end).await
    });
    ended.unwrap();
    assert_eq!(slept.unwrap_err().code, "57P01");
    assert!(session.client.simple_query("select 1").await.is_err());
    assert_eq!(fixture.connect().await.rows("select 1").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_unload_does_not_wait_for_the_rows_of_its_query() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let rows = "select a.* from generate_series(1, 100000) a, generate_series(1, 100000) b";
    let sql = format!("unload ('{rows}') to 's3://nowhere/out' {KEYS}");
    let refusal = session.run(&sql).await.unwrap_err();
    assert!(refusal.message.contains("NoSuchBucket"), "{}", refusal.message);
    assert_eq!(session.rows("select 1").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_waits_for_a_lock_can_be_cancelled() {
    let fixture = Fixture::start().await;
    let (session, other) = (fixture.connect().await, fixture.connect().await);
    session.run("create table t (id int)").await.unwrap();
    other.run("begin; lock table t").await.unwrap();
    let admin = fixture.postgres.connect("dev").await;
    let cancel = session.client.cancel_token();
    let sql = format!("copy t from 's3://stage/x' {KEYS}");
    let (copied, cancelled) = tokio::join!(session.run(&sql), async {
        let waiting = "select from pg_stat_activity where wait_event_type = 'Lock'";
        while admin.query(waiting, &[]).await.unwrap().is_empty() {}
        cancel.cancel_query(NoTls).await
    });
    cancelled.unwrap();
    assert_eq!(copied.unwrap_err().code, "57014");
    assert_eq!(session.rows("select 1").await, ["1"]);
}
