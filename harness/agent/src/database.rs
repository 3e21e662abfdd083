//! The connector's session of the database.

use crate::connection::Connection;
use crate::control_plane::Entry;
use crate::error::{Cause, SqlError, with_sources};
use crate::jdbc::{Encryption, JdbcUrl};
use crate::options::Switch;
use crate::plan;
use crate::statement::Statement;
use crate::tls::Tls;
use aws_credential_types::Credentials;
use secrecy::ExposeSecret as _;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::NoTls;
use tokio_postgres::{Client, SimpleQueryMessage};

/// An open session.
pub(crate) struct Session {
    client: Client,
    /// Carries the messages; ends when the client is dropped.
    carrier: JoinHandle<Result<(), tokio_postgres::Error>>,
    host: String,
    port: u16,
}

impl Session {
    /// `keys` ask for the password of an IAM login.
    pub(crate) async fn open(connection: &Connection, keys: &Credentials) -> Result<Self, Cause> {
        let url = JdbcUrl::parse(&connection.jdbc_url).map_err(plan::PlanError::from)?;
        let Entry { host, port, user, password } = Entry::obtain(connection, &url, keys).await?;
        let mut config = tokio_postgres::Config::new();
        config.host(&host).dbname(url.database()).user(&user);
        match connection.dial {
            Some(dial) => config.hostaddr(dial.ip()).port(dial.port()),
            None => config.port(port),
        };
        config.password(password.expose_secret());
        config.application_name(url.application_name().unwrap_or("linchpin-agent"));
        if let Some(limit) = url.login_timeout() {
            config.connect_timeout(limit);
        }
        if let Some(switch) = url.keep_alive() {
            config.keepalives(switch == Switch::On);
        }
        let failed = |error| cause(&error, &host, port);
        let (client, carrier) = match url.encryption() {
            Encryption::Plain => {
                config.ssl_mode(SslMode::Disable);
                let (client, carrier) = config.connect(NoTls).await.map_err(failed)?;
                (client, tokio::spawn(carrier))
            }
            Encryption::Tls => {
                config.ssl_mode(SslMode::Require);
                let tls = Tls::of(connection.trust_store.as_ref())?;
                let (client, carrier) = config.connect(tls).await.map_err(failed)?;
                (client, tokio::spawn(carrier))
            }
        };
        Ok(Self { client, carrier, host, port })
    }

    /// Runs a statement; returns how many rows it affected, 0 if its tag does not tell.
    pub(crate) async fn run(&self, statement: &Statement) -> Result<u64, Cause> {
        self.run_sql(statement.sql()).await
    }

    pub(crate) async fn run_sql(&self, sql: &str) -> Result<u64, Cause> {
        let answers = self.client.simple_query(sql).await;
        let answers = answers.map_err(|error| cause(&error, &self.host, self.port))?;
        Ok(answers.iter().rev().find_map(affected).unwrap_or(0))
    }

    /// Ends the session and waits until it has ended: nothing of its transaction is left then.
    pub(crate) async fn close(self) {
        drop(self.client);
        // A session that broke off has ended too.
        let _ = self.carrier.await;
    }
}

fn affected(answer: &SimpleQueryMessage) -> Option<u64> {
    match answer {
        SimpleQueryMessage::CommandComplete(count) => Some(*count),
        _ => None,
    }
}

fn cause(error: &tokio_postgres::Error, host: &str, port: u16) -> Cause {
    match error.as_db_error() {
        Some(refusal) => Cause::Sql(SqlError {
            sqlstate: refusal.code().code().to_owned(),
            message: refusal.message().to_owned(),
            detail: refusal.detail().map(str::to_owned),
        }),
        None => Cause::Database { host: host.to_owned(), port, message: with_sources(error) },
    }
}

#[cfg(test)]
mod tests;
