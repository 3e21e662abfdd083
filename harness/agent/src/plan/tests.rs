use super::*;

use crate::authentication::{Asker, AssumedRole, Environment, IamLogin, Login, Renewal};
use crate::encryption::{EncryptionKind, StagingEncryption};
use crate::task::{Extras, RowsAs, TaskKind, Write};
use crate::warning::DOCUMENTED_REGIONS;

const ROLE: &str = "arn:aws:iam::123456789012:role/loader";

pub(crate) fn keys(token: Option<&str>) -> Option<Credentials> {
    Some(Credentials::new("AKIA", "sec/ret", token.map(str::to_owned), None, "test"))
}

pub(crate) fn connection(
    copy_options: &str,
    unload_options: &str,
    credentials: Option<Credentials>,
) -> Connection {
    Connection {
        jdbc_url: "jdbc:redshift://c.h.us-east-1.redshift.amazonaws.com:5439/dev".to_owned(),
        dial: None,
        cluster_identifier: None,
        environment: Environment::Elsewhere,
        assume: None,
        user: "loader".to_owned(),
        login: Login::Password("secret".into()),
        trust_store: None,
        bucket: "stage".to_owned(),
        prefix: String::new(),
        s3_endpoint: Some("http://127.0.0.1:1".to_owned()),
        s3_region: "us-east-1".to_owned(),
        credentials,
        encryption: StagingEncryption::default(),
        copy_options: CopyOptions::parse(copy_options).unwrap(),
        unload_options: UnloadOptions::parse(unload_options).unwrap(),
        staging_dir: Some("/nowhere".into()),
        success_dir: "/nowhere".into(),
        error_dir: "/nowhere".into(),
        clock_ahead: std::time::Duration::ZERO,
        time: std::sync::Arc::new(crate::time::MachineTime),
    }
}

fn target(operation: Operation, table: &str, columns: &[&str], key: &[&str]) -> Result<Target, PlanError> {
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    Target::new(operation, table, &owned(columns), &owned(key))
}

fn assumed(asked_by: Asker) -> Option<AssumedRole> {
    let renewal = Renewal::Never;
    Some(AssumedRole { arn: ROLE.to_owned(), asked_by, external_id: None, duration: None, renewal })
}

fn on_ec2() -> Environment {
    Environment::Ec2 { metadata: "http://127.0.0.1:1".to_owned() }
}

fn copy(connection: &Connection) -> Result<Statement, PlanError> {
    let target = target(Operation::Insert, "t", &["a"], &[]).unwrap();
    let statements = target.statements(connection, connection.credentials.as_ref(), "p/", "stg")?;
    Ok(statements[0].1.clone())
}

#[test]
fn operations() {
    let connection = connection(&format!("AWS_IAM_ROLE={ROLE}"), "", None);
    let copy = |into: &str| {
        format!(
            "copy: COPY {into} (\"id\", \"b\") FROM 's3://stage/p/x/' IAM_ROLE '{ROLE}' CSV QUOTE '\\037' DELIMITER '\\036' NULL AS '@NULL@' GZIP"
        )
    };
    let temp = |table: &str| format!("temp-table: CREATE TEMP TABLE \"stg\" (LIKE {table})");
    let delete = "apply: DELETE FROM \"t\" USING \"stg\" WHERE \"t\".\"id\" = \"stg\".\"id\"".to_owned();
    for (operation, table, key, expected) in [
        (Operation::Insert, "t", &[][..], vec![copy("\"t\"")]),
        (Operation::Insert, "public.t", &[], vec![copy("\"public\".\"t\"")]),
        (
            Operation::Update,
            "public.t",
            &["id"],
            vec![
                temp("\"public\".\"t\""),
                copy("\"stg\""),
                "apply: UPDATE \"public\".\"t\" SET \"b\" = \"stg\".\"b\" FROM \"stg\" WHERE \"public\".\"t\".\"id\" = \"stg\".\"id\"".to_owned(),
            ],
        ),
        (Operation::Delete, "t", &["id"], vec![temp("\"t\""), copy("\"stg\""), delete.clone()]),
        (
            Operation::Upsert,
            "t",
            &["id"],
            vec![
                temp("\"t\""),
                copy("\"stg\""),
                delete.clone(),
                "apply: INSERT INTO \"t\" (\"id\", \"b\") SELECT \"id\", \"b\" FROM \"stg\"".to_owned(),
            ],
        ),
        (
            Operation::Delete,
            "t",
            &["id", "b"],
            vec![temp("\"t\""), copy("\"stg\""), format!("{delete} AND \"t\".\"b\" = \"stg\".\"b\"")],
        ),
    ] {
        let target = target(operation, table, &["id", "b"], key).unwrap();
        let statements = target.statements(&connection, None, "p/x/", "stg").unwrap();
        let shown: Vec<_> = statements.iter().map(|(step, statement)| format!("{step}: {statement}")).collect();
        assert_eq!(shown, expected, "{operation}");
    }
}

#[test]
fn copy_commands() {
    let quotes = "CSV QUOTE '\\037' DELIMITER '\\036' NULL AS '@NULL@' GZIP";
    let both = "CREDENTIALS 'aws_access_key_id=AKIA;aws_secret_access_key";
    for (options, credentials, sent, shown) in [
        ("", keys(None), format!("{both}=sec/ret' {quotes}"), format!("{both}=***' {quotes}")),
        ("", keys(Some("tok")), format!("{both}=sec/ret;token=tok' {quotes}"), format!("{both}=***;token=***' {quotes}")),
        // The role wins over the keys.
        ("AWS_IAM_ROLE=r1,r2", keys(None), format!("IAM_ROLE 'r1,r2' {quotes}"), format!("IAM_ROLE 'r1,r2' {quotes}")),
        (
            "AWS_IAM_ROLE=r;DELIMITER=\\;QUOTE='\nACCEPTINVCHARS=\\t;COMPUPDATE=ON;REGION=eu-west-1",
            None,
            "IAM_ROLE 'r' CSV QUOTE '''' DELIMITER '\\\\' NULL AS '@NULL@' GZIP ACCEPTINVCHARS '\\011' COMPUPDATE ON REGION 'eu-west-1'".to_owned(),
            "IAM_ROLE 'r' CSV QUOTE '''' DELIMITER '\\\\' NULL AS '@NULL@' GZIP ACCEPTINVCHARS '\\011' COMPUPDATE ON REGION 'eu-west-1'".to_owned(),
        ),
    ] {
        let statement = copy(&connection(options, "", credentials)).unwrap();
        let start = "COPY \"t\" (\"a\") FROM 's3://stage/p/' ";
        assert_eq!(statement.sql(), format!("{start}{sent}"), "{options}");
        assert_eq!(statement.to_string(), format!("{start}{shown}"), "{options}");
        assert!(!format!("{statement:?}").contains("sec/ret"), "{options}");
    }
}

#[test]
fn unload_commands() {
    for (options, query, expected) in [
        (
            "AWS_IAM_ROLE=r",
            "select 'a\\b'",
            "UNLOAD ('select ''a\\\\b''') TO 's3://stage/p/' IAM_ROLE 'r' CSV HEADER NULL AS '@NULL@' GZIP MANIFEST",
        ),
        (
            "DELIMITER=|;PARALLEL=OFF;REGION=us-east-2",
            "select 1",
            "UNLOAD ('select 1') TO 's3://stage/p/' CREDENTIALS 'aws_access_key_id=AKIA;aws_secret_access_key=***' CSV DELIMITER '|' HEADER NULL AS '@NULL@' GZIP MANIFEST PARALLEL OFF REGION 'us-east-2'",
        ),
    ] {
        let connection = connection("AWS_IAM_ROLE=copy", options, keys(None));
        let statement = unload(&connection, connection.credentials.as_ref(), query, "p/").unwrap();
        assert_eq!(statement.to_string(), expected, "{options}");
    }
}

#[test]
fn refused_requests() {
    let request =
        |operation, table, key: &[&str]| target(operation, table, &["id", "b"], key).unwrap_err().to_string();
    for (found, expected) in [
        (request(Operation::Update, "t", &[]), "update needs the key columns of `t`"),
        (request(Operation::Upsert, "t", &[]), "upsert needs the key columns of `t`"),
        (request(Operation::Delete, "t", &[]), "delete needs the key columns of `t`"),
        (
            request(Operation::Insert, "t", &["id"]),
            "insert has no use for the key `id`: leave it out, or choose upsert",
        ),
        (request(Operation::Upsert, "t", &["c"]), "the key column `c` is not among the rows' columns: id, b"),
        (request(Operation::Update, "t", &["id", "b"]), "update needs a column besides the key"),
        (request(Operation::Insert, "a.b.c", &[]), "expected `table` or `schema.table`, got `a.b.c`"),
        (request(Operation::Insert, "public.T", &[]), "the target `public.T` must be written in lower case"),
        (request(Operation::Insert, "a/b", &[]), "the target `a/b` holds a slash: the connector takes none"),
        (request(Operation::Insert, ".c", &[]), "expected `table` or `schema.table`, got `.c`"),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn refused_connections() {
    let role = format!("AWS_IAM_ROLE={ROLE}");
    let none = |command| PlanError::NoAuthorization { command };
    // A role for one command authorizes that command only.
    let for_copy = connection(&role, "", None);
    assert_eq!(unload(&for_copy, None, "select 1", "p/").unwrap_err(), none("UNLOAD"));
    let for_unload = connection("", &role, None);
    assert_eq!(copy(&for_unload).unwrap_err(), none("COPY"));
    // The agent's own requests need keys, whatever the role may do.
    assert_eq!(check(&for_copy).unwrap_err(), AuthenticationError::NoSigner.into());
    let encrypted = Connection { s3_endpoint: Some("https://s3.amazonaws.com".to_owned()), ..for_copy };
    assert_eq!(
        endpoint(&encrypted),
        Err(PlanError::Endpoint { endpoint: "https://s3.amazonaws.com".to_owned() })
    );
    let of_aws = Connection { s3_endpoint: None, ..encrypted };
    assert_eq!(endpoint(&of_aws), Err(PlanError::NoEndpoint));
}

#[test]
fn refused_authentication() {
    let right = || connection("", "", keys(None));
    let hosted = || Connection { environment: Environment::Hosted, staging_dir: None, ..right() };
    let named = || Some("c".to_owned());
    let with_iam = |connection| Connection { login: Login::Iam(IamLogin::default()), ..connection };
    let iam_url = "jdbc:redshift:iam://c:us-east-1/dev";
    let serverless = "jdbc:redshift://w.111122223333.us-east-1.redshift-serverless.amazonaws.com:5439/dev";
    for (connection, expected) in [
        (right(), None),
        (Connection { credentials: None, environment: on_ec2(), ..right() }, None),
        (Connection { assume: assumed(Asker::Keys), cluster_identifier: named(), ..right() }, None),
        (hosted(), None),
        (Connection { user: String::new(), ..right() }, Some("the connection lacks its user name")),
        (
            Connection { login: Login::Password(String::new().into()), ..right() },
            Some("the connection lacks its password"),
        ),
        (
            Connection { assume: assumed(Asker::Keys), ..right() },
            Some("the connection lacks its cluster identifier"),
        ),
        (
            Connection { cluster_identifier: Some("d".to_owned()), ..right() },
            Some("the JDBC URL names the cluster `c`, the connection's cluster identifier is `d`"),
        ),
        (
            Connection { assume: assumed(Asker::Ec2Role), cluster_identifier: named(), ..right() },
            Some("the agent does not run on an EC2 instance"),
        ),
        (
            Connection {
                assume: assumed(Asker::Keys),
                cluster_identifier: named(),
                credentials: None,
                ..right()
            },
            Some("nothing signs the agent's requests to S3"),
        ),
        (Connection { credentials: None, ..hosted() }, Some("a hosted agent does not support IAM")),
        (
            Connection { copy_options: CopyOptions::parse("AWS_IAM_ROLE=r").unwrap(), ..hosted() },
            Some("a hosted agent does not support IAM"),
        ),
        (
            Connection { staging_dir: Some("/nowhere".into()), ..hosted() },
            Some("a hosted agent has no staging folder"),
        ),
        (with_iam(right()), None),
        (Connection { jdbc_url: iam_url.to_owned(), ..with_iam(right()) }, None),
        (
            Connection { jdbc_url: iam_url.to_owned(), ..right() },
            Some("the JDBC URL asks for an IAM login, and the connection for the user's password"),
        ),
        (
            Connection { jdbc_url: serverless.to_owned(), ..with_iam(right()) },
            Some("an IAM login to the serverless workgroup `w` is not supported"),
        ),
        (
            with_iam(hosted()),
            Some("a hosted agent does not support IAM authentication: give the database user's"),
        ),
        (Connection { user: String::new(), ..with_iam(right()) }, Some("the connection lacks its user name")),
        (
            Connection { assume: assumed(Asker::Keys), ..with_iam(right()) },
            Some("the connection lacks its cluster identifier"),
        ),
        (Connection { credentials: None, ..with_iam(right()) }, Some("nothing signs the agent's requests")),
    ] {
        let found = check(&connection).err().map(|error| error.to_string());
        match (found, expected) {
            (Some(found), Some(expected)) => assert!(found.starts_with(expected), "{found}"),
            (found, expected) => assert_eq!(found.as_deref(), expected, "{connection:?}"),
        }
    }
}

#[test]
fn encryption() {
    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const NOT_A_KEY: &str =
        "the master symmetric key is not a 256-bit key in base64: encode 32 bytes, which makes 44 characters";
    let fields = |kind, master: Option<&str>, customer: Option<&str>| StagingEncryption {
        kind,
        master_symmetric_key: master.map(Into::into),
        customer_master_key: customer.map(str::to_owned),
    };
    let (client, server) = (Some(EncryptionKind::ClientSide), Some(EncryptionKind::ServerSide));
    for (encryption, expected) in [
        (fields(None, None, None), Ok(("", ""))),
        (fields(server, None, None), Ok(("", ""))),
        (
            fields(server, None, Some("k")),
            Ok(("ACCESS_KEY_ID 'AKIA' SECRET_ACCESS_KEY '***' CSV", " KMS_KEY_ID 'k' ENCRYPTED")),
        ),
        (fields(client, Some(KEY), None), Ok((";master_symmetric_key=***' ENCRYPTED", ""))),
        (fields(client, Some("MDEyMzQ1Njc4OWFiY2RlZg=="), None), Err(NOT_A_KEY)),
        (fields(client, Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWZ4"), None), Err(NOT_A_KEY)),
        (fields(client, Some("30313233343536373839616263646566"), None), Err(NOT_A_KEY)),
        (fields(client, Some("not base64"), None), Err(NOT_A_KEY)),
        (
            fields(client, None, None),
            Err("client-side encryption lacks its master symmetric key: give 256 bits in base64"),
        ),
        (
            fields(client, None, Some("k")),
            Err(
                "client-side encryption does not go with the customer master key: give the master symmetric key, or \
                 choose the other kind",
            ),
        ),
        (
            fields(server, Some(KEY), None),
            Err(
                "server-side encryption does not go with the master symmetric key: give the customer master key, or \
                 choose the other kind",
            ),
        ),
        (
            fields(None, Some(KEY), None),
            Err(
                "the connection holds the master symmetric key, and asks for no encryption: choose client-side \
                 encryption, or take the key out",
            ),
        ),
        (
            fields(None, None, Some("k")),
            Err(
                "the connection holds the customer master key, and asks for no encryption: choose server-side \
                 encryption, or take the key out",
            ),
        ),
    ] {
        let connection = Connection { encryption, ..connection("", "", keys(None)) };
        let shown = |(in_copy, in_unload): (&str, &str)| {
            let statement = copy(&connection).unwrap().to_string();
            assert!(statement.contains(in_copy) && !statement.contains(KEY), "{statement}");
            let statement = unload(&connection, connection.credentials.as_ref(), "select 1", "p/").unwrap();
            assert!(statement.to_string().contains(in_unload), "{statement}");
        };
        match (check(&connection).map_err(|error| error.to_string()), expected) {
            (Ok(()), Ok(clauses)) => shown(clauses),
            (found, expected) => assert_eq!(found, expected.map(drop).map_err(str::to_owned)),
        }
    }
    let with_role = Connection {
        encryption: fields(client, Some(KEY), None),
        ..connection(&format!("AWS_IAM_ROLE={ROLE}"), "", keys(None))
    };
    let statement = copy(&with_role).unwrap();
    assert!(
        statement.to_string().contains("loader' MASTER_SYMMETRIC_KEY '***' ENCRYPTED CSV"),
        "{statement}"
    );
    assert!(statement.sql().contains(KEY));
}

#[test]
fn ingestion_tasks() {
    let write = |kind, keys: usize| Write {
        rows_as: RowsAs::Operation(Operation::Upsert),
        table: "wide".to_owned(),
        key: (0..keys).map(|key| format!("c{key}")).collect(),
        rows: "/nowhere".into(),
        extras: Extras { kind, ..Extras::default() },
    };
    let plain = || connection("", "", keys(None));
    let with = |asked_by| Connection { assume: assumed(asked_by), ..plain() };
    let too_many = Some("an ingestion task takes at most 32 key columns, `wide` has 33".to_owned());
    let with_keys = Some(format!(
        "an ingestion task assumes `{ROLE}` with the EC2 role alone: choose it, or leave the role out"
    ));
    for (kind, keys, connection, expected) in [
        (TaskKind::Mapping, 33, with(Asker::Keys), None),
        (TaskKind::Ingestion, 32, plain(), None),
        (TaskKind::Ingestion, 33, plain(), too_many.clone()),
        (TaskKind::IncrementalIngestion, 33, plain(), too_many),
        (TaskKind::Ingestion, 1, with(Asker::Keys), with_keys.clone()),
        (TaskKind::IncrementalIngestion, 1, with(Asker::Keys), with_keys),
        (TaskKind::Ingestion, 1, with(Asker::Ec2Role), None),
    ] {
        let found = write(kind, keys).check(&connection).err().map(|error| error.to_string());
        assert_eq!(found, expected, "{kind:?} {keys}");
    }
}

#[test]
fn warned_of() {
    const NEEDLESS: &str = "the connection holds access keys, which IAM authentication does without";
    let in_region = |cluster: &str, bucket: &str| Connection {
        jdbc_url: format!("jdbc:redshift://c.h.{cluster}.redshift.amazonaws.com:5439/dev"),
        s3_region: bucket.to_owned(),
        ..connection("", "", keys(None))
    };
    let temporary = |token: Option<&str>| {
        let keys = Credentials::new("ASIA", "sec/ret", token.map(str::to_owned), None, "test");
        Connection { credentials: Some(keys), ..connection("", "", None) }
    };
    let roles = |environment, credentials| Connection {
        environment,
        ..connection("AWS_IAM_ROLE=r", "AWS_IAM_ROLE=r", credentials)
    };
    let assuming = |asked_by, credentials| Connection {
        environment: on_ec2(),
        assume: assumed(asked_by),
        ..connection("", "", credentials)
    };
    let mut rows: Vec<(Connection, Vec<&str>)> =
        DOCUMENTED_REGIONS.iter().map(|region| (in_region(region, region), vec![])).collect();
    rows.extend([
        (
            in_region("ap-east-1", "ap-east-1"),
            vec!["the cluster's region `ap-east-1` is not in the connector's documented list of regions"],
        ),
        (
            in_region("us-east-1", "eu-west-2"),
            vec![
                "the staging bucket's region `eu-west-2` is not in the connector's documented list of regions",
                "the staging bucket is in `eu-west-2`, the cluster in `us-east-1`",
            ],
        ),
        (
            in_region("us-east-1", "us-west-2"),
            vec!["the staging bucket is in `us-west-2`, the cluster in `us-east-1`"],
        ),
        (temporary(Some("tok")), vec![]),
        (temporary(None), vec!["the connection's access key is a temporary one"]),
        // Elsewhere the keys stage, whatever the cluster has.
        (roles(Environment::Elsewhere, keys(None)), vec![]),
        (roles(on_ec2(), None), vec![]),
        (roles(on_ec2(), keys(None)), vec![NEEDLESS]),
        (Connection { environment: on_ec2(), ..connection("AWS_IAM_ROLE=r", "", keys(None)) }, vec![]),
        (assuming(Asker::Ec2Role, keys(None)), vec![NEEDLESS]),
        (assuming(Asker::Keys, keys(None)), vec![]),
    ]);
    for (connection, expected) in rows {
        let found: Vec<String> = crate::warnings(&connection).iter().map(ToString::to_string).collect();
        let told = found.len() == expected.len()
            && found.iter().zip(&expected).all(|(found, expected)| found.starts_with(expected));
        assert!(told, "{found:?} is not {expected:?}: {connection:?}");
    }
}
