//! Sessions of the trial's cluster.

use futures_util::FutureExt as _;
use linchpin_agent::{Tls, TrustStore};
use linchpin_stack::{DATABASE, MASTER, Ssl};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error, NoTls, config::SslMode};

use super::world::{NO_PASSWORD, World};
use crate::model::{Scenario, SqlUser};

/// A session; it ends when it is dropped.
pub(crate) struct Session {
    pub(crate) client: Client,
    driving: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driving.abort();
    }
}

impl World {
    /// A session of the master.
    pub(crate) async fn master(&self) -> Result<Session, Error> {
        self.session(MASTER, self.cluster.master_password().expose_secret()).await
    }

    /// A session of a login.
    pub(crate) async fn login(&self, login: &str) -> Result<Session, Error> {
        let user = self.user_of(login);
        self.session(user, self.password_of(user).expose_secret()).await
    }

    /// The password of a database user; of one that was never made, one that fits nobody.
    pub(crate) fn password_of(&self, user: &str) -> SecretString {
        self.logins.get(user).cloned().unwrap_or_else(|| SecretString::from(NO_PASSWORD))
    }

    /// The database user of a login: the service says which it is where a call made the login.
    pub(crate) fn user_of<'a>(&'a self, login: &'a str) -> &'a str {
        self.names.get(&format!("login:{login}")).unwrap_or(login)
    }

    /// A session of whoever runs a statement.
    pub(crate) async fn open(
        &self,
        scenario: &Scenario,
        runs_as: &SqlUser,
    ) -> Result<Result<Session, Error>, String> {
        Ok(match runs_as {
            SqlUser::Master => self.master().await,
            SqlUser::Login(login) => self.login(&self.filled(login)?).await,
            SqlUser::Connection => self.login(&self.connection_login(scenario)?).await,
        })
    }

    /// The harness's own sessions are plain where the cluster takes plain ones.
    fn tls(&self) -> Option<Tls> {
        (self.cluster.ssl() == Ssl::Required)
            .then(|| Tls::of(Some(&TrustStore::Pem(self.stack.ca_file()))).ok())
            .flatten()
    }

    async fn session(&self, user: &str, password: &str) -> Result<Session, Error> {
        let mut config = Config::new();
        config
            .host(self.cluster.host())
            .port(self.cluster.port())
            .dbname(DATABASE)
            .user(user)
            .password(password);
        // How a session ends is told by the statement that was under way.
        let (client, driving) = match self.tls() {
            Some(tls) => {
                let (client, connection) = config.ssl_mode(SslMode::Require).connect(tls).await?;
                (client, tokio::spawn(connection.map(drop)))
            }
            None => {
                let (client, connection) = config.ssl_mode(SslMode::Disable).connect(NoTls).await?;
                (client, tokio::spawn(connection.map(drop)))
            }
        };
        Ok(Session { client, driving })
    }
}

/// An error as the report shows it: SQLSTATE, message and detail for the server's, else the client's own words.
pub(crate) fn describe(error: &Error) -> String {
    match error.as_db_error() {
        Some(error) => {
            let detail = error.detail().map(|detail| format!("\n{detail}")).unwrap_or_default();
            format!("{}: {}{detail}", error.code().code(), error.message())
        }
        None => error.to_string(),
    }
}
