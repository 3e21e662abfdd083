//! The front's own connections to the private server, as its superuser: passwords are read and load errors are
//! written there, outside the client's transaction.

use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::Mutex;
use tokio_postgres::config::Host;
use tokio_postgres::error::DbError;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls};

use crate::cluster::ClusterSettings;
use crate::wire::SESSION_OPTIONS;

/// PostgreSQL's own rule: a password that is out of date is a wrong one.
const PASSWORD_SQL: &str = "SELECT rolpassword FROM pg_catalog.pg_authid \
     WHERE rolname = $1 AND coalesce(rolvaliduntil > pg_catalog.now(), true)";

/// Whether a Parse was refused for holding several statements.
fn is_taken(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().and_then(DbError::routine) == Some("exec_parse_message")
}

/// What the server said, which the client library's own text leaves out.
fn reason(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}

impl PrivateError {
    /// What the server itself said.
    pub(crate) fn server(&self) -> Option<&DbError> {
        self.source.as_db_error()
    }

    pub(crate) fn new(database: &str, source: tokio_postgres::Error) -> PrivateError {
        PrivateError { database: database.to_owned(), source }
    }
}

/// The superuser's connections, one a database, opened when first used.
#[derive(Debug)]
pub(crate) struct PrivateServer {
    host: Host,
    port: u16,
    superuser: String,
    /// The cluster's first database, which cannot be dropped (documented): passwords are read through it.
    database: String,
    clients: Mutex<HashMap<String, Arc<Client>>>,
}

/// A failed statement of the front's own.
#[derive(Debug, Error)]
#[error("database `{database}`: {}", reason(.source))]
pub struct PrivateError {
    database: String,
    source: tokio_postgres::Error,
}

impl PrivateServer {
    pub(crate) fn new(settings: &ClusterSettings) -> PrivateServer {
        PrivateServer {
            host: settings.postgres.clone(),
            port: settings.postgres_port,
            superuser: settings.superuser.clone(),
            database: settings.database.clone(),
            clients: Mutex::default(),
        }
    }

    /// Finds out whether the server answers.
    pub(crate) async fn check(&self) -> Result<(), PrivateError> {
        self.client(&self.database).await.map(drop)
    }

    /// What `pg_authid` stores for `user`.
    pub(crate) async fn password_of(&self, user: &str) -> Result<Option<String>, PrivateError> {
        let client = self.client(&self.database).await?;
        let row = client.query_opt(PASSWORD_SQL, &[&user]).await;
        let row = row.map_err(|source| PrivateError::new(&self.database, source))?;
        Ok(row.and_then(|row| row.get(0)))
    }

    /// A connection to the cluster's first database, where what belongs to all databases is changed.
    pub(crate) async fn first(&self) -> Result<Arc<Client>, PrivateError> {
        self.client(&self.database).await
    }

    /// Runs a statement on a connection of [`PrivateServer::first`].
    pub(crate) async fn execute(&self, client: &Client, sql: &str) -> Result<(), PrivateError> {
        let done = client.batch_execute(sql).await;
        done.map_err(|source| PrivateError::new(&self.database, source))
    }

    /// Whether a query on a connection of [`PrivateServer::first`] has a row.
    pub(crate) async fn query_exists(
        &self,
        client: &Client,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<bool, PrivateError> {
        let row = client.query_opt(sql, parameters).await;
        row.map(|row| row.is_some()).map_err(|source| PrivateError::new(&self.database, source))
    }

    /// Parses statements as PostgreSQL parses those of a Query, all before the first: a Parse of several is refused, but
    /// only when its grammar has taken every one.
    pub(crate) async fn parse(&self, database: &str, sql: &str) -> Result<(), PrivateError> {
        let client = self.client(database).await?;
        let parsed = client.prepare(&format!("{sql};\nSELECT 1;\nSELECT 1")).await;
        match parsed {
            Err(error) if !is_taken(&error) => Err(PrivateError::new(database, error)),
            _ => Ok(()),
        }
    }

    /// A connection to `database`.
    pub(crate) async fn client(&self, database: &str) -> Result<Arc<Client>, PrivateError> {
        let mut clients = self.clients.lock().await;
        if let Some(client) = clients.get(database).filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let mut config = Config::new();
        match &self.host {
            Host::Unix(folder) => config.host_path(folder),
            Host::Tcp(name) => config.host(name),
        };
        config.port(self.port).user(&self.superuser).dbname(database);
        config.application_name("linchpin").options(SESSION_OPTIONS);
        let connected = config.connect(NoTls).await;
        let (client, connection) = connected.map_err(|source| PrivateError::new(database, source))?;
        // The connection ends with its client, which this server owns.
        tokio::spawn(connection);
        let client = Arc::new(client);
        clients.insert(database.to_owned(), Arc::clone(&client));
        Ok(client)
    }
}
