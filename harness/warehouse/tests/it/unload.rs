//! UNLOAD.

use std::io::Read;

use linchpin_warehouse::{Era, Strictness};

use crate::fixture::{Fixture, KEYS, ROLE};

/// A query that rows are numbered by, 20000 of them.
const NUMBERS: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)";

/// Options, then the objects that are written: name and content.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    ("", &[("0000_part_00", "1|a|b|t\n3||\n"), ("0001_part_00", "2|\"c\\d|f\n")]),
    ("parallel off", &[("000", "1|a|b|t\n2|\"c\\d|f\n3||\n")]),
    ("parallel off header delimiter as ';'", &[("000", "id;name;ok\n1;a|b;t\n2;\"c\\d;f\n3;;\n")]),
    ("csv parallel off", &[("000", "1,a|b,t\n2,\"\"\"c\\d\",f\n3,,\n")]),
    (
        "csv delimiter '|' header parallel false",
        &[("000", "id|name|ok\n1|\"a|b\"|t\n2|\"\"\"c\\d\"|f\n3||\n")],
    ),
    (
        "escape addquotes null as '@' parallel off",
        &[("000", "\"1\"|\"a\\|b\"|\"t\"\n\"2\"|\"\\\"c\\\\d\"|\"f\"\n\"3\"|@|@\n")],
    ),
    ("null '\\N' parallel off", &[("000", "1|a|b|t\n2|\"c\\d|f\n3|\\N|\\N\n")]),
    (
        "parallel off manifest",
        &[
            ("000", "1|a|b|t\n2|\"c\\d|f\n3||\n"),
            ("manifest", "{\"entries\":[{\"url\":\"s3://stage/out/000\",\"meta\":{\"content_length\":21}}]}"),
        ],
    ),
    (
        "format json parallel off",
        &[(
            "000",
            "{\"id\":1,\"name\":\"a|b\",\"ok\":\"t\"}\n{\"id\":2,\"name\":\"\\\"c\\\\d\",\"ok\":\"f\"}\n{\"id\":3,\"name\":null,\"ok\":null}\n",
        )],
    ),
    (
        "parallel off header manifest verbose extension '.txt'",
        &[("000.txt", "id|name|ok\n1|a|b|t\n2|\"c\\d|f\n3||\n"), ("manifest", VERBOSE)],
    ),
];

const VERBOSE: &str = concat!(
    r#"{"entries":[{"url":"s3://stage/out/000.txt","meta":{"content_length":32,"record_count":4}}],"#,
    r#""schema":{"elements":[{"name":"id","type":{"base":"integer"}},"#,
    r#"{"name":"name","type":{"base":"character varying","max_length":8}},"#,
    r#"{"name":"ok","type":{"base":"boolean"}}]},"meta":{"content_length":32,"record_count":4},"#,
    r#""author":{"name":"Amazon Redshift","version":"1.0.0"}}"#
);

const TABLE: &str = "create table t (id int, name varchar(8), ok boolean); \
    insert into t values (1, 'a|b', true), (2, E'\"c\\\\d', false), (3, null, null)";

#[tokio::test(flavor = "multi_thread")]
async fn options_decide_how_files_are_written() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    session.run(TABLE).await.unwrap();
    for (index, (options, files)) in CASES.iter().enumerate() {
        let prefix = format!("stage/{index}/out/");
        session
            .run(&format!(
                "unload ('select * from t order by id') to 's3://{prefix}' iam_role '{ROLE}' {options}"
            ))
            .await
            .unwrap_or_else(|refusal| panic!("{options}: {refusal:?}"));
        assert_eq!(session.take_notices(), ["INFO: UNLOAD completed, 3 record(s) unloaded successfully."]);
        let written: Vec<_> = fixture.s3.keys().into_iter().filter(|key| key.starts_with(&prefix)).collect();
        let expected: Vec<_> = files.iter().map(|(name, _)| format!("{prefix}{name}")).collect();
        assert_eq!(written, expected, "{options}");
        for (name, content) in *files {
            let found =
                String::from_utf8(fixture.s3.get(&format!("{prefix}{name}")).unwrap().to_vec()).unwrap();
            assert_eq!(found.replace(&prefix, "stage/out/"), *content, "{options}");
        }
    }
    assert_eq!(session.rows("select pg_last_unload_count()").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_result_goes_out_in_parts_and_comes_back() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    session
        .run(&format!("create table t as {NUMBERS} select i as id, repeat(md5(i::text), 32) as name from n"))
        .await
        .unwrap();
    let to = format!("'s3://stage/big/' {KEYS} manifest");
    session.run(&format!("unload ('select * from t') to {to}")).await.unwrap();
    let uploads = fixture.s3.requests().iter().filter(|request| request.contains("?uploads")).count();
    assert_eq!(uploads, 2);
    session.run("create table u (like t)").await.unwrap();
    session.run(&format!("copy u from 's3://stage/big/manifest' {KEYS} manifest")).await.unwrap();
    assert_eq!(fixture.differing().await, [] as [&str; 0]);
    assert_eq!(session.rows("select count(*) from u").await, ["20000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_is_packed() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    session.run(TABLE).await.unwrap();
    let sql = format!(
        "unload ($$select id from t where name <> '' order by 1$$) to 's3://stage/z' {KEYS} gzip parallel off"
    );
    session.run(&sql).await.unwrap();
    let bytes = fixture.s3.get("stage/z000.gz").unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, "1\n2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_not_empty_is_refused_unless_overwritten() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/out/000", "old");
    let sql = format!("unload ('select 1') to 's3://stage/out/' {KEYS} parallel off");
    let refusal = session.run(&sql).await.unwrap_err();
    let message = "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, \
        manually removing the target files in S3, or using the ALLOWOVERWRITE option.";
    assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("XX000", message));
    assert_eq!(fixture.s3.get("stage/out/000").unwrap(), "old");
    session.run(&format!("{sql} allowoverwrite")).await.unwrap();
    assert_eq!(fixture.s3.get("stage/out/000").unwrap(), "1\n");
}

/// The action that S3 refuses, and what the client reads.
const DENIED: &[(&str, &str)] = &[
    (
        "list",
        "S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid RID1,ExtRid HOST1,CanRetry 1",
    ),
    (
        "put",
        "S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid RID1,ExtRid HOST1,CanRetry 1",
    ),
    (
        "manifest",
        "Unable to upload manifest file - S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid RID1,ExtRid HOST1,CanRetry 1",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_unload_that_fails_leaves_nothing() {
    for (action, message) in DENIED {
        let fixture = Fixture::start().await;
        fixture.s3.refuse(action);
        let session = fixture.connect().await;
        session
            .run(&format!("create table t as {NUMBERS} select repeat(md5(i::text), 32) as x from n"))
            .await
            .unwrap();
        let sql = format!("unload ('select * from t') to 's3://stage/out/' {KEYS} manifest");
        let refusal = session.run(&sql).await.unwrap_err();
        assert_eq!(refusal.message, *message, "{action}");
        assert_eq!(fixture.s3.keys(), [] as [&str; 0], "{action}");
        assert_eq!(session.rows("select 1").await, ["1"], "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwriting_unload_that_fails_leaves_no_older_manifest() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    session.run(&format!("create table t as {NUMBERS} select i from n")).await.unwrap();
    session.run(&format!("unload ('select * from t') to 's3://stage/out/' {KEYS} manifest")).await.unwrap();
    assert!(fixture.s3.keys().iter().any(|key| key.ends_with("out/manifest")));
    let failing = format!(
        "unload ('select 1 / (i - 20000) from t') to 's3://stage/out/' {KEYS} manifest allowoverwrite"
    );
    session.run(&failing).await.unwrap_err();
    assert!(!fixture.s3.keys().iter().any(|key| key.ends_with("out/manifest")));
}

const REFUSALS: &[(&str, &str, &str)] = &[
    ("unload ('select * from t limit 1') to 's3://stage/o' KEYS", "0A000", "Limit clause is not supported"),
    ("unload ('select * from nope') to 's3://stage/o' KEYS", "42P01", "relation \"nope\" does not exist"),
    (
        "unload ('select * from hidden') to 's3://stage/o' KEYS",
        "42501",
        "permission denied for relation hidden",
    ),
    ("unload ('select 1/0') to 's3://stage/o' KEYS", "22012", "division by zero"),
    (
        "unload ('select 1') to 's3://stage/o' KEYS parquet gzip",
        "42601",
        "PARQUET is not supported with GZIP",
    ),
    (
        "unload ('select 1') to 's3://stage/o'",
        "42601",
        "CREDENTIALS argument is required but is not specified",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn refusals() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("create table hidden (id int)").await.unwrap();
    session.run("create table t (id int)").await.unwrap();
    for (sql, code, message) in REFUSALS {
        let sql = sql.replace("KEYS", KEYS);
        let simple = session.run(&sql).await.unwrap_err();
        assert_eq!((simple.code.as_str(), simple.message.as_str()), (*code, *message), "{sql}");
        let extended: crate::fixture::Refusal = session.client.execute(&sql, &[]).await.unwrap_err().into();
        assert_eq!((extended.code.as_str(), extended.message.as_str()), (*code, *message), "{sql}");
    }
    assert_eq!(fixture.s3.keys(), [] as [&str; 0]);
}

/// Options of UNLOAD and of COPY between which no value is lost.
const ROUND_TRIPS: &[(&str, &str)] = &[
    ("csv null as '@'", "csv null as '@'"),
    ("csv null as '@' delimiter '|' header", "csv null as '@' delimiter '|' ignoreheader 1"),
    ("escape null as '@'", "escape null as '@'"),
    ("escape addquotes null as '@' gzip", "escape removequotes null as '@' gzip"),
    ("escape delimiter '\\t' null as '@' parallel off", "escape delimiter '\\t' null as '@'"),
    ("csv null as '@' bzip2", "csv null as '@' bzip2"),
    ("csv null as '@' zstd maxfilesize 5 mb", "csv null as '@' zstd"),
    ("format json", "format json 'auto'"),
    ("json zstd", "json zstd"),
    ("format as parquet", "format as parquet"),
    ("parquet rowgroupsize 64 mb maxfilesize 64 mb parallel off", "parquet"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unloaded_can_be_copied_back() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    session
        .run(
            r#"create table t (v varchar(99), c char(4), i2 smallint, i8 bigint, n numeric(38,10), f float8, b boolean,
                d date, ts timestamp, tz timestamptz);
            insert into t values
            ('', '', 0, 0, 0, 0, true, '0001-01-01', '1970-01-01', '1970-01-01 00:00:00+00'),
            (null, null, null, null, null, null, null, null, null, null),
            ('a|b,c;d\te', 'ab', -32768, -9223372036854775808, -9999999999999999999999999999.9999999999, -1.5e-300,
             false, '9999-12-31', '9999-12-31 23:59:59.999999', '2013-07-01 12:00:00.5+02'),
            ('line\nbreak\r\nand \\ backslash \\N', 'x\ny', 32767, 9223372036854775807, 1.5, 1e300, true, '2000-02-29',
             '2000-02-29 00:00:00', '2013-01-01 00:00:00-08'),
            ('quote\' and "double"', '"', 1, 1, 0.0000000001, 'NaN', true, '2013-01-01', '2013-01-01', '2013-01-01'),
            (' blanks ', ' a', 1, 1, 1, 'Infinity', true, '2013-01-01', '2013-01-01', '2013-01-01'),
            ('é中😀', 'z', 1, 1, 1, 1, true, '2013-01-01', '2013-01-01', '2013-01-01')"#,
        )
        .await
        .unwrap();
    for (index, (unload, copy)) in ROUND_TRIPS.iter().enumerate() {
        let at = format!("'s3://stage/{index}/' {KEYS}");
        session.run("drop table if exists u; create table u (like t)").await.unwrap();
        session.run(&format!("unload ('select * from t') to {at} {unload}")).await.unwrap();
        session
            .run(&format!("copy u from {at} {copy}"))
            .await
            .unwrap_or_else(|refusal| panic!("{unload}: {refusal:?}"));
        assert_eq!(fixture.differing().await, [] as [&str; 0], "{unload}");
        assert_eq!(session.rows("select count(*) from u").await, ["7"]);
    }
}

/// Options, then the encryption and the key that the requests name.
const ENCRYPTIONS: &[(&str, &str)] = &[
    ("", "AES256 -"),
    ("encrypted auto", "- -"),
    (
        "kms_key_id 'arn:aws:kms:us-east-1:123456789012:key/k' encrypted",
        "aws:kms arn:aws:kms:us-east-1:123456789012:key/k",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn objects_and_manifest_are_written_with_the_encryption_asked_for() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    for (index, (options, encryption)) in ENCRYPTIONS.iter().enumerate() {
        let to = format!("'s3://stage/{index}/' iam_role '{ROLE}' manifest parallel off {options}");
        session.run(&format!("unload ('select 1') to {to}")).await.unwrap();
        let expected = ["000", "manifest"].map(|name| format!("stage/{index}/{name} {encryption}"));
        assert_eq!(fixture.s3.take_encryptions(), expected, "{options}");
    }
    let to = format!("'s3://stage/large/' {KEYS} parallel off");
    let query = "select repeat(md5(i::text), 32) from generate_series(1, 20000) i";
    session.run(&format!("unload ('{query}') to {to} ")).await.unwrap();
    assert_eq!(fixture.s3.take_encryptions(), ["stage/large/000 AES256 -"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn cleanpath_deletes_what_is_there() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    fixture.s3.put("stage/out/old", "x");
    fixture.s3.put("stage/other", "x");
    let unload = format!("unload ('select 1') to 's3://stage/out/' {KEYS} parallel off");
    session.run(&unload).await.unwrap_err();
    session.run(&format!("{unload} cleanpath")).await.unwrap();
    assert_eq!(fixture.s3.keys(), ["stage/other", "stage/out/000"]);
    fixture.s3.refuse("delete");
    let refusal = session.run(&format!("{unload} cleanpath")).await.unwrap_err();
    assert!(refusal.message.starts_with("S3ServiceException:Access Denied"), "{}", refusal.message);
    // ALLOWOVERWRITE takes neither that right nor the one to list.
    fixture.s3.refuse("list");
    session.run(&format!("{unload} allowoverwrite manifest")).await.unwrap();
    assert_eq!(fixture.s3.keys(), ["stage/other", "stage/out/000", "stage/out/manifest"]);
}

/// Options, then the names of the files and the size that none of them exceeds.
const SIZES: &[(&str, &[&str])] = &[
    ("parallel off maxfilesize 5 mb", &["000", "001", "002"]),
    ("parallel off maxfilesize as 0.0124 gb", &["000"]),
    ("maxfilesize 5", &["0000_part_00", "0000_part_01", "0001_part_00", "0001_part_01"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_full_is_followed_by_another() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let query = "select repeat(md5(i::text), 32) from generate_series(1, 12000) i";
    for (index, (options, files)) in SIZES.iter().enumerate() {
        let prefix = format!("stage/{index}/");
        session.run(&format!("unload ('{query}') to 's3://{prefix}' {KEYS} {options}")).await.unwrap();
        let keys: Vec<_> = fixture.s3.keys().into_iter().filter(|key| key.starts_with(&prefix)).collect();
        let expected: Vec<_> = files.iter().map(|name| format!("{prefix}{name}")).collect();
        assert_eq!(keys, expected, "{options}");
        let sizes: Vec<_> = keys.iter().map(|key| fixture.s3.get(key).unwrap().len()).collect();
        assert_eq!(sizes.iter().sum::<usize>(), 12_000 * 1025, "{options}");
        let most = if files.len() == 1 { 12_400_000 } else { 5_000_000 };
        assert!(sizes.iter().all(|size| *size <= most), "{options}: {sizes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_keeps_numbers_and_super_values_and_writes_nothing_for_no_rows() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let unload = |query: &str, to: &str| {
        format!("unload ($${query}$$) to 's3://stage/{to}/' {KEYS} json manifest parallel off")
    };
    let query =
        "select 1.50 as n, 'NaN'::float8 as x, json_parse('{\"a\": [1]}') as s, date '2024-01-02' as d";
    session.run(&unload(query, "rows")).await.unwrap();
    let written = fixture.s3.get("stage/rows/000").unwrap();
    assert_eq!(written, "{\"n\":1.50,\"x\":\"NaN\",\"s\":{\"a\":[1]},\"d\":\"2024-01-02\"}\n");
    session.run(&unload("select 1 where false", "none")).await.unwrap();
    assert!(!fixture.s3.keys().iter().any(|key| key.starts_with("stage/none")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_of_the_past_encrypts_at_the_client_and_reads_it_back() {
    let fixture = Fixture::start_in(Strictness::Strict, Era::Legacy).await;
    let session = fixture.connect().await;
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let query = "select i, repeat(md5(i::text), 32) as name from generate_series(1, 20000) i";
    let unload = format!(
        "unload ('{query}') to 's3://stage/sealed/' {KEYS} master_symmetric_key '{key}' encrypted gzip"
    );
    session.run(&unload).await.unwrap();
    let copy = |key: &str| {
        format!(
            "copy t from 's3://stage/sealed/' gzip encrypted \
             credentials 'aws_access_key_id=AKIAKNOWN;aws_secret_access_key=secret;master_symmetric_key={key}'"
        )
    };
    session.run("create table t (i int, name varchar(2000))").await.unwrap();
    session.run(&copy(key)).await.unwrap();
    assert_eq!(session.rows("select count(*), sum(i) from t").await, ["20000|200010000"]);
    let other = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let refusal = session.run(&copy(other)).await.unwrap_err();
    let message = "The file cannot be decrypted: the object was encrypted with another master symmetric key";
    assert_eq!(refusal.message, message);
    assert_eq!(session.run(&copy("short")).await.unwrap_err().code, "22023");
    let plain = format!("copy t from 's3://stage/sealed/' {KEYS} gzip");
    assert!(session.run(&plain).await.unwrap_err().message.starts_with("The file cannot be unpacked"));
}
