//! What the tests share.

use linchpin_postgres::{Installation, Lease, Servers, ServersConfig};
use std::path::{Path, PathBuf};
use tokio_postgres::{Client, config::Host};

/// Servers with a table in their template, in `root` if one is given.
pub async fn servers(root: Option<&Path>, count: usize) -> Servers {
    let config = ServersConfig {
        installation: Installation::find().unwrap(),
        template_sql: "CREATE TABLE from_template (a int)".to_owned(),
        database: "dev".to_owned(),
        data_root: root.map(Path::to_owned),
        count,
    };
    Servers::new(config).await.unwrap()
}

/// A session in the lease's database as `user`.
pub async fn connect(lease: &Lease, user: &str) -> Client {
    connect_to(lease, lease.database(), user).await
}

/// A session in any database as `user`.
pub async fn connect_to(lease: &Lease, database: &str, user: &str) -> Client {
    lease.address().connect_as(user, database).await.unwrap()
}

/// The folder of the socket of a lease's server.
pub fn socket_dir(lease: &Lease) -> PathBuf {
    match &lease.address().host {
        Host::Unix(folder) => folder.clone(),
        Host::Tcp(_) => unreachable!("a process has a socket"),
    }
}

/// The one value that a query for text answers.
pub async fn text(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// Lets the servers' user, who is another one when the tests run as root, pass through a temporary folder.
pub fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}
