//! A lease is its holder's alone.

use crate::support::{connect, servers, text};
use linchpin_postgres::Lease;

const ROLES: &str =
    "SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'";
const TABLES: &str = "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
const DATABASES: &str = "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database";

async fn found(lease: &Lease) -> [String; 3] {
    let client = connect(lease, lease.superuser()).await;
    [text(&client, ROLES).await, text(&client, TABLES).await, text(&client, DATABASES).await]
}

/// Uses a server as a trial might, and worse.
async fn use_up(lease: &Lease, mark: &str) {
    let admin = connect(lease, lease.superuser()).await;
    admin
        .batch_execute(&format!(
            "CREATE USER loader; CREATE USER {mark}; ALTER USER loader SET search_path TO nowhere;
             GRANT CREATE ON SCHEMA public TO loader; REVOKE TEMP ON DATABASE dev FROM PUBLIC"
        ))
        .await
        .unwrap();
    admin.batch_execute("ALTER SYSTEM SET work_mem = '1MB'").await.unwrap();
    admin.batch_execute("CREATE DATABASE other").await.unwrap();
    let loader = connect(lease, "loader").await;
    loader.batch_execute(&format!("CREATE TABLE public.{mark} (a int)")).await.unwrap();
}

#[tokio::test]
async fn concurrent_leases_see_only_their_own() {
    let servers = servers(None, 2).await;
    let (one, two) = tokio::join!(servers.lease(), servers.lease());
    let (one, two) = (one.unwrap(), two.unwrap());
    tokio::join!(use_up(&one, "first"), use_up(&two, "second"));
    let expected = |mark: &str| {
        let tables =
            if mark < "from" { format!("{mark},from_template") } else { format!("from_template,{mark}") };
        [
            if mark < "loader" { format!("{mark},loader,rdsdb") } else { format!("loader,rdsdb,{mark}") },
            tables,
            "dev,other,postgres,template1".to_owned(),
        ]
    };
    assert_eq!(found(&one).await, expected("first"));
    assert_eq!(found(&two).await, expected("second"));
}

#[tokio::test]
async fn nothing_of_a_lease_is_in_the_next() {
    let root = tempfile::tempdir_in("/tmp").unwrap();
    crate::support::open_to_all(root.path());
    let servers = servers(Some(root.path()), 0).await;
    for _ in 0..2 {
        let lease = servers.lease().await.unwrap();
        assert_eq!(found(&lease).await, ["rdsdb", "from_template", "dev,postgres,template1"]);
        let client = connect(&lease, lease.superuser()).await;
        assert_eq!(text(&client, "SELECT (datacl IS NULL AND current_setting('work_mem') = '4MB')::text FROM pg_database WHERE datname = 'dev'").await, "true");
        use_up(&lease, "mark").await;
    }
    servers.shutdown().await;
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_lease_outlives_the_servers_that_it_came_from() {
    let servers = servers(None, 1).await;
    let lease = servers.lease().await.unwrap();
    servers.shutdown().await;
    assert_eq!(found(&lease).await[0], "rdsdb");
}
