//! The listener in front of the road.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};

use http::{
    HeaderValue, Request, Response,
    header::{CONNECTION, EXPECT},
};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::{
    Body, Faults, Identities, Record, Service, ServiceName,
    checks::Checks,
    lent::{Lent, Rest},
    road::{Dropped, Road},
};

/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// A running gateway: one loopback port for every service, account and region. Dropping it ends it.
pub struct Gateway {
    address: SocketAddr,
    record: Arc<Record>,
    faults: Arc<Faults>,
    accepting: JoinHandle<()>,
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
        Self::listen(identities, services, Checks::default()).await
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
        Self::listen(identities, services, Checks::without(check)).await
    }

    async fn listen(
        identities: Arc<dyn Identities>,
        services: BTreeMap<ServiceName, Arc<dyn Service>>,
        checks: Checks,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let record = Arc::new(Record::default());
        let faults = Arc::new(Faults::default());
        let road =
            Road { identities, services, record: Arc::clone(&record), faults: Arc::clone(&faults), checks };
        let road = Arc::new(road);
        let accepting = tokio::spawn(accept(listener, road));
        Ok(Self { address, record, faults, accepting })
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
        &self.record
    }

    /// The faults that strike calls.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Owns its connections, so that they end with it.
async fn accept(listener: TcpListener, road: Arc<Road>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A client that is gone before it is accepted, or too many open files: the next may do better.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(serve(stream, Arc::clone(&road)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, road: Arc<Road>) {
    // Without it, a small answer waits for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(Arc::clone(&road), request));
    // A connection that breaks is the client's to notice; what it asked for is in the record.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Says that the connection closes where the request's body is still on its way: a client that kept it would find the
/// rest of that body in front of its next request. One that waits for a `100 Continue` never sends its body.
async fn answer(road: Arc<Road>, request: Request<Incoming>) -> Result<Response<Body>, Dropped> {
    let waits = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let body = Lent::new(body);
    let mut response = road.travel(Request::from_parts(parts, body.clone().boxed_unsync())).await?;
    let unread = if waits && !body.is_end_stream() { Rest::Unread } else { body.finish().await };
    if unread == Rest::Unread {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}
