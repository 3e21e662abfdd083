//! What is left after S3 or PostgreSQL failed in the middle: nothing half-loaded, a clear error, and a cluster that goes on.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::primitives::ByteStream;
use linchpin_gateway::{AwsError, Fault, FaultRule, Matching};
use linchpin_stack::{
    ClusterConfig, ClusterSpec, DATABASE, MASTER, RunningCluster, Stack, StackConfig, StackKind,
};
use secrecy::ExposeSecret;
use tokio_postgres::{Config, NoTls};

const REGION: &str = "us-east-1";
const ROWS: usize = 1000;

struct Stand {
    stack: Stack,
    cluster: RunningCluster,
    s3: Client,
}

/// A stack with a cluster `c`, and a bucket `staged` that holds `in/1` and `in/2` of `ROWS` rows each.
async fn stand() -> Stand {
    let stack = Stack::start(StackConfig { kind: StackKind::Embedded, servers: 1 }).await.unwrap();
    let opened = stack.open_account(REGION);
    let (owner, account) = (opened.credentials, opened.account);
    let s3 = client(&stack, owner.clone());
    s3.create_bucket().bucket("staged").send().await.unwrap();
    let rows: String = (0..ROWS).map(|id| format!("{id}|name {id}\n")).collect();
    for key in ["in/1", "in/2"] {
        s3.put_object()
            .bucket("staged")
            .key(key)
            .body(ByteStream::from(rows.clone().into_bytes()))
            .send()
            .await
            .unwrap();
    }
    let spec = ClusterSpec {
        identifier: "c".to_owned(),
        region: REGION.to_owned(),
        owner,
        account,
        config: ClusterConfig::default(),
    };
    let cluster = stack.launch(spec).await.unwrap();
    Stand { stack, cluster, s3 }
}

fn client(stack: &Stack, credentials: Credentials) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(stack.endpoint())
        .force_path_style(true)
        .region(Region::new(REGION))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(credentials);
    Client::from_conf(config.build())
}

impl Stand {
    async fn connect(&self) -> tokio_postgres::Client {
        let mut config = Config::new();
        config.host(self.cluster.host()).port(self.cluster.port()).dbname(DATABASE).user(MASTER);
        config.password(self.cluster.master_password().expose_secret());
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    fn keys(&self) -> String {
        let owner = self.cluster.owner();
        format!("access_key_id '{}' secret_access_key '{}'", owner.access_key_id(), owner.secret_access_key())
    }

    fn copy(&self) -> String {
        format!("copy t from 's3://staged/in/' {}", self.keys())
    }

    fn unload(&self) -> String {
        format!("unload ('select * from t') to 's3://staged/out/' {} manifest", self.keys())
    }

    /// Strikes calls of an operation: `count` of them, or all.
    fn strike(&self, operation: &str, count: Option<u64>, fault: Fault) {
        let matching = Matching { operation: Some(operation.to_owned()), ..Matching::default() };
        let account = self.cluster.account().to_owned();
        self.stack.faults().add(FaultRule { account, matching, from: 1, count, fault });
    }

    fn mend(&self) {
        self.stack.faults().clear(self.cluster.account());
    }

    async fn objects(&self) -> usize {
        let listed = self.s3.list_objects_v2().bucket("staged").prefix("out/").send().await.unwrap();
        listed.contents().len()
    }
}

async fn count(client: &tokio_postgres::Client) -> i64 {
    client.query_one("select count(*) from t", &[]).await.unwrap().get(0)
}

/// What the server says of a statement that must fail.
async fn refused(client: &tokio_postgres::Client, sql: &str) -> String {
    let error = client.batch_execute(sql).await.expect_err("the statement went through");
    error.as_db_error().map(|error| error.message().to_owned()).unwrap_or_else(|| panic!("{error:?}"))
}

fn expired() -> Fault {
    Fault::Refuse(AwsError::new(
        http::StatusCode::BAD_REQUEST,
        "ExpiredToken",
        "The provided token has expired.",
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_s3_breaks_off_leaves_nothing_and_the_next_one_works() {
    let stand = stand().await;
    let client = stand.connect().await;
    client.batch_execute("create table t (id int, name varchar(20))").await.unwrap();
    for (operation, fault, told) in [
        ("GetObject", Fault::Throttle, "Status 503,Error SlowDown"),
        ("ListObjectsV2", Fault::Throttle, "Status 503,Error SlowDown"),
        ("GetObject", Fault::Reset, "S3 cannot be reached: "),
        ("GetObject", Fault::Truncate(100), "S3 cannot be reached: "),
        ("GetObject", expired(), "The provided token has expired.,Status 400,Error ExpiredToken"),
    ] {
        let name = format!("{operation}: {fault:?}");
        stand.strike(operation, None, fault);
        let message = refused(&client, &stand.copy()).await;
        assert!(message.contains(told), "{name}: {message}");
        assert_eq!(count(&client).await, 0, "{name}");
        stand.mend();
        client.batch_execute(&stand.copy()).await.unwrap_or_else(|error| panic!("after {name}: {error}"));
        assert_eq!(count(&client).await, 2 * ROWS as i64, "{name}");
        client.batch_execute("truncate t").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_comes_through_what_passes() {
    let stand = stand().await;
    let client = stand.connect().await;
    client.batch_execute("create table t (id int, name varchar(20))").await.unwrap();
    for (count_of_faults, fault) in
        [(1, Fault::Throttle), (1, Fault::Reset), (2, Fault::Delay(Duration::from_millis(100)))]
    {
        let name = format!("{fault:?}");
        stand.strike("GetObject", Some(count_of_faults), fault);
        client.batch_execute(&stand.copy()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(count(&client).await, 2 * ROWS as i64, "{name}");
        client.batch_execute("truncate t").await.unwrap();
        stand.mend();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unload_that_s3_breaks_off_leaves_no_object() {
    let stand = stand().await;
    let client = stand.connect().await;
    client.batch_execute("create table t as select 1 as id").await.unwrap();
    for (fault, told) in [
        (Fault::Throttle, "Status 503,Error SlowDown"),
        (Fault::Reset, "S3 cannot be reached: "),
        (expired(), "Error ExpiredToken"),
    ] {
        let name = format!("{fault:?}");
        stand.strike("PutObject", None, fault);
        let message = refused(&client, &stand.unload()).await;
        assert!(message.contains(told), "{name}: {message}");
        stand.mend();
        assert_eq!(stand.objects().await, 0, "{name}");
    }
    client.batch_execute(&stand.unload()).await.unwrap();
    assert!(stand.objects().await > 0);
}

/// PostgreSQL ends the session's process while the load waits for S3.
#[tokio::test(flavor = "multi_thread")]
async fn a_load_whose_postgresql_is_killed_leaves_nothing() {
    let stand = stand().await;
    let (client, other) = (stand.connect().await, stand.connect().await);
    client.batch_execute("create table t (id int, name varchar(20))").await.unwrap();
    let pid: i32 = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    stand.strike("GetObject", None, Fault::Delay(Duration::from_secs(3)));
    let copy = stand.copy();
    let (copied, killed) = tokio::join!(client.batch_execute(&copy), async {
        let loading = "select from pg_stat_activity where procpid = $1 and current_query like '%FROM STDIN%'";
        while other.query(loading, &[&pid]).await.unwrap().is_empty() {}
        other.query_one("select pg_terminate_backend($1)", &[&pid]).await
    });
    assert!(killed.unwrap().get::<_, bool>(0));
    copied.expect_err("the load went through");
    assert!(client.batch_execute("select 1").await.is_err(), "the session goes on");
    stand.mend();
    let again = stand.connect().await;
    assert_eq!(count(&again).await, 0);
    again.batch_execute(&stand.copy()).await.unwrap();
    assert_eq!(count(&again).await, 2 * ROWS as i64);
}
