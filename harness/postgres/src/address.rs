//! Where a server takes sessions.

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

/// The database that the harness itself connects to, since the clients' may be dropped.
pub(crate) const MAINTENANCE: &str = "postgres";

/// Where a server takes sessions. It lets whoever comes in as any user, without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The folder of its Unix socket, or a host.
    pub host: Host,
    /// The port, which is a part of a socket's name too.
    pub port: u16,
    /// A role that may do everything.
    pub superuser: String,
}

impl Address {
    /// A session of the superuser.
    ///
    /// # Errors
    /// What the server, or the way to it, answers.
    pub async fn connect(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        self.connect_as(&self.superuser, database).await
    }

    /// A session of a user.
    ///
    /// # Errors
    /// As [`Address::connect`].
    pub async fn connect_as(&self, user: &str, database: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        match &self.host {
            Host::Unix(folder) => config.host_path(folder),
            Host::Tcp(name) => config.host(name),
        };
        config.port(self.port).user(user).dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        // It ends with its client.
        tokio::spawn(connection);
        Ok(client)
    }
}
