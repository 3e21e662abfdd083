//! An instance and its listener.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use linchpin_gateway::Patience;

use super::{answers::Machine, tokens::Tokens};
use crate::{Cloud, Upstream};

/// A machine in an account's region with a metadata service of its own. Dropping it ends the service.
///
/// The hop limit has nothing to count here: the service is reached over loopback, without a hop.
pub struct Instance {
    machine: Arc<Machine>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Instance {
    /// Starts an instance with an instance profile, or without one. Where roles live with an emulator, they are read
    /// back before each answer.
    ///
    /// # Errors
    /// What the operating system says when no loopback port can be bound.
    pub async fn launch(
        cloud: Arc<Cloud>,
        upstream: Option<Arc<Upstream>>,
        account: &str,
        region: &str,
        profile: Option<&str>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let machine = Arc::new(Machine {
            cloud,
            upstream,
            account: account.to_owned(),
            region: region.to_owned(),
            id: format!("i-0{:016x}", rand::random::<u64>()),
            profile: Mutex::new(profile.map(str::to_owned)),
            tokens: Tokens::default(),
            issued: Mutex::new(None),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&machine)));
        Ok(Self { machine, address, accepting })
    }

    /// `http://127.0.0.1:PORT`, for `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `i-...`, which is also the name of its role's sessions.
    pub fn id(&self) -> &str {
        &self.machine.id
    }

    /// Attaches another instance profile, or pulls it. Credentials that are out stay good until they expire.
    pub fn set_profile(&self, profile: Option<&str>) {
        *self.machine.profile.lock().unwrap_or_else(PoisonError::into_inner) = profile.map(str::to_owned);
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, machine: Arc<Machine>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A client that is gone before it is accepted, or too many open files: the next may do better.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(serve(stream, Arc::clone(&machine)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, machine: Arc<Machine>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let machine = Arc::clone(&machine);
        async move {
            machine.refresh().await;
            Ok::<_, Infallible>(respond(&machine, request))
        }
    });
    // A connection that breaks is the client's to notice.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Patience::default().head)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn respond(machine: &Machine, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, _) = request.into_parts();
    let (status, text) = machine.answer(&parts);
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
    tell_life(&parts.headers, response.headers_mut());
    response
}

/// Known: the answer repeats how long the token lives.
fn tell_life(asked: &HeaderMap, told: &mut HeaderMap) {
    let name = "x-aws-ec2-metadata-token-ttl-seconds";
    if let Some(life) = asked.get(name) {
        told.insert(name, life.clone());
    }
}
