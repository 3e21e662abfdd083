//! A lease is its holder's alone.

use crate::support::{connect, connect_to, open_to_all, servers, socket_dir, text};
use linchpin_postgres::Lease;

const ROLES: &str =
    "SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'";
const TABLES: &str = "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
const DATABASES: &str = "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database";

async fn found(lease: &Lease) -> [String; 3] {
    let client = connect(lease, &lease.address().superuser).await;
    [text(&client, ROLES).await, text(&client, TABLES).await, text(&client, DATABASES).await]
}

/// Uses a server as a trial might.
async fn use_up(lease: &Lease, mark: &str) {
    let admin = connect(lease, &lease.address().superuser).await;
    let roles = format!(
        "CREATE USER loader PASSWORD 'secret'; CREATE GROUP {mark}; ALTER GROUP {mark} ADD USER loader;
         ALTER USER loader SET search_path TO public; GRANT CREATE ON SCHEMA public TO loader;
         REVOKE TEMP ON DATABASE dev FROM PUBLIC; ALTER DATABASE dev SET work_mem = '1MB'"
    );
    admin.batch_execute(&roles).await.unwrap();
    admin.batch_execute("CREATE DATABASE other OWNER loader").await.unwrap();
    let loader = connect(lease, "loader").await;
    loader.batch_execute(&format!("CREATE TABLE public.{mark} (a int)")).await.unwrap();
}

#[tokio::test]
async fn concurrent_leases_see_only_their_own() {
    let servers = servers(None, 2).await;
    let (one, two) = tokio::join!(servers.lease(), servers.lease());
    let (one, two) = (one.unwrap(), two.unwrap());
    tokio::join!(use_up(&one, "alpha"), use_up(&two, "omega"));
    let databases = "dev,other,postgres,template1";
    assert_eq!(found(&one).await, ["alpha,loader,rdsdb", "alpha,from_template", databases]);
    assert_eq!(found(&two).await, ["loader,omega,rdsdb", "from_template,omega", databases]);
}

#[tokio::test]
async fn nothing_of_a_lease_is_in_the_next() {
    let root = tempfile::tempdir_in("/tmp").unwrap();
    open_to_all(root.path());
    let servers = servers(Some(root.path()), 1).await;
    let mut used = Vec::new();
    for _ in 0..3 {
        let lease = servers.lease().await.unwrap();
        assert_eq!(found(&lease).await, ["rdsdb", "from_template", "dev,postgres,template1"]);
        let client = connect(&lease, &lease.address().superuser).await;
        assert_eq!(
            text(&client, "SELECT (datacl IS NULL)::text FROM pg_database WHERE datname = 'dev'").await,
            "true"
        );
        assert_eq!(text(&client, "SHOW work_mem").await, "4MB");
        use_up(&lease, "mark").await;
        // A session that is left open must not keep the database.
        client.batch_execute("BEGIN; LOCK TABLE mark").await.unwrap();
        used.push(socket_dir(&lease));
    }
    assert!(used.iter().all(|socket_dir| *socket_dir == used[0]), "the server was thrown away: {used:?}");
    servers.shutdown().await;
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_server_that_is_changed_otherwise_is_thrown_away() {
    let servers = servers(None, 1).await;
    for (database, change) in [
        ("dev", "ALTER SYSTEM SET work_mem = '1MB'"),
        ("dev", "ALTER ROLE rdsdb SET work_mem = '1MB'"),
        ("dev", "ALTER ROLE rdsdb PASSWORD 'secret'"),
        ("dev", "GRANT SET ON PARAMETER work_mem TO PUBLIC"),
        ("dev", "COMMENT ON ROLE rdsdb IS 'mine'"),
        ("dev", "ALTER DATABASE template1 ALLOW_CONNECTIONS true"),
        ("postgres", "CREATE TABLE mine (a int)"),
        ("postgres", "GRANT CREATE ON SCHEMA public TO PUBLIC"),
    ] {
        let lease = servers.lease().await.unwrap();
        let used = socket_dir(&lease);
        connect_to(&lease, database, &lease.address().superuser).await.batch_execute(change).await.unwrap();
        drop(lease);
        let next = servers.lease().await.unwrap();
        assert_ne!(socket_dir(&next), used, "{change}");
        assert!(!used.exists(), "{change}");
    }
}

#[tokio::test]
async fn a_lease_outlives_the_servers_that_it_came_from() {
    let servers = servers(None, 1).await;
    let lease = servers.lease().await.unwrap();
    servers.shutdown().await;
    assert_eq!(found(&lease).await[0], "rdsdb");
}
