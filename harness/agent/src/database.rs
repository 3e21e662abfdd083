//! The connector's session of the database.

use crate::connection::Connection;
use crate::error::{Cause, SqlError, with_sources};
use crate::jdbc::{Encryption, JdbcUrl};
use crate::plan::{self, Statement};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret as _;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, NoTls, TlsConnect, TlsStream};
use tokio_postgres::{Client, SimpleQueryMessage};
use tokio_rustls::TlsConnector;

/// An open session.
pub(crate) struct Session {
    client: Client,
    /// Carries the messages; ends when the client is dropped.
    carrier: JoinHandle<Result<(), tokio_postgres::Error>>,
    host: String,
    port: u16,
}

impl Session {
    pub(crate) async fn open(connection: &Connection) -> Result<Self, Cause> {
        let url = JdbcUrl::parse(&connection.jdbc_url).map_err(plan::PlanError::from)?;
        let mut config = tokio_postgres::Config::new();
        config.host(url.host()).dbname(url.database()).user(&connection.user);
        match connection.dial {
            Some(dial) => config.hostaddr(dial.ip()).port(dial.port()),
            None => config.port(url.port()),
        };
        config.password(connection.password.expose_secret()).application_name("linchpin-agent");
        let failed = |error| cause(&error, url.host(), url.port());
        let (client, carrier) = match url.encryption() {
            Encryption::Plain => {
                config.ssl_mode(SslMode::Disable);
                let (client, carrier) = config.connect(NoTls).await.map_err(failed)?;
                (client, tokio::spawn(carrier))
            }
            Encryption::Tls => {
                config.ssl_mode(SslMode::Require);
                let tls = Tls::of(connection.trust_store.as_deref())?;
                let (client, carrier) = config.connect(tls).await.map_err(failed)?;
                (client, tokio::spawn(carrier))
            }
        };
        Ok(Self { client, carrier, host: url.host().to_owned(), port: url.port() })
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

/// TLS that trusts one authority and checks the host's name.
#[derive(Clone)]
struct Tls {
    config: Arc<ClientConfig>,
}

impl Tls {
    fn of(trust_store: Option<&Path>) -> Result<Self, Cause> {
        match trust_store {
            Some(path) => {
                let pem = std::fs::read(path).map_err(|source| Cause::io(path, source))?;
                let roots = roots(&pem)?;
                Self::trusting(roots)
            }
            None => Self::trusting(RootCertStore::empty()),
        }
    }

    fn trusting(roots: RootCertStore) -> Result<Self, Cause> {
        let unusable = |error: rustls::Error| Cause::Certificate { message: error.to_string() };
        // Named here: other crates may bring other providers along, and then rustls has no default.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?;
        Ok(Self { config: Arc::new(config.with_root_certificates(roots).with_no_client_auth()) })
    }
}

/// The authorities in a PEM text.
fn roots(pem: &[u8]) -> Result<RootCertStore, Cause> {
    let unusable = |message: String| Cause::Certificate { message };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("the PEM text holds no certificate".to_owned()));
    }
    Ok(roots)
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Handshake { connector: TlsConnector::from(Arc::clone(&self.config)), name })
    }
}

struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl<S> TlsConnect<S> for Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.connector.connect(self.name, stream).await.map(Encrypted) })
    }
}

struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    /// Only SCRAM binds to channels, and Redshift has no SCRAM.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
