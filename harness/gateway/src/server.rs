//! The listener in front of the road.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};

use http::{
    HeaderValue, Request, Response,
    header::{CONNECTION, EXPECT},
};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ProtocolVersion, ServerConfig},
};

use crate::{
    Body, Faults, Identities, Record, Service, ServiceName,
    checks::Checks,
    lent::{Lent, Rest},
    patience::{Impatient, Patience},
    road::{Dropped, Road},
};

/// A running gateway: one loopback port for every service, account and region, and one more for TLS where it is asked
/// for. Dropping it ends it.
pub struct Gateway {
    address: SocketAddr,
    road: Arc<Road>,
    patience: Patience,
    accepting: Vec<JoinHandle<()>>,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Plain,
    /// With this version of TLS, as `s3:TlsVersion` writes it.
    Tls(&'static str),
}

impl Gateway {
    /// Listens on a free loopback port.
    ///
    /// # Errors
    /// What the operating system says when no port can be bound.
    pub async fn start(
        identities: Arc<dyn Identities>,
        services: BTreeMap<ServiceName, Arc<dyn Service>>,
    ) -> io::Result<Self> {
        Self::start_with(Patience::default(), identities, services).await
    }

    /// A gateway that waits for its clients as long as it is told.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    pub async fn start_with(
        patience: Patience,
        identities: Arc<dyn Identities>,
        services: BTreeMap<ServiceName, Arc<dyn Service>>,
    ) -> io::Result<Self> {
        Self::listen(patience, identities, services, Checks::default()).await
    }

    /// A gateway that leaves one check out, for the test that shows which trial the check is for.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    #[cfg(feature = "omit-check")]
    pub async fn start_without(
        check: crate::Check,
        identities: Arc<dyn Identities>,
        services: BTreeMap<ServiceName, Arc<dyn Service>>,
    ) -> io::Result<Self> {
        Self::listen(Patience::default(), identities, services, Checks::without(check)).await
    }

    async fn listen(
        patience: Patience,
        identities: Arc<dyn Identities>,
        services: BTreeMap<ServiceName, Arc<dyn Service>>,
        checks: Checks,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let record = Arc::new(Record::default());
        let faults = Arc::new(Faults::default());
        let road = Arc::new(Road { identities, services, record, faults, checks });
        let accepting = vec![tokio::spawn(accept(listener, Arc::clone(&road), patience, None))];
        Ok(Self { address, road, patience, accepting })
    }

    /// Listens with TLS too, on another free loopback port, and tells where.
    ///
    /// # Errors
    /// What the operating system says when no port can be bound.
    pub async fn serve_tls(&mut self, config: Arc<ServerConfig>) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(config);
        let accepting = accept(listener, Arc::clone(&self.road), self.patience, Some(acceptor));
        self.accepting.push(tokio::spawn(accepting));
        Ok(address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The record of every call.
    pub fn record(&self) -> &Arc<Record> {
        &self.road.record
    }

    /// The faults that strike calls.
    pub fn faults(&self) -> &Faults {
        &self.road.faults
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.accepting.iter().for_each(JoinHandle::abort);
    }
}

/// Owns its connections, so that they end with it.
async fn accept(listener: TcpListener, road: Arc<Road>, patience: Patience, tls: Option<TlsAcceptor>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A client that is gone before it is accepted, or too many open files: the next may do better.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connected(stream, Arc::clone(&road), patience, tls.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connected(stream: TcpStream, road: Arc<Road>, patience: Patience, tls: Option<TlsAcceptor>) {
    // Without it, a small answer waits for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = tls else { return serve(stream, road, patience, Transport::Plain).await };
    // A client that does not trust the certificate, or speaks no TLS, has nothing to be told.
    if let Ok(Ok(stream)) = timeout(patience.head, acceptor.accept(stream)).await {
        let version = match stream.get_ref().1.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "1.2",
            _ => "1.3",
        };
        serve(stream, road, patience, Transport::Tls(version)).await;
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    road: Arc<Road>,
    patience: Patience,
    transport: Transport,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(transport);
        answer(Arc::clone(&road), patience, request)
    });
    // A connection that breaks is the client's to notice; what it asked for is in the record.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .serve_connection(TokioIo::new(Impatient::new(stream, patience.answer)), service)
        .await;
}

/// Says that the connection closes where the request's body is still on its way: a client that kept it would find the
/// rest of that body in front of its next request. One that waits for a `100 Continue` never sends its body.
async fn answer(
    road: Arc<Road>,
    patience: Patience,
    request: Request<Incoming>,
) -> Result<Response<Body>, Dropped> {
    let waits = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let body = Lent::new(body, patience.body);
    let mut response = road.travel(Request::from_parts(parts, body.clone().boxed_unsync())).await?;
    let unread = if waits && !body.is_end_stream() { Rest::Unread } else { body.finish().await };
    if unread == Rest::Unread {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}
