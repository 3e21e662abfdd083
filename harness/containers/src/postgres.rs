//! PostgreSQL servers in containers, for `linchpin-postgres` to lease.

use std::sync::Arc;

use async_trait::async_trait;
use linchpin_postgres::{Address, Maker, Recipe, Running, SETTINGS, SUPERUSER, StartError, TemplateError};
use testcontainers::{ImageExt, core::Mount};
use testcontainers_modules::postgres::Postgres;
use tokio_postgres::config::Host;

use crate::{
    engine::{Container, Engine},
    error::ContainerError,
    images::ImageName,
};

/// PostgreSQL's own.
const PORT: u16 = 5432;
/// Where the data lie, in memory: a container's disk is slow, and throws them away all the same.
const DATA: &str = "/var/lib/postgresql/data";
/// The oldest that the harness runs on: it needs the MERGE and the rights on schema `public` of 15.
const OLDEST: i32 = 150_000;
/// 18 warns of passwords that Redshift's drivers need.
const QUIET: &str = "ALTER SYSTEM SET md5_password_warnings = off";

/// Makes them.
pub struct PostgresContainers {
    /// The engine that runs them.
    pub engine: Arc<Engine>,
    /// Their image.
    pub image: ImageName,
    /// What their databases are made from.
    pub recipe: Recipe,
}

#[derive(Debug)]
struct PostgresContainer {
    address: Address,
    container: Container,
}

#[async_trait]
impl Maker for PostgresContainers {
    /// Each container makes its own template: nothing can be prepared before.
    async fn prepare(&self) -> Result<(), TemplateError> {
        Ok(())
    }

    async fn make(&self, _number: usize) -> Result<Box<dyn Running>, StartError> {
        self.start().await.map_err(|error| StartError::Maker(Box::new(error)))
    }
}

impl PostgresContainers {
    async fn start(&self) -> Result<Box<dyn Running>, ContainerError> {
        let settings = SETTINGS.iter().flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")]);
        // Whoever reaches the port is let in as any user, as with the socket of a process: each session of a client
        // runs with its own user's rights, and the front has asked for the password.
        let request = Postgres::default()
            .with_user(SUPERUSER)
            .with_db_name("postgres")
            .with_host_auth()
            .with_name(&self.image.name)
            .with_tag(&self.image.tag)
            .with_env_var("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C --no-sync --wal-segsize=1")
            .with_env_var("PGDATA", DATA)
            .with_mount(Mount::tmpfs_mount(DATA))
            .with_cmd(settings);
        let container = self.engine.start(&self.image, request, PORT).await?;
        let address = Address {
            host: Host::Tcp(container.address().ip().to_string()),
            port: container.address().port(),
            superuser: SUPERUSER.to_owned(),
        };
        match self.prepare_server(&address).await {
            Ok(()) => Ok(Box::new(PostgresContainer { address, container })),
            Err(detail) => {
                container.discard().await;
                Err(ContainerError::Unusable { image: self.image.to_string(), detail })
            }
        }
    }

    async fn prepare_server(&self, address: &Address) -> Result<(), String> {
        let failed = |error: tokio_postgres::Error| error.to_string();
        let client = address.connect("postgres").await.map_err(failed)?;
        let answer = client.query_one("SELECT current_setting('server_version_num')::int", &[]).await;
        let version: i32 = answer.and_then(|row| row.try_get(0)).map_err(failed)?;
        if version < OLDEST {
            return Err(format!("it is PostgreSQL {}; 15 is the oldest that will do", version / 10_000));
        }
        if version >= 180_000 {
            client.batch_execute(QUIET).await.map_err(failed)?;
            client.batch_execute("SELECT pg_reload_conf()").await.map_err(failed)?;
        }
        self.recipe.prepare(address).await.map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Running for PostgresContainer {
    fn address(&self) -> &Address {
        &self.address
    }

    async fn discard(self: Box<Self>) {
        self.container.discard().await;
    }
}
