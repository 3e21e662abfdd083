//! The servers of a run, and the leases on them.

use crate::account::{Account, AccountError};
use crate::address::Address;
use crate::find::Installation;
use crate::folder::{self, FolderError, RunFolder};
use crate::host::{Host, Plan, Request};
use crate::local::Local;
use crate::maker::{Maker, Running};
use crate::server::{Machine, StartError};
use crate::template::{Recipe, TemplateError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{OnceCell, oneshot};

/// How servers are made.
#[derive(Debug, Clone)]
pub struct ServersConfig {
    /// The PostgreSQL to run.
    pub installation: Installation,
    /// Run once, as superuser, in the template that every database is made from.
    pub template_sql: String,
    /// The database that clients see, such as `dev`.
    pub database: String,
    /// The folder to keep the servers' folders in; `None` for memory (`/dev/shm`) if there is room, else TMPDIR.
    pub data_root: Option<PathBuf>,
    /// How many servers are started ahead, and kept for another lease after one; leases beyond that start their own.
    pub count: usize,
}

/// Servers could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum ServersError {
    /// There is nobody to run them.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// There is nowhere to keep them.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// There is nothing to make them from.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The thread that they are children of could not be started.
    #[error("cannot start the servers' thread: {0}")]
    Thread(io::Error),
    /// The thread that they are children of ended.
    #[error("the servers' thread ended before the template was ready")]
    Ended,
}

/// A lease could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// No server could be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The thread that they are children of ended.
    #[error("the servers' thread has ended")]
    Ended,
}

/// The servers of a run.
#[derive(Debug)]
pub struct Servers {
    host: Arc<Host>,
    database: Arc<str>,
}

/// A server that is the holder's alone, until dropped.
#[derive(Debug)]
pub struct Lease {
    server: Option<Box<dyn Running>>,
    address: Address,
    database: Arc<str>,
    host: Arc<Host>,
}

impl Servers {
    /// Servers that are processes: prepares the template, or finds it in the cache, and begins to start them.
    ///
    /// # Errors
    /// [`ServersError`].
    pub async fn new(config: ServersConfig) -> Result<Self, ServersError> {
        let ServersConfig { installation, template_sql, database, data_root, count } = config;
        let machine = Arc::new(Machine { installation, account: Account::find()? });
        let root = data_root.unwrap_or_else(folder::default_root);
        let folder = RunFolder::create(&root, &machine.account)?;
        let recipe = Recipe { sql: template_sql, database: database.clone() };
        let template = OnceCell::new();
        Self::made_by(Box::new(Local { machine, recipe, folder, template }), database, count).await
    }

    /// Servers of another maker, with the database that clients see and how many are kept ready.
    ///
    /// # Errors
    /// [`ServersError`].
    pub async fn made_by(
        maker: Box<dyn Maker>,
        database: String,
        count: usize,
    ) -> Result<Self, ServersError> {
        let (prepared, answer) = oneshot::channel();
        let plan = Plan { maker, database: database.clone(), count };
        let host = Arc::new(Host::start(plan, prepared).map_err(ServersError::Thread)?);
        answer.await.map_err(|_| ServersError::Ended)??;
        Ok(Self { host, database: database.into() })
    }

    /// A server as if nobody had used it before.
    pub async fn lease(&self) -> Result<Lease, LeaseError> {
        let (reply, answer) = oneshot::channel();
        self.host.send(Request::Lease(reply));
        let server = answer.await.map_err(|_| LeaseError::Ended)??;
        Ok(Lease {
            address: server.address().clone(),
            server: Some(server),
            database: Arc::clone(&self.database),
            host: Arc::clone(&self.host),
        })
    }

    /// Stops the servers that are not leased and waits until they are gone; leased ones go with their leases.
    pub async fn shutdown(self) {
        // Waiting for the thread blocks, so another thread does it.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Lease {
    /// Where the server takes sessions. Of a process it is a socket in a folder that only this program's user and the
    /// server's may enter.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The database that clients see.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.host.send(Request::Return(server));
        }
    }
}
