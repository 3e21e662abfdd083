//! A cluster: its settings, its listener, its sessions.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use aws_sdk_s3::config::SharedHttpClient;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio_postgres::config::Host;

use crate::control::ControlPlane;
use crate::journal::{Journal, JournalEntry};
use crate::login::Memberships;
use crate::private::{PrivateError, PrivateServer};
use crate::s3::{self, Encryption};
use crate::sql::Strictness;
use crate::wire::{CancelRegistry, PrivateAddress, serve};

/// What makes a cluster.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// The cluster's identifier.
    pub identifier: String,
    /// Account that owns the cluster.
    pub account: String,
    /// Region it is in.
    pub region: String,
    /// Partition of that region.
    pub partition: String,
    /// The database that clients connect to.
    pub database: String,
    /// Endpoint of the cloud, `http://127.0.0.1:port`.
    pub aws_endpoint: String,
    /// Where the private server is: the folder of its Unix socket, or a host.
    pub postgres: Host,
    /// Its port, which is a part of a socket's name too. It must let the front in as any user without a password.
    pub postgres_port: u16,
    /// Whether sessions are encrypted.
    pub tls: SessionTls,
    /// How passwords are asked for.
    pub passwords: PasswordMethod,
    /// A superuser of the private server.
    pub superuser: String,
    /// Whether it refuses what Redshift refuses and PostgreSQL would carry out.
    pub strictness: Strictness,
    /// What an UNLOAD without ENCRYPTED asks of S3.
    pub plain_unload: PlainUnload,
    /// What has ended at AWS in the meantime.
    pub era: Era,
}

/// The time that a cluster lives in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Era {
    /// Today: COPY and UNLOAD refuse client-side encryption (documented: since 2026-04-30).
    #[default]
    Current,
    /// Before: they carry it out.
    Legacy,
}

/// Whether sessions are encrypted, and with what certificate and versions of TLS.
#[derive(Debug, Clone)]
pub enum SessionTls {
    /// The cluster has no TLS; Redshift always has.
    Absent,
    /// As the client likes: Redshift's default, `require_ssl` is off.
    Optional(Arc<rustls::ServerConfig>),
    /// The parameter `require_ssl` is on: plain sessions are refused.
    Required(Arc<rustls::ServerConfig>),
}

impl SessionTls {
    pub(crate) fn offered(&self) -> Option<&Arc<rustls::ServerConfig>> {
        match self {
            SessionTls::Absent => None,
            SessionTls::Optional(tls) | SessionTls::Required(tls) => Some(tls),
        }
    }
}

/// How the cluster asks for passwords; clients must know both (driver sources).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PasswordMethod {
    /// A salted digest.
    #[default]
    Md5,
    /// The password itself, where the connection is encrypted; else a salted digest.
    Cleartext,
}

/// The encryption that an UNLOAD without ENCRYPTED names, which AWS leaves open: bucket policies that demand the header
/// can be tried both ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlainUnload {
    /// `x-amz-server-side-encryption: AES256`: documentation says that files are encrypted so, whatever the bucket's
    /// default.
    #[default]
    NamesSseS3,
    /// None, so that the bucket's default holds.
    NamesNothing,
}

impl PlainUnload {
    pub(crate) fn encryption(self) -> Encryption {
        match self {
            PlainUnload::NamesSseS3 => Encryption::S3,
            PlainUnload::NamesNothing => Encryption::Unnamed,
        }
    }
}

impl ClusterSettings {
    /// Where the private server takes sessions.
    pub(crate) fn private_address(&self) -> PrivateAddress {
        PrivateAddress::new(&self.postgres, self.postgres_port)
    }

    /// ARN of a database user, the external id of the roles that Redshift assumes for that user.
    pub(crate) fn user_arn(&self, user: &str) -> String {
        let ClusterSettings { partition, region, account, identifier, .. } = self;
        format!("arn:{partition}:redshift:{region}:{account}:dbuser:{identifier}/{user}")
    }
}

/// What the sessions of a cluster share.
pub(crate) struct ClusterState {
    pub(crate) settings: ClusterSettings,
    pub(crate) control: Arc<dyn ControlPlane>,
    pub(crate) private: PrivateServer,
    pub(crate) cancels: CancelRegistry,
    pub(crate) memberships: Memberships,
    pub(crate) journal: Journal,
    /// Shared, so that connections to the cloud are used again.
    pub(crate) http: SharedHttpClient,
    queries: AtomicI32,
}

impl std::fmt::Debug for ClusterState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterState").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl ClusterState {
    /// The number of the next statement that has one: what the front runs, and what was cancelled.
    pub(crate) fn next_query(&self) -> i32 {
        self.queries.fetch_add(1, Ordering::Relaxed)
    }
}

/// Why a cluster does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// No loopback port could be bound.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(#[source] io::Error),
    /// The private server cannot be used.
    #[error("cannot use the private PostgreSQL server: {0}")]
    Private(#[source] PrivateError),
}

/// A running cluster. Dropping it closes every session.
#[derive(Debug)]
pub struct Cluster {
    address: SocketAddr,
    state: Arc<ClusterState>,
    stop: oneshot::Sender<()>,
    acceptor: JoinHandle<()>,
}

impl Cluster {
    /// Starts a cluster on a free loopback port.
    ///
    /// # Errors
    /// When no port can be bound, or the private server does not answer.
    pub async fn start(
        settings: ClusterSettings,
        control: Arc<dyn ControlPlane>,
    ) -> Result<Cluster, StartError> {
        let private = PrivateServer::new(&settings);
        private.check().await.map_err(StartError::Private)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let (cancels, memberships) = (CancelRegistry::default(), Memberships::default());
        let (http, queries) = (s3::http_client(), AtomicI32::new(1));
        let journal = Journal::default();
        let state = ClusterState { settings, control, private, cancels, memberships, journal, http, queries };
        let state = Arc::new(state);
        let (stop, stopped) = oneshot::channel();
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&state), stopped));
        Ok(Cluster { address, state, stop, acceptor })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients did lately, oldest first.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.state.journal.entries()
    }

    /// Closes the listener and every session.
    pub async fn stop(self) {
        drop(self.stop);
        // The only error is a panic of the acceptor, after which there is nothing left to close.
        let _ = self.acceptor.await;
    }
}

/// Accepts until `stopped` resolves, which dropping the cluster does too.
async fn accept(listener: TcpListener, state: Arc<ClusterState>, mut stopped: oneshot::Receiver<()>) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => drop(sessions.spawn(serve(Arc::clone(&state), tcp))),
                // Out of file descriptors: room comes when a session ends.
                Err(_) => drop(sessions.join_next().await),
            },
            // A session that ends with an IO error has lost its client: there is nobody to tell.
            Some(_) = sessions.join_next() => {}
        }
    }
    sessions.shutdown().await;
}
