//! One connection from its first byte: TLS, startup, authentication, then the pump.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::authenticate::authenticate;
use super::backend::{Backend, BackendError};
use super::cancel::{CancelKey, CancelSwitch};
use super::link::{Link, invalid};
use super::message::{Body, backend, frontend};
use super::pump::Pump;
use super::report::Report;
use super::startup::{self, Opening, Startup, StartupError};
use crate::cluster::{ClusterState, PasswordMethod, SessionTls};
use crate::control::TemporaryLogin;
use crate::errors;
use crate::journal::{Happening, first_words};
use crate::sql::{self, CASE_SQL, IdentifierCase};
use crate::statement::Dialect;

/// A stream of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub(super) type Client = Link<tokio::io::ReadHalf<Box<dyn Stream>>, tokio::io::WriteHalf<Box<dyn Stream>>>;

/// Who a session belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) cluster: Arc<ClusterState>,
    pub(crate) user: String,
    pub(crate) database: String,
    /// The private server's process, and the secret that cancels in it.
    pub(crate) key: CancelKey,
    pub(crate) cancel: Arc<CancelSwitch>,
    /// Whether quoted identifiers keep their case at first, as the startup packet or the user's settings say.
    identifiers: IdentifierCase,
    /// The temporary credentials that opened it.
    login: Option<Arc<TemporaryLogin>>,
}

/// A connection that has said what session it wants.
struct Opened {
    client: Client,
    startup: Startup,
    channel: Channel,
}

/// What a connection runs over.
#[derive(Clone, Copy)]
enum Channel {
    Plain,
    Encrypted,
}

impl Session {
    /// What the meaning of its statements depends on, at first.
    pub(crate) fn dialect(&self) -> Dialect {
        let strictness = self.cluster.settings.strictness;
        Dialect { database: self.database.clone(), identifiers: self.identifiers, strictness }
    }

    /// Writes down that a statement came.
    pub(super) fn began(&self, sql: &[u8]) {
        self.cluster.journal.write(Some(self.key.0), Happening::Statement(first_words(sql)));
    }

    /// Writes down that the last one failed.
    pub(super) fn failed(&self) {
        self.cluster.journal.write(Some(self.key.0), Happening::Failed);
    }
}

/// Takes a session out of the registry when it ends, however it does.
struct Registered<'a>(&'a Session);

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.0.cluster.cancels.remove(self.0.key);
    }
}

/// Why a connection ended before its session began.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("{}", .0.message)]
    Report(Box<Report>),
    /// The private server refused, for the client to read.
    #[error("the server refused the session")]
    Backend(BytesMut),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<BackendError> for Refusal {
    fn from(error: BackendError) -> Refusal {
        match error {
            BackendError::Refused(body) => {
                let mut message = BytesMut::new();
                backend::raw(&mut message, backend::ERROR, &body);
                Refusal::Backend(message)
            }
            BackendError::Lost(error) => Refusal::Io(error),
        }
    }
}

impl From<StartupError> for Refusal {
    fn from(error: StartupError) -> Refusal {
        Refusal::Report(Box::new(Report::fatal(error.code(), error.to_string())))
    }
}

/// Serves one connection until it ends.
pub(crate) async fn serve(cluster: Arc<ClusterState>, tcp: TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let host = tcp.peer_addr()?.ip();
    let opened = open(&cluster, tcp).await.inspect_err(|_| cluster.journal.write(None, Happening::Refused));
    let Some(Opened { mut client, startup, channel }) = opened? else {
        return Ok(());
    };
    if let (SessionTls::Required(_), Channel::Plain) = (&cluster.settings.tls, channel) {
        cluster.journal.write(None, Happening::Refused);
        let report = errors::plain_session(host, &startup.user, &startup.database);
        return refuse(client, Refusal::Report(Box::new(report))).await;
    }
    // A password in the clear is asked for where nobody else can read it.
    let passwords = match channel {
        Channel::Plain => PasswordMethod::Md5,
        Channel::Encrypted => cluster.settings.passwords,
    };
    match begin(&cluster, &mut client, startup, passwords).await {
        Ok((session, backend)) => {
            cluster.journal.write(Some(session.key.0), Happening::Opened);
            client.flush().await?;
            cluster.cancels.insert(session.key, Arc::clone(&session.cancel));
            let _registered = Registered(&session);
            let ended = Pump::new(client, backend, session.clone()).run().await;
            leave(&session).await;
            ended
        }
        Err(refusal) => {
            cluster.journal.write(None, Happening::Refused);
            refuse(client, refusal).await
        }
    }
}

/// Takes away what a temporary login brought. Where the server does not answer there is nothing to take away.
async fn leave(session: &Session) {
    if let Some(login) = &session.login {
        let _ = session.cluster.memberships.leave(&session.cluster.private, login).await;
    }
}

async fn refuse(mut client: Client, refusal: Refusal) -> io::Result<()> {
    match refusal {
        Refusal::Report(report) => backend::error(client.out(), &report),
        Refusal::Backend(message) => client.out().extend_from_slice(&message),
        Refusal::Io(error) => return Err(error),
    }
    client.outlet.close().await
}

/// Answers requests for encryption until the startup packet comes. `None`: the connection is done.
async fn open(cluster: &ClusterState, tcp: TcpStream) -> io::Result<Option<Opened>> {
    let mut stream: Box<dyn Stream> = Box::new(tcp);
    let mut channel = Channel::Plain;
    loop {
        let opening = match read_opening(&mut stream).await? {
            Ok(opening) => opening,
            Err(error) => {
                refuse(split(stream), error.into()).await?;
                return Ok(None);
            }
        };
        match (opening, channel, cluster.settings.tls.offered()) {
            (Opening::Tls, Channel::Plain, Some(tls)) => {
                stream.write_all(b"S").await?;
                stream.flush().await?;
                stream = Box::new(TlsAcceptor::from(Arc::clone(tls)).accept(stream).await?);
                channel = Channel::Encrypted;
            }
            (Opening::Tls | Opening::GssEncryption, ..) => {
                stream.write_all(b"N").await?;
                stream.flush().await?;
            }
            (Opening::Cancel { process, secret }, ..) => {
                cluster.cancels.cancel((process, secret), &cluster.settings.private_address()).await?;
                return Ok(None);
            }
            (Opening::Startup(startup), ..) => {
                return Ok(Some(Opened { client: split(stream), startup, channel }));
            }
        }
    }
}

fn split(stream: Box<dyn Stream>) -> Client {
    let (reader, writer) = tokio::io::split(stream);
    Link::new(reader, writer)
}

/// Reads exactly one packet, so that nothing sent in plain before TLS is taken as sent within.
async fn read_opening(stream: &mut Box<dyn Stream>) -> io::Result<Result<Opening, StartupError>> {
    let length = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    let Some(length) = length.checked_sub(4).filter(|length| *length <= startup::MAX_STARTUP) else {
        return Ok(Err(StartupError::Length));
    };
    let mut packet = vec![0; length];
    stream.read_exact(&mut packet).await?;
    Ok(startup::parse(&packet))
}

/// Authenticates, opens the session behind, and tells the client about it.
async fn begin(
    cluster: &Arc<ClusterState>,
    client: &mut Client,
    mut startup: Startup,
    passwords: PasswordMethod,
) -> Result<(Session, Backend), Refusal> {
    if startup.newer_minor {
        backend::negotiate_protocol_version(client.out(), &[]);
    }
    let login = authenticate(cluster, client, &startup, passwords).await?.map(Arc::new);
    if let Some(login) = &login {
        let entered = cluster.memberships.enter(&cluster.private, login).await;
        entered.map_err(|error| Refusal::Report(Box::new(errors::login(&error))))?;
        startup.become_user(&login.user);
    }
    let mut behind = Backend::connect(cluster.settings.private_address()).await?;
    frontend::startup(behind.link.out(), &startup.parameters);
    behind.link.flush().await?;
    behind.key = relay_startup(&mut behind, client).await?;
    let case = behind.ask(CASE_SQL).await?;
    let session = Session {
        cluster: Arc::clone(cluster),
        user: startup.user,
        database: startup.database,
        key: behind.key,
        identifiers: sql::case_of(&case.unwrap_or_default()),
        cancel: Arc::default(),
        login,
    };
    Ok((session, behind))
}

/// Hands the private server's greeting on, with what Redshift reports instead of what PostgreSQL does.
async fn relay_startup(behind: &mut Backend, client: &mut Client) -> Result<CancelKey, Refusal> {
    let mut key = (0, 0);
    for (name, value) in startup::REPORTED {
        backend::parameter_status(client.out(), name, value);
    }
    loop {
        let frame = behind.link.read_frame().await?;
        match frame.tag {
            // `trust`: the server asks for nothing.
            backend::AUTHENTICATION => continue,
            backend::PARAMETER_STATUS if !startup::is_reported(&frame.body) => continue,
            backend::KEY_DATA => {
                let mut body = Body::new(frame.tag, &frame.body);
                key = (body.i32().map_err(invalid)?, body.i32().map_err(invalid)?);
            }
            backend::ERROR => {
                let mut message = BytesMut::new();
                backend::raw(&mut message, frame.tag, &frame.body);
                return Err(Refusal::Backend(message));
            }
            _ => {}
        }
        backend::raw(client.out(), frame.tag, &frame.body);
        if frame.tag == backend::READY {
            return Ok(key);
        }
    }
}
