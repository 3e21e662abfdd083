//! COPY.

use std::io::Write;

use linchpin_warehouse::Strictness;

use crate::fixture::{Fixture, KEYS, ROLE, Session, UNTRUSTED};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A COPY that loads: options, content of its one object, rows.
struct Loads {
    options: &'static str,
    content: &'static str,
    rows: &'static [&'static str],
}

const COLUMNS: &str = "id int not null, name varchar(8), amount numeric(8,2) default 7, day date, ok boolean";

const LOADS: &[Loads] = &[
    Loads {
        options: "",
        content: "1|one|2.5|2013-01-01|t\n2|\\N|||\n",
        rows: &["1|one|2.50|2013-01-01|t", "2|<null>|<null>|<null>|<null>"],
    },
    Loads { options: "", content: "1|a\\b|1.999|2013-01-01|f|\n", rows: &["1|a\\b|1.99|2013-01-01|f"] },
    Loads {
        options: "delimiter '\\t'",
        content: "1\ta|b\t1\t2013-01-01\tt\n",
        rows: &["1|a|b|1.00|2013-01-01|t"],
    },
    Loads {
        options: "delimiter as '\\036'",
        content: "1\u{1e}x\u{1e}1\u{1e}2013-01-01\u{1e}t\n",
        rows: &["1|x|1.00|2013-01-01|t"],
    },
    Loads { options: "csv", content: "1,\"a,\"\"b\"\n,1,2013-01-01,t\n", rows: &[] },
    Loads {
        options: "csv",
        content: "1,\"a,\n\"\"b\",1,2013-01-01,t\n",
        rows: &["1|a,\n\"b|1.00|2013-01-01|t"],
    },
    Loads {
        options: "format as csv quote as '%' delimiter ';'",
        content: "1;%a;b%;1;2013-01-01;t\n",
        rows: &["1|a;b|1.00|2013-01-01|t"],
    },
    Loads {
        options: "csv ignoreheader 1",
        content: "id,name,amount,day,ok\n1,a,1,2013-01-01,t\n",
        rows: &["1|a|1.00|2013-01-01|t"],
    },
    Loads { options: "null as '-'", content: "1|-|-|-|-\n", rows: &["1|<null>|<null>|<null>|<null>"] },
    Loads { options: "null '\\N'", content: "1|\\N|1||t\n", rows: &["1|<null>|1.00|<null>|t"] },
    Loads { options: "null as '\\\\N' csv", content: "1,\\N,1,,t\n", rows: &["1|<null>|1.00|<null>|t"] },
    Loads { options: "emptyasnull", content: "1||1||t\n", rows: &["1|<null>|1.00|<null>|t"] },
    Loads { options: "escape", content: "1|a\\|b|1||t\n", rows: &["1|a|b|1.00|<null>|t"] },
    Loads { options: "removequotes", content: "\"1\"|'a|b'|\"1\"||t\n", rows: &["1|a|b|1.00|<null>|t"] },
    Loads { options: "fillrecord", content: "1|a\n", rows: &["1|a|<null>|<null>|<null>"] },
    Loads { options: "truncatecolumns", content: "1|123456789|1||t\n", rows: &["1|12345678|1.00|<null>|t"] },
    Loads {
        options: "dateformat 'DD.MM.YYYY'",
        content: "1|a|1|31.12.2013|t\n",
        rows: &["1|a|1.00|2013-12-31|t"],
    },
    Loads { options: "maxerror 2", content: "x|a|1||t\n2|b|2||t\n", rows: &["2|b|2.00|<null>|t"] },
    Loads {
        options: "ignoreblanklines compupdate off statupdate on comprows 1000",
        content: "\n2|b|2||t\n",
        rows: &["2|b|2.00|<null>|t"],
    },
];

/// Loads `content` with `options` into a fresh table `t`.
async fn load(
    fixture: &Fixture,
    session: &Session,
    options: &str,
    content: &str,
) -> Result<(), crate::fixture::Refusal> {
    session.run(&format!("drop table if exists t; create table t ({COLUMNS})")).await.unwrap();
    fixture.s3.put("stage/case", content.as_bytes().to_vec());
    session.take_notices();
    session.run(&format!("copy t from 's3://stage/case' {KEYS} {options}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn options_decide_how_files_are_read() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    for case in LOADS {
        let loaded = load(&fixture, &session, case.options, case.content).await;
        if case.rows.is_empty() {
            assert!(loaded.unwrap_err().message.contains("Check 'stl_load_errors'"), "{}", case.options);
        } else {
            loaded.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", case.options));
        }
        assert_eq!(session.rows("select * from t order by id").await, case.rows, "{}", case.options);
    }
}

/// A COPY that fails on its data: options, content, and what `stl_load_errors` says: line, column, type, length,
/// position, code, reason, raw line, raw value.
const LOAD_ERRORS: &[(&str, &str, &str)] = &[
    (
        "",
        "1|a|1||t\nx|b|2||t\n",
        "2|id|int4|0|0|1207|Invalid digit, Value 'x', Pos 0, Type: Integer|x|b|2||t|x",
    ),
    (
        "",
        "1|123456789|1||t\n",
        "1|name|varchar|8|2|1204|String length exceeds DDL length|1|123456789|1||t|123456789",
    ),
    ("", "|a|1||t\n", "1|id|int4|0|0|1213|Missing data for not-null field||a|1||t|"),
    (
        "",
        "1|a|1|13-01-01|t\n",
        "1|day|date|0|6|1205|Invalid Date Format - length must be 10 or more|1|a|1|13-01-01|t|13-01-01",
    ),
    ("", "1|a|1||t|extra\n", "1||||9|1202|Extra column(s) found|1|a|1||t|extra|extra"),
    ("", "1|a\n", "1|amount|numeric|8, 2|3|1214|Delimiter not found|1|a|"),
    ("csv", "1,\"a\"b,1,,t\n", "1||||5|1214|Invalid quote formatting for CSV|1,\"a\"b,1,,t|"),
    (
        "ignoreheader 2",
        "h\nh\n1|\u{e9}|z||t\n",
        "3|amount|numeric|8, 2|5|1207|Invalid digit, Value 'z', Pos 0, Type: Decimal|1|.|z||t|z",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn load_errors_outlive_the_transaction_and_no_row_is_left() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    for (options, content, expected) in LOAD_ERRORS {
        session.run("begin").await.unwrap();
        let refusal = load(&fixture, &session, options, content).await.unwrap_err();
        let message = "Load into table 't' failed.  Check 'stl_load_errors' system table for details.";
        assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("XX000", message), "{content}");
        assert_eq!(session.run("select 1").await.unwrap_err().code, "25P02");
        session.run("rollback").await.unwrap();
        let found = session
            .rows(
                "select line_number, trim(colname), trim(type), trim(col_length), position, err_code, err_reason, \
                 trim(raw_line), trim(raw_field_value) from stl_load_errors \
                 where query = (select max(query) from stl_load_errors) and filename = 's3://stage/case'",
            )
            .await;
        assert_eq!(found, [*expected], "{content}");
    }
    load(&fixture, &session, "", "1|a|1||t\nx|b|2||t\n").await.unwrap_err();
    assert_eq!(session.rows("select * from t").await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn load_errors_are_seen_by_their_own_user() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    load(&fixture, &session, "", "x\n").await.unwrap_err();
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("create user other password 'Secret2'").await.unwrap();
    let mut config = fixture.config();
    config.user("other").password("Secret2");
    let other = Session::connect(config).await;
    assert_eq!(other.rows("select count(*) from stl_load_errors").await, ["0"]);
    assert_eq!(session.rows("select count(*) from stl_load_errors").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tolerated_errors_are_told_and_counted() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    load(&fixture, &session, "maxerror 3", "x\n1|a|1||t\ny\n").await.unwrap();
    let expected = [
        "INFO: Load into table 't' completed, 1 record(s) loaded successfully.",
        "INFO: Load into table 't' completed, 2 record(s) could not be loaded.  \
         Check 'stl_load_errors' system table for details.",
    ];
    assert_eq!(session.take_notices(), expected);
    assert_eq!(session.rows("select pg_last_copy_count()").await, ["1"]);
    load(&fixture, &session, "maxerror 2", "x\n1|a|1||t\ny\n").await.unwrap_err();
    assert_eq!(session.rows("select count(*) from t").await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn prefixes_manifests_columns_and_gzip() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/in/1.gz", gzip("1|one\n2|two\n"));
    fixture.s3.put("stage/in/2.gz", gzip("3|three\n"));
    fixture.s3.put("other/far.gz", gzip("4|four\n"));
    let manifest = r#"{"entries":[{"url":"s3://stage/in/2.gz","mandatory":true},
        {"url":"s3://other/far.gz"},{"url":"s3://stage/in/none.gz","mandatory":false}]}"#;
    fixture.s3.put("stage/list", manifest);
    session.run(&format!("create table t ({COLUMNS})")).await.unwrap();
    let from = |source: &str| format!("copy public.t (id, name) from 's3://{source}' iam_role default gzip");
    session.run(&from("stage/in/")).await.unwrap();
    session.run(&format!("{} manifest", from("stage/list"))).await.unwrap();
    let rows = session.rows("select id, name, amount from t order by id").await;
    assert_eq!(rows, ["1|one|7.00", "2|two|7.00", "3|three|7.00", "3|three|7.00", "4|four|7.00"]);
    let commits =
        session.rows("select trim(filename), lines_scanned from stl_load_commits order by query, 1").await;
    assert_eq!(commits[..2], ["s3://stage/in/1.gz|2", "s3://stage/in/2.gz|1"]);
    assert_eq!(
        fixture.control.external_ids.lock().unwrap()[0],
        "arn:aws:redshift:us-east-1:123456789012:dbuser:c1/loader"
    );
}

/// What is refused, with SQLSTATE, message, and a part of the detail.
const REFUSALS: &[(&str, &str, &str, &str)] = &[
    (
        "copy t from 's3://stage/none' KEYS",
        "XX000",
        "The specified S3 prefix 'none' does not exist",
        "\n  location:  s3_utility.cpp:539\n",
    ),
    (
        "copy t from 's3://nowhere/x' KEYS",
        "XX000",
        "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket,Rid RID1,ExtRid HOST1,CanRetry 1",
        "context:   Listing bucket=nowhere prefix=x\n",
    ),
    (
        "copy t from 's3://stage/x' access_key_id 'AKIABAD' secret_access_key 's'",
        "XX000",
        "S3ServiceException:The AWS Access Key Id you provided does not exist in our records.,Status 403,Error InvalidAccessKeyId,Rid RID1,ExtRid HOST1,CanRetry 1",
        "code:      8001\n",
    ),
    (
        "copy t from 's3://stage/x' iam_role 'arn:aws:iam::1:role/x'",
        "XX000",
        "User arn:aws:redshift:us-east-1:123456789012:dbuser:c1/loader is not authorized to assume IAM Role arn:aws:iam::1:role/x",
        "context:   IAM Role=arn:aws:iam::1:role/x\n",
    ),
    (
        "copy t from 's3://stage/x' iam_role 'UNTRUSTED'",
        "XX000",
        "Not authorized to get credentials of role arn:aws:iam::123456789012:role/untrusted",
        "code:      30000\n",
    ),
    (
        "copy t from 's3://stage/none' KEYS manifest",
        "XX000",
        "Problem reading manifest file - S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey,Rid RID1,ExtRid HOST1,CanRetry 1",
        "",
    ),
    ("copy t from 's3://stage/x' KEYS manifest", "XX000", "Manifest file is not in correct json format", ""),
    (
        "copy t from 's3://stage/mandatory' KEYS manifest",
        "XX000",
        "Mandatory url is not present in manifest file",
        "",
    ),
    ("copy t from 's3://stage/optional' KEYS manifest", "XX000", "No files of the manifest were found", ""),
    (
        "copy t from 's3://stage/x' KEYS gzip",
        "XX000",
        "The file cannot be unpacked: not valid gzip data: invalid gzip header",
        "context:   S3 key being read : s3://stage/x\n",
    ),
    ("copy none from 's3://stage/x' KEYS", "42P01", "relation \"none\" does not exist", ""),
    (
        "copy t (nope) from 's3://stage/x' KEYS",
        "42703",
        "column \"nope\" of relation \"t\" does not exist",
        "",
    ),
    ("copy hidden from 's3://stage/x' KEYS", "42501", "permission denied for relation hidden", ""),
    ("copy t from 's3://stage/x'", "42601", "CREDENTIALS argument is required but is not specified", ""),
    ("copy t from 's3://stage/x' KEYS lzop", "0A000", "option LZOP is not carried out by linchpin", ""),
    ("copy t from 's3://stage/x' KEYS csv escape", "42601", "CSV is not supported with ESCAPE", ""),
    ("copy t from 's3://stage/x' KEYS nonsense", "42601", "syntax error at or near \"nonsense\"", ""),
    (
        "copy t from 's3://stage/x' credentials 'x=y'",
        "XX000",
        "Invalid credentials. Must be of the format: credentials 'aws_access_key_id=<access-key-id>;aws_secret_access_key=<secret-access-key>[;token=<temporary-session-token>]'",
        "",
    ),
    (
        "copy t from stdin",
        "0A000",
        "LOAD source is not supported. (Hint: only S3 or DynamoDB or EMR based load is allowed)",
        "",
    ),
    ("copy t to stdout", "0A000", "COPY TO is not supported", ""),
    ("copy (select 1) to stdout", "0A000", "COPY TO is not supported", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_in_redshifts_words_by_both_protocols() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/x", "1|no gzip at all\n");
    fixture.s3.put("stage/mandatory", r#"{"entries":[{"url":"s3://stage/y","mandatory":true}]}"#);
    fixture.s3.put("stage/optional", r#"{"entries":[{"url":"s3://stage/y"}]}"#);
    session.run("create table t (id int, name varchar)").await.unwrap();
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("create table hidden (id int)").await.unwrap();
    for (sql, code, message, detail) in REFUSALS {
        let sql = sql.replace("KEYS", KEYS).replace("UNTRUSTED", UNTRUSTED);
        let simple = session.run(&sql).await.unwrap_err();
        assert_eq!((simple.code.as_str(), simple.message.as_str()), (*code, *message), "{sql}");
        assert!(simple.detail.contains(detail), "{sql}: {}", simple.detail);
        let extended: crate::fixture::Refusal = session.client.execute(&sql, &[]).await.unwrap_err().into();
        assert_eq!((extended.code.as_str(), extended.message.as_str()), (*code, *message), "{sql}");
        assert_eq!(session.rows("select 1").await, ["1"], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_action_names_what_was_being_done() {
    for (action, context) in
        [("list", "Listing bucket=stage prefix=x\n"), ("get", "S3 key being read : s3://stage/x\n")]
    {
        let fixture = Fixture::start().await;
        fixture.s3.put("stage/x", "1\n");
        fixture.s3.refuse(action);
        let session = fixture.connect().await;
        session.run("create table t (id int)").await.unwrap();
        let refusal =
            session.run(&format!("copy t from 's3://stage/x' iam_role '{ROLE}'")).await.unwrap_err();
        let message =
            "S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid RID1,ExtRid HOST1,CanRetry 1";
        assert_eq!(refusal.message, message);
        assert!(refusal.detail.contains(&format!("context:   {context}")), "{}", refusal.detail);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_postgresql_refuses_are_its_own_errors() {
    let fixture = Fixture::start_with(Strictness::Lenient).await;
    let session = fixture.connect().await;
    let many: String = (0..200_000).map(|id| format!("{id}\n")).collect();
    fixture.s3.put("stage/x", many);
    session.run("create table t (id int check (id <> 5))").await.unwrap();
    let refusal = session.run(&format!("copy t from 's3://stage/x' {KEYS}")).await.unwrap_err();
    assert_eq!(refusal.code, "23514");
    assert_eq!(session.rows("select count(*) from t").await, ["0"]);
}

/// Queries of the system tables, with what they say after the loads below.
const HISTORY: &[(&str, &str)] = &[
    (
        "select status, table_name, data_source, file_format, loaded_rows, error_count, source_file_count from sys_load_history where loaded_rows > 0",
        "completed|t|s3://stage/good|TEXT|2|0|1",
    ),
    (
        "select status, error_count, source_file_count, end_time >= start_time from sys_load_history where error_count > 0",
        "aborted|1|0|t",
    ),
    (
        "select column_name, error_code, file_name, line_number from sys_load_error_detail",
        "id|1207|s3://stage/bad|2",
    ),
    ("select file_name, lines_scanned from sys_load_detail", "s3://stage/good|2"),
    ("select path, line_count, transfer_size, file_format from stl_unload_log", "s3://stage/out/000|2|7|CSV"),
    (
        "select status, unloaded_location, unloaded_rows, unloaded_files_count, unloaded_files_size from sys_unload_history",
        "completed|s3://stage/out/|2|1|7",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn loads_and_unloads_are_in_the_system_tables() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/good", "1\n2\n");
    fixture.s3.put("stage/bad", "1\nx\n");
    session.run("create table t (id int)").await.unwrap();
    session.run(&format!("copy t from 's3://stage/good' {KEYS}")).await.unwrap();
    session.run(&format!("copy t from 's3://stage/bad' {KEYS}")).await.unwrap_err();
    let unload = format!("unload ('select * from t') to 's3://stage/out/' {KEYS} csv header parallel off");
    session.run(&unload).await.unwrap();
    for (sql, expected) in HISTORY {
        assert_eq!(session.rows(sql).await, [*expected], "{sql}");
    }
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("create user other password 'Secret1'").await.unwrap();
    let mut config = fixture.config();
    config.user("other");
    let other = Session::connect(config).await;
    for (sql, _) in HISTORY {
        assert!(other.rows(sql).await.is_empty(), "{sql}");
    }
}

/// Columns and options, then the rows of the table, or the code of the refusal. The table has an identity column, one
/// by default, and one more; the file has three fields a line.
const IDENTITIES: &[(&str, &str, Result<&str, &str>)] = &[
    ("", "explicit_ids", Ok("7|8|9")),
    ("(id, other, n)", "explicit_ids", Ok("7|8|9")),
    ("(id, other, n)", "", Err("0A000")),
    ("(other, n)", "explicit_ids", Err("0A000")),
    ("", "noload explicit_ids", Ok("")),
    ("", "noload", Err("XX000")),
];

#[tokio::test(flavor = "multi_thread")]
async fn identity_columns_are_loaded_when_asked_for_and_nothing_is_when_not() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/three", "7|8|9\n");
    fixture.s3.put("stage/two", "8|9\n");
    let table =
        "create table t (id int identity(1, 1), other int generated by default as identity(1, 1), n int)";
    for (columns, options, expected) in IDENTITIES {
        session.run(&format!("drop table if exists t; {table}")).await.unwrap();
        let copied = session.run(&format!("copy t {columns} from 's3://stage/three' {KEYS} {options}")).await;
        assert_eq!(
            copied.map_err(|refusal| refusal.code),
            expected.map(drop).map_err(str::to_owned),
            "{columns} {options}"
        );
        let rows = session.rows("select * from t").await.join(" ");
        assert_eq!(rows, expected.unwrap_or_default(), "{columns} {options}");
    }
    session.run(&format!("copy t (other, n) from 's3://stage/two' {KEYS}")).await.unwrap();
    assert_eq!(session.rows("select * from t").await, ["1|8|9"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_object_does_not_hold_the_others() {
    let fixture = Fixture::start().await;
    let (session, watcher) = (fixture.connect().await, fixture.connect().await);
    session.run("create table t (id int)").await.unwrap();
    for id in 0..8 {
        fixture.s3.put(&format!("stage/in/{id}"), format!("{id}\n"));
    }
    fixture.s3.stall_object("stage/in/0");
    let copy = format!("copy t from 's3://stage/in/' {KEYS}");
    let loaded = async {
        while watcher.rows("select count(*) from stl_load_commits").await != ["7"] {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        ended = session.run(&copy) => panic!("an object was never read, and the COPY ended: {ended:?}"),
        () = loaded => {}
    }
}
