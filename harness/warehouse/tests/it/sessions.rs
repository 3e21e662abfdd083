//! Connecting, and what passes through.

use std::process::Command;

use tokio_postgres::NoTls;

use crate::fixture::{Fixture, KEYS, Refusal, Session};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_passes_through() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    assert_eq!(session.rows("select 1, null, 'a\\'b'").await, ["1|<null>|a'b"]);
    let rows = session.client.query("select $1::int + 1", &[&41_i32]).await.unwrap();
    assert_eq!(rows[0].get::<_, i32>(0), 42);
    assert_eq!(session.run("select nonsense").await.unwrap_err().code, "42703");
    assert_eq!(session.rows("select current_user").await, ["loader"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_connect_is_told_in_postgresqls_words() {
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("create user expired password 'Secret1' valid until '2020-01-01'").await.unwrap();
    admin.batch_execute("create user nopassword").await.unwrap();
    for (user, password, database, code, message) in [
        ("loader", "wrong", "dev", "28P01", "password authentication failed for user \"loader\""),
        ("nobody", "Secret1", "dev", "28P01", "password authentication failed for user \"nobody\""),
        ("expired", "Secret1", "dev", "28P01", "password authentication failed for user \"expired\""),
        ("nopassword", "", "dev", "28P01", "password authentication failed for user \"nopassword\""),
        ("loader", "Secret1", "none", "3D000", "database \"none\" does not exist"),
    ] {
        let mut config = fixture.config();
        config.user(user).password(password).dbname(database);
        let refusal = Refusal::from(config.connect(NoTls).await.err().unwrap());
        assert_eq!((refusal.code.as_str(), refusal.message.as_str()), (code, message));
    }
}

/// Runs psql as the user `loader` and returns what it prints.
pub fn psql(fixture: &Fixture, ssl: &str, sql: &str) -> Result<String, String> {
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), &fixture.ca_pem).unwrap();
    let mut command = Command::new("psql");
    command.args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-c", sql]);
    command.env("PGHOST", "localhost").env("PGHOSTADDR", "127.0.0.1");
    command.env("PGPORT", fixture.cluster.address().port().to_string());
    command.env("PGUSER", "loader").env("PGPASSWORD", "Secret1").env("PGDATABASE", "dev");
    command.env("PGSSLMODE", ssl).env("PGSSLROOTCERT", ca.path());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout) + &text(output.stderr))
    } else {
        Err(text(output.stderr))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn psql_connects_with_and_without_tls() {
    let fixture = Fixture::start().await;
    assert_eq!(psql(&fixture, "disable", "select 'plain'").unwrap(), "plain\n");
    assert_eq!(psql(&fixture, "verify-full", "select 'verified'").unwrap(), "verified\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn psql_prints_tags_notices_and_blocks_as_redshifts() {
    let fixture = Fixture::start().await;
    fixture.s3.put("stage/x", "1\n2\n");
    psql(&fixture, "disable", "create table t (id int)").unwrap();
    let copied = psql(&fixture, "disable", &format!("copy t from 's3://stage/x' {KEYS}")).unwrap();
    assert!(copied.starts_with("COPY\n"), "{copied}");
    assert!(
        copied.contains("INFO:  00000: Load into table 't' completed, 2 record(s) loaded successfully.\n"),
        "{copied}"
    );
    let unloaded =
        psql(&fixture, "disable", &format!("unload ('select * from t') to 's3://stage/o' {KEYS}")).unwrap();
    assert!(unloaded.starts_with("UNLOAD\n"), "{unloaded}");
    let refused = psql(&fixture, "disable", &format!("copy t from 's3://stage/none' {KEYS}")).unwrap_err();
    let block = "ERROR:  XX000: The specified S3 prefix 'none' does not exist\nDETAIL:  \n  \
        -----------------------------------------------\n  error:  The specified S3 prefix 'none' does not exist\n  \
        code:      8001\n  context:   \n  query:     ";
    assert!(refused.starts_with(block), "{refused}");
}

/// psql believes the version that the server reports, and asks as one asks PostgreSQL 8.0.
#[tokio::test(flavor = "multi_thread")]
async fn psql_describes_tables_and_functions() {
    let fixture = Fixture::start().await;
    psql(&fixture, "disable", "create table t (id int primary key distkey, name varchar(5)) sortkey (id)")
        .unwrap();
    let described = psql(&fixture, "disable", "\\d t").unwrap();
    assert_eq!(described, "id|integer||not null|\nname|character varying(5)|||\n");
    for command in ["\\dt", "\\dv", "\\dn", "\\du", "\\l", "\\df getdate", "\\d"] {
        psql(&fixture, "disable", command).unwrap_or_else(|error| panic!("{command}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_the_users_own() {
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("revoke temp on database dev from public; create group g").await.unwrap();
    let session = fixture.connect().await;
    assert_eq!(session.run("create temp table s (id int)").await.unwrap_err().code, "42501");
    admin
        .batch_execute("grant temp on database dev to group g; alter group g add user loader")
        .await
        .unwrap();
    fixture.connect().await.run("create temp table s (id int)").await.unwrap();
}

/// Whether a message is Redshift's of a statement that was cancelled.
fn is_cancelled(message: &str) -> bool {
    let number =
        message.strip_prefix("Query (").and_then(|rest| rest.strip_suffix(") cancelled on user's request"));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_can_be_cancelled() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let cancel = session.client.cancel_token();
    let sleeping = session.run("select pg_sleep(600)");
    let (slept, cancelled) = tokio::join!(sleeping, async {
        let admin = fixture.postgres.connect("dev").await;
        let asleep = "select from pg_stat_activity where wait_event = 'PgSleep'";
        while admin.query(asleep, &[]).await.unwrap().is_empty() {}
        cancel.cancel_query(NoTls).await
    });
    cancelled.unwrap();
    let refusal = slept.unwrap_err();
    assert_eq!(refusal.code, "57014");
    assert!(is_cancelled(&refusal.message), "{}", refusal.message);
    let timed = session.run("set statement_timeout to 100; select pg_sleep(600)").await.unwrap_err();
    assert!(is_cancelled(&timed.message), "{}", timed.message);
    session.run("reset statement_timeout").await.unwrap();
    assert_eq!(session.rows("select 1").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_the_cluster_ends_its_sessions() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let (address, config) = (fixture.cluster.address(), fixture.config());
    fixture.cluster.stop().await;
    assert!(session.client.simple_query("select 1").await.is_err());
    assert!(config.connect(NoTls).await.is_err(), "{address} still answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_sessions_at_once() {
    let fixture = Fixture::start().await;
    let sessions = futures_util::future::join_all((0..100).map(|_| fixture.connect())).await;
    let rows = futures_util::future::join_all(sessions.iter().map(|session| session.rows("select 1"))).await;
    assert!(rows.iter().all(|rows| rows == &["1"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_redshift_come_with_the_startup_packet_and_with_the_user() {
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("alter user loader superuser").await.unwrap();
    let mut config = fixture.config();
    config.options("-c query_group=x -c enable_case_sensitive_identifier=true");
    let session = Session::connect(config).await;
    assert_eq!(session.rows("show query_group").await, ["x"]);
    let rows = session.client.query("select 1 as \"Kept\"", &[]).await.unwrap();
    assert_eq!(rows[0].columns()[0].name(), "Kept");
    session.run("alter user loader set enable_case_sensitive_identifier to on").await.unwrap();
    let rows = fixture.connect().await.client.query("select 1 as \"Kept\"", &[]).await.unwrap();
    assert_eq!(rows[0].columns()[0].name(), "Kept");
    session.run("alter user loader reset enable_case_sensitive_identifier").await.unwrap();
    let rows = fixture.connect().await.client.query("select 1 as \"Folded\"", &[]).await.unwrap();
    assert_eq!(rows[0].columns()[0].name(), "folded");
    let mut config = fixture.config();
    config.options("-c wlm_query_slot_count=0");
    let refusal = Refusal::from(config.connect(NoTls).await.err().unwrap());
    assert_eq!(refusal.code, "22023", "{refusal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_and_groups_have_redshifts_words() {
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("alter user loader superuser").await.unwrap();
    let session = fixture.connect().await;
    let settings = "select rolconfig from pg_roles where rolname = 'reader'";
    for (sql, expected) in [
        (
            "create user reader password 'Secret123' session timeout 3600 nocreatedb",
            "{idle_session_timeout=3600s,idle_in_transaction_session_timeout=3600s}",
        ),
        (
            "alter user reader session timeout 60 syslog access restricted",
            "{idle_session_timeout=60s,idle_in_transaction_session_timeout=60s}",
        ),
        ("alter user reader reset session timeout", "<null>"),
        ("alter user reader syslog access unrestricted", "{linchpin.syslog_access=unrestricted}"),
        ("alter user reader syslog access restricted", "<null>"),
        ("alter user reader set query_group to 'mine'", "{redshift.query_group=mine}"),
        ("alter user reader reset all", "<null>"),
    ] {
        session.run(sql).await.unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
        assert_eq!(session.rows(settings).await, [expected], "{sql}");
    }
    for sql in [
        "create group readers with user reader",
        "alter group readers drop user reader",
        "create role auditor",
        "grant role auditor to reader",
        "create table audited (id int)",
        "grant select on audited to role auditor, group readers",
    ] {
        session.run(sql).await.unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
    }
    let granted = "select user_name || ' ' || role_name from svv_user_grants";
    assert_eq!(session.rows(granted).await, ["reader auditor"]);
    let seen = "select has_table_privilege('reader', 'audited', 'select')";
    assert_eq!(session.rows(seen).await, ["t"]);
    session.run("revoke role auditor from reader").await.unwrap();
    assert_eq!(session.rows(seen).await, ["f"]);
    session.run("create role passing; grant role passing to reader; drop role passing force").await.unwrap();
    assert_eq!(session.rows(granted).await, [""; 0]);
    session
        .run("revoke select on audited from group readers; drop group readers; drop user reader")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_session_ends_with_its_users_timeout() {
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    // What SESSION TIMEOUT sets; its least is a minute.
    admin.batch_execute("alter user loader set idle_session_timeout to '300ms'").await.unwrap();
    let session = fixture.connect().await;
    while !session.client.is_closed() {
        tokio::task::yield_now().await;
    }
    session.client.simple_query("select 1").await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_of_the_servers_own_are_nobodys() {
    let fixture = Fixture::start().await;
    fixture.connect().await.run("create temp table mine (a int)").await.unwrap();
    let admin = fixture.postgres.connect("dev").await;
    let own = "select from information_schema.schemata where schema_name ~ '^pg_(toast|internal|temp)'";
    assert_eq!(admin.query(own, &[]).await.unwrap().len(), 0);
    admin.batch_execute("create temp table mine (a int)").await.unwrap();
    assert_eq!(admin.query(own, &[]).await.unwrap().len(), 1);
}
