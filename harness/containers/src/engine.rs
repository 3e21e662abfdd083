//! The container engine, and the thread that looks after a run's containers.
//!
//! Every call to the engine is made on that thread, which outlives them all: when the run ends, however it ends short of
//! being killed, the thread waits for what is being started, and removes everything that bears the run's label.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, thread, time::Duration};

use futures_util::StreamExt;
use testcontainers::{
    ContainerAsync, ContainerRequest, GenericImage, Image, ImageExt, TestcontainersError,
    bollard::{
        Docker,
        models::{ContainerSummary, ContainerSummaryStateEnum, PortBinding},
        query_parameters::{ListContainersOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder},
    },
    core::client::docker_client_instance,
    runners::AsyncRunner,
};
use tokio::{
    net::TcpStream,
    runtime::{Builder, Handle},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_util::task::TaskTracker;

use crate::{
    error::{ContainerError, of_start, one_line},
    images::ImageName,
    owner::Owner,
    tail::Tail,
};

/// Not a measure of readiness: a container that takes so long hangs. LocalStack takes a minute on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// A container is looked for again so often, until it is gone: the engine may still be making it.
const SWEEPS: usize = 3;
/// The label that tells the containers of a run apart.
const NUMBER: &str = "linchpin.container";

/// A connection to the engine. The last one dropped removes every container of the run.
#[derive(Debug)]
pub struct Engine {
    handle: Handle,
    owner: Owner,
    tasks: TaskTracker,
    /// What is being started; closed once nothing may be any more.
    starting: TaskTracker,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A running container. Dropping it has it removed, with its volumes.
#[derive(Debug)]
pub struct Container {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    removed: Option<JoinHandle<()>>,
    // The thread must outlive the container.
    _engine: Arc<Engine>,
}

/// What a container wrote.
#[derive(Clone, Debug)]
pub struct Log {
    /// `IMAGE-ID`, as a file's name.
    pub name: String,
    /// Both of its streams.
    pub text: String,
    /// How it ended, in the engine's words; none while it runs.
    pub ended: Option<String>,
}

impl Engine {
    /// Finds the engine as testcontainers does (DOCKER_HOST, or the usual socket), and removes what dead runs left.
    ///
    /// # Errors
    /// [`ContainerError`] where none answers.
    pub async fn connect() -> Result<Arc<Self>, ContainerError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(ContainerError::Thread)?;
        let (handle, owner, tasks) = (runtime.handle().clone(), Owner::this(), TaskTracker::new());
        let (stop, stopped) = oneshot::channel::<()>();
        let (answer, found) = oneshot::channel();
        let (of_thread, tracked) = (owner.clone(), tasks.clone());
        let look_after = move || {
            runtime.block_on(async move {
                let connected = connect(&of_thread).await;
                let docker = connected.as_ref().ok().cloned();
                let _ = answer.send(connected.map(drop));
                // It resolves when the engine is dropped, too.
                let _ = stopped.await;
                if let Some(docker) = docker {
                    end(&docker, &of_thread, tracked).await;
                }
            });
        };
        let thread = thread::Builder::new().name("linchpin-containers".to_owned()).spawn(look_after);
        let thread = Some(thread.map_err(ContainerError::Thread)?);
        let engine =
            Arc::new(Self { handle, owner, tasks, starting: TaskTracker::new(), stop: Some(stop), thread });
        found.await.map_err(|_| ContainerError::Ended)??;
        Ok(engine)
    }

    /// Makes sure that an image is there, pulling it where it is not.
    ///
    /// # Errors
    /// [`ContainerError::NoImage`].
    pub async fn require(&self, image: &ImageName) -> Result<(), ContainerError> {
        let image = image.clone();
        let looked = self.handle.spawn(async move {
            let docker = docker_client_instance().await.map_err(|error| no_engine(&error))?;
            if docker.inspect_image(&image.to_string()).await.is_ok() {
                return Ok(());
            }
            let pulled = GenericImage::new(&image.name, &image.tag).pull_image().await;
            pulled
                .map(drop)
                .map_err(|error| of_start(&error, &image.to_string(), image.variable, String::new()))
        });
        looked.await.map_err(|_| ContainerError::Ended)?
    }

    /// Starts a container and waits until it is ready; `port` is the one that is published on loopback.
    ///
    /// # Errors
    /// [`ContainerError`].
    pub(crate) async fn start<I: Image + 'static>(
        self: &Arc<Self>,
        image: &ImageName,
        request: ContainerRequest<I>,
        port: u16,
    ) -> Result<Container, ContainerError> {
        let starting = self.starting.token();
        if self.starting.is_closed() {
            return Err(ContainerError::Ended);
        }
        let number = format!("{:016x}", rand::random::<u64>());
        let request = self
            .owner
            .labels()
            .into_iter()
            .fold(request, |request, (name, value)| request.with_label(name, value));
        let request = on_loopback(request.with_label(NUMBER, &number).with_startup_timeout(PATIENCE), port);
        let (request, tail) = Tail::of(request);
        let (ready, answer) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let image = image.clone();
        let life = self.tasks.track_future(async move {
            let started = request.start().await;
            drop(starting);
            match started {
                Ok(container) => {
                    let address = address(&container, port).await;
                    let _ = ready.send(address);
                    // It resolves when nobody waits for the container any more, too.
                    let _: Result<(), _> = stopped.await;
                    let _ = container.rm().await;
                }
                Err(error) => {
                    clear_failed(&format!("{NUMBER}={number}")).await;
                    let log = tail.of_ended().await;
                    let _ = ready.send(Err(of_start(&error, &image.to_string(), image.variable, log)));
                }
            }
        });
        let removed = Some(self.handle.spawn(life));
        let address = answer.await.map_err(|_| ContainerError::Ended)??;
        Ok(Container { address, stop: Some(stop), removed, _engine: Arc::clone(self) })
    }

    /// Removes every container of the run, and starts no more: for a program that is about to end without dropping what it
    /// holds.
    pub async fn remove_all(&self) {
        let (filter, starting) = (self.owner.filter(), self.starting.clone());
        let removing = self.handle.spawn(async move {
            starting.close();
            if let Ok(docker) = docker_client_instance().await {
                // Whoever waits for one to be ready waits no longer.
                sweep(&docker, &filter).await;
                starting.wait().await;
                sweep_until_gone(&docker, &filter).await;
            }
        });
        let _ = removing.await;
    }

    /// What the containers of this run wrote so far.
    pub async fn logs(&self) -> Vec<Log> {
        let filter = self.owner.filter();
        let read = self.handle.spawn(async move {
            let Ok(docker) = docker_client_instance().await else { return Vec::new() };
            let mut logs = Vec::new();
            for container in list(&docker, &filter).await {
                let text = log(&docker, &container).await;
                logs.push(Log { name: name_of(&container), text, ended: how_ended(&container) });
            }
            logs
        });
        read.await.unwrap_or_default()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported over there.
            let _ = thread.join();
        }
    }
}

impl Container {
    /// Where its port is published: on loopback.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Removes it, and waits until it is gone.
    pub async fn discard(mut self) {
        self.stop.take();
        if let Some(removed) = self.removed.take() {
            let _ = removed.await;
        }
    }
}

fn no_engine(error: &dyn std::fmt::Display) -> ContainerError {
    ContainerError::NoEngine(one_line(&error.to_string()))
}

/// The engine, once it answers and what dead runs left is removed.
async fn connect(owner: &Owner) -> Result<Docker, ContainerError> {
    let docker = docker_client_instance().await.map_err(|error| no_engine(&error))?;
    docker.ping().await.map_err(|error| no_engine(&error))?;
    for container in list(&docker, Owner::any()).await {
        if container.labels.as_ref().is_some_and(|labels| owner.is_dead(labels)) {
            remove(&docker, &container).await;
        }
    }
    Ok(docker)
}

/// First what runs is removed, so that whoever waits for it to be ready waits no longer; then what was being made.
async fn end(docker: &Docker, owner: &Owner, tasks: TaskTracker) {
    sweep(docker, &owner.filter()).await;
    tasks.close();
    tasks.wait().await;
    sweep_until_gone(docker, &owner.filter()).await;
}

async fn sweep_until_gone(docker: &Docker, filter: &str) {
    for _ in 0..SWEEPS {
        if sweep(docker, filter).await == 0 {
            break;
        }
    }
}

async fn sweep(docker: &Docker, filter: &str) -> usize {
    let found = list(docker, filter).await;
    for container in &found {
        remove(docker, container).await;
    }
    found.len()
}

async fn list(docker: &Docker, label: &str) -> Vec<ContainerSummary> {
    let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    // An engine that does not answer has nothing that could be removed.
    docker.list_containers(Some(options)).await.unwrap_or_default()
}

/// With its anonymous volumes. It fails for one that is being removed already, which is what is wanted.
async fn remove(docker: &Docker, container: &ContainerSummary) {
    let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    let id = container.id.as_deref().unwrap_or_default();
    let _ = docker.remove_container(id, Some(options)).await;
}

/// Removes what is left of a container that did not start.
async fn clear_failed(filter: &str) {
    if let Ok(docker) = docker_client_instance().await {
        sweep(&docker, filter).await;
    }
}

fn how_ended(container: &ContainerSummary) -> Option<String> {
    let ended =
        matches!(container.state, Some(ContainerSummaryStateEnum::EXITED | ContainerSummaryStateEnum::DEAD));
    ended.then(|| container.status.clone().unwrap_or_default())
}

async fn log(docker: &Docker, container: &ContainerSummary) -> String {
    let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail("all").build();
    let mut lines = docker.logs(container.id.as_deref().unwrap_or_default(), Some(options));
    let mut text = String::new();
    while let Some(Ok(line)) = lines.next().await {
        text.push_str(&String::from_utf8_lossy(&line.into_bytes()));
    }
    text
}

fn name_of(container: &ContainerSummary) -> String {
    let image = container.image.as_deref().unwrap_or("container");
    let image = image.rsplit('/').next().unwrap_or(image).replace(':', "-");
    let id = container.id.as_deref().and_then(|id| id.get(..12)).unwrap_or_default();
    format!("{image}-{id}")
}

/// Published on loopback alone, on whatever port is free.
fn on_loopback<I: Image>(request: ContainerRequest<I>, port: u16) -> ContainerRequest<I> {
    request.with_host_config_modifier(move |host| {
        let binding = PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: Some(String::new()) };
        host.publish_all_ports = Some(false);
        host.port_bindings = Some(HashMap::from([(format!("{port}/tcp"), Some(vec![binding]))]));
    })
}

async fn address<I: Image>(container: &ContainerAsync<I>, port: u16) -> Result<SocketAddr, ContainerError> {
    let failed = |error: TestcontainersError| ContainerError::NoEngine(one_line(&error.to_string()));
    let host = container.get_host().await.map_err(failed)?.to_string();
    let published = container.get_host_port_ipv4(port).await.map_err(failed)?;
    let address = SocketAddr::from(([127, 0, 0, 1], published));
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str());
    // In a container the library names the engine's bridge, though the engine may run in there too.
    if is_here || TcpStream::connect(address).await.is_ok() {
        Ok(address)
    } else {
        Err(ContainerError::Remote(host))
    }
}
