//! The thread that all servers of a run are children of.
//!
//! The kernel's death signal goes out when the *thread* that spawned a server ends, so one thread spawns them all and
//! outlives them. It is also where the next servers are made ready and used ones are discarded.

use crate::maker::{Maker, Running};
use crate::reset::Baseline;
use crate::server::StartError;
use crate::template::TemplateError;
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{OnceCell, mpsc, oneshot};
use tokio::task::JoinSet;

/// What the thread is asked to do.
pub(crate) enum Request {
    Lease(oneshot::Sender<Started>),
    Return(Box<dyn Running>),
}

/// The way to the thread; the last one dropped waits until the thread has stopped everything.
#[derive(Debug)]
pub(crate) struct Host {
    requests: Option<mpsc::UnboundedSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

/// Everything that the thread works with.
pub(crate) struct Plan {
    pub(crate) maker: Box<dyn Maker>,
    /// The database that clients see.
    pub(crate) database: String,
    pub(crate) count: usize,
}

struct Workshop {
    maker: Box<dyn Maker>,
    database: String,
    baseline: OnceCell<Baseline>,
}

type Started = Result<Box<dyn Running>, StartError>;

struct Pool {
    workshop: Arc<Workshop>,
    /// How many servers are kept.
    count: usize,
    made: usize,
    leased: usize,
    /// A failure waits for the next lease like a server, or it would be tried again and again with nobody to tell.
    ready: VecDeque<Started>,
    waiting: VecDeque<oneshot::Sender<Started>>,
    starting: JoinSet<Started>,
    /// A server that cannot be reset comes back as nothing.
    resetting: JoinSet<Option<Box<dyn Running>>>,
    stopping: JoinSet<()>,
}

impl Host {
    /// Starts the thread; `prepared` tells when the template is there.
    pub(crate) fn start(
        plan: Plan,
        prepared: oneshot::Sender<Result<(), TemplateError>>,
    ) -> Result<Self, std::io::Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (requests, queue) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("linchpin-postgres".to_owned())
            .spawn(move || runtime.block_on(serve(plan, prepared, queue)))?;
        Ok(Self { requests: Some(requests), thread: Some(thread) })
    }

    /// Hands a request to the thread; it is dropped when the thread has ended.
    pub(crate) fn send(&self, request: Request) {
        if let Some(requests) = &self.requests {
            let _ = requests.send(request);
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.requests.take();
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported over there.
            let _ = thread.join();
        }
    }
}

async fn serve(
    plan: Plan,
    prepared: oneshot::Sender<Result<(), TemplateError>>,
    mut queue: mpsc::UnboundedReceiver<Request>,
) {
    let Plan { maker, database, count } = plan;
    match maker.prepare().await {
        Ok(()) => {
            let _ = prepared.send(Ok(()));
            let baseline = OnceCell::new();
            Pool::new(Workshop { maker, database, baseline }, count).run(&mut queue).await;
        }
        Err(error) => {
            let _ = prepared.send(Err(error));
        }
    }
}

impl Pool {
    fn new(workshop: Workshop, count: usize) -> Self {
        Self {
            workshop: Arc::new(workshop),
            count,
            made: 0,
            leased: 0,
            ready: VecDeque::new(),
            waiting: VecDeque::new(),
            starting: JoinSet::new(),
            resetting: JoinSet::new(),
            stopping: JoinSet::new(),
        }
    }

    /// Serves requests until nobody can send one; then stops everything.
    async fn run(mut self, queue: &mut mpsc::UnboundedReceiver<Request>) {
        loop {
            self.start_missing();
            tokio::select! {
                request = queue.recv() => match request {
                    Some(request) => self.take(request),
                    None => break,
                },
                Some(Ok(started)) = self.starting.join_next() => self.hand_out(started),
                Some(Ok(reset)) = self.resetting.join_next() => reset.into_iter().for_each(|server| self.hand_out(Ok(server))),
                Some(_) = self.stopping.join_next() => {}
            }
        }
        self.stop_all().await;
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Lease(reply) => match self.ready.pop_front() {
                Some(started) => self.give(reply, started),
                None => self.waiting.push_back(reply),
            },
            Request::Return(server) => self.take_back(server),
        }
    }

    fn coming(&self) -> usize {
        self.starting.len() + self.resetting.len()
    }

    fn kept(&self) -> usize {
        self.leased + self.ready.len() + self.coming()
    }

    fn start_missing(&mut self) {
        while self.kept() < self.count || self.coming() < self.waiting.len() {
            self.made += 1;
            self.starting.spawn(start(Arc::clone(&self.workshop), self.made));
        }
    }

    fn hand_out(&mut self, started: Started) {
        match self.waiting.pop_front() {
            Some(reply) => self.give(reply, started),
            None => self.ready.push_back(started),
        }
    }

    fn give(&mut self, reply: oneshot::Sender<Started>, started: Started) {
        let leased = usize::from(started.is_ok());
        match reply.send(started) {
            Ok(()) => self.leased += leased,
            // Who no longer waits leaves a server unused.
            Err(unused) => self.ready.push_back(unused),
        }
    }

    fn take_back(&mut self, server: Box<dyn Running>) {
        self.leased = self.leased.saturating_sub(1);
        if self.kept() < self.count || self.coming() < self.waiting.len() {
            self.resetting.spawn(reset(Arc::clone(&self.workshop), server));
        } else {
            self.stopping.spawn(server.discard());
        }
    }

    async fn stop_all(mut self) {
        while let Some(started) = self.starting.join_next().await {
            self.ready.extend(started);
        }
        while let Some(reset) = self.resetting.join_next().await {
            self.ready.extend(reset.ok().flatten().map(Ok));
        }
        for server in std::mem::take(&mut self.ready).into_iter().flatten() {
            self.stopping.spawn(server.discard());
        }
        while self.stopping.join_next().await.is_some() {}
    }
}

/// A new server.
async fn start(workshop: Arc<Workshop>, number: usize) -> Started {
    let server = workshop.maker.make(number).await?;
    let baseline = workshop.baseline.get_or_try_init(|| Baseline::read(server.address())).await;
    baseline.map_err(|source| StartError::Unusable { source })?;
    Ok(server)
}

/// The server as good as new; one that cannot be is discarded, and a new one takes its place.
async fn reset(workshop: Arc<Workshop>, server: Box<dyn Running>) -> Option<Box<dyn Running>> {
    let baseline = workshop.baseline.get()?;
    match baseline.restore(server.address(), &workshop.database).await {
        Ok(()) => Some(server),
        Err(_) => {
            server.discard().await;
            None
        }
    }
}
