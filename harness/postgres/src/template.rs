//! The template: a stopped server's data folder, made once and cached, that every server is a copy of.

use crate::account::Account;
use crate::address::{Address, MAINTENANCE};
use crate::cache::{Cache, CacheError};
use crate::maker::Running as _;
use crate::reset::create_database;
use crate::server::{Machine, SUPERUSER, Server, StartError, Stop};
use crate::tree::{self, CopyError};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use tokio_postgres::Client;

/// One-megabyte WAL files keep the copies small.
const INITDB: &[&str] =
    &["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions", "--no-sync", "--wal-segsize=1"];
/// Raised when a template is prepared in another way by the same settings.
const LAYOUT: &str = "3";

/// The template could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The cache folder is unusable.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// It could not be put into the cache.
    #[error("{0}")]
    Copy(String),
    /// `initdb` could not be run.
    #[error("cannot run `initdb`: {source}")]
    SpawnInitdb {
        /// Why.
        source: std::io::Error,
    },
    /// `initdb` failed.
    #[error("`initdb` failed{account}: {line}")]
    Initdb {
        /// Whom it ran as, if not this program's user.
        account: String,
        /// The last line of its errors.
        line: String,
    },
    /// The server that prepares the template did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server that prepares the template could not be reached.
    #[error("cannot connect to the server that prepares the template: {source}")]
    Connect {
        /// Why.
        source: tokio_postgres::Error,
    },
    /// A statement that prepares the template failed.
    #[error("the template's SQL failed: {}", describe(.source))]
    Sql {
        /// Why.
        source: tokio_postgres::Error,
    },
}

impl From<CopyError> for TemplateError {
    fn from(error: CopyError) -> Self {
        Self::Copy(error.to_string())
    }
}

/// What every database is made from.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Run once, as superuser, in the template that every database is made from.
    pub sql: String,
    /// The database that clients see, such as `dev`.
    pub database: String,
}

impl Recipe {
    /// The template's folder in the cache; made there if it is missing, with `workshop` as the folder of the server that makes it.
    pub(crate) async fn template(
        &self,
        machine: &Machine,
        workshop: &Path,
    ) -> Result<PathBuf, TemplateError> {
        let cache = Cache::open("templates")?;
        let name = self.name(machine);
        if let Some(found) = cache.entry(&name) {
            return Ok(found);
        }
        // The lock may be long in coming, but nothing else runs on this thread yet.
        let writer = cache.writer()?;
        if let Some(found) = cache.entry(&name) {
            return Ok(found);
        }
        self.make(machine, workshop).await?;
        tree::copy(&Server::data_of(workshop), &writer.unfinished(&name), &Account::Own)?;
        let _ = fs::remove_dir_all(workshop);
        Ok(writer.finish(&name)?)
    }

    /// A name that tells templates apart by all that goes into them.
    fn name(&self, machine: &Machine) -> String {
        let version = machine.installation.version();
        let settings = machine.settings().flat_map(|(name, value)| [*name, *value]);
        let parts = [LAYOUT, SUPERUSER, &self.database, &self.sql]
            .into_iter()
            .chain(INITDB.iter().copied())
            .chain(settings);
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let hash = hex::encode(hash.finalize());
        format!("{version}-{}", hash.get(..16).unwrap_or(&hash))
    }

    async fn make(&self, machine: &Machine, workshop: &Path) -> Result<(), TemplateError> {
        machine.prepare(workshop)?;
        initdb(machine, workshop).await?;
        let mut server = machine.start(workshop.to_owned()).await?;
        let prepared = self.prepare(server.address()).await;
        server.stop(Stop::Fast).await;
        prepared
    }

    /// The SQL runs in `template1`, so that databases which a client makes have it too; nobody else changes `template1`.
    /// Nobody needs `template0`, and without it the copies are faster.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub async fn prepare(&self, server: &Address) -> Result<(), TemplateError> {
        let in_template = connect(server, "template1").await?;
        run(&in_template, &self.sql).await?;
        drop(in_template);
        let in_postgres = connect(server, MAINTENANCE).await?;
        run(&in_postgres, "ALTER DATABASE template1 ALLOW_CONNECTIONS false").await?;
        run(&in_postgres, &create_database(&self.database)).await?;
        run(&in_postgres, "UPDATE pg_database SET datistemplate = false WHERE datname = 'template0'").await?;
        run(&in_postgres, "DROP DATABASE template0").await
    }
}

async fn initdb(machine: &Machine, workshop: &Path) -> Result<(), TemplateError> {
    let mut command = machine.command("initdb", workshop);
    command.args(INITDB).arg("-U").arg(SUPERUSER).arg("-D").arg(Server::data_of(workshop));
    let output = command.output().await.map_err(|source| TemplateError::SpawnInitdb { source })?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let line = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
    Err(TemplateError::Initdb { account: machine.account.to_string(), line: line.to_owned() })
}

async fn connect(server: &Address, database: &str) -> Result<Client, TemplateError> {
    server.connect(database).await.map_err(|source| TemplateError::Connect { source })
}

/// Statements run one by one where they must: `CREATE DATABASE` refuses to run among others.
async fn run(client: &Client, sql: &str) -> Result<(), TemplateError> {
    client.batch_execute(sql).await.map_err(|source| TemplateError::Sql { source })
}

/// The server's own words where there are any: the driver's are "db error".
fn describe(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |found| format!("{} ({})", found.message(), found.code().code()))
}
