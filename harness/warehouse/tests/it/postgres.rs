//! A private PostgreSQL server of a test's own.

use linchpin_postgres::{Installation, Lease, Servers, ServersConfig};
use linchpin_warehouse::CATALOG_SQL;
use tokio_postgres::Client;

/// The server; dropping it stops it and removes its files.
pub struct Postgres {
    pub lease: Lease,
    _servers: Servers,
}

impl Postgres {
    pub async fn start() -> Postgres {
        let config = ServersConfig {
            installation: Installation::find().unwrap(),
            template_sql: CATALOG_SQL.to_owned(),
            database: "dev".to_owned(),
            data_root: None,
            count: 1,
        };
        let servers = Servers::new(config).await.unwrap();
        Postgres { lease: servers.lease().await.unwrap(), _servers: servers }
    }

    /// A superuser's connection behind the front's back.
    pub async fn connect(&self, database: &str) -> Client {
        self.lease.address().connect(database).await.unwrap()
    }
}
