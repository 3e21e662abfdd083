//! The two stacks that scenarios are compared on, for all tests of this target.

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Weak},
    time::Instant,
};

use linchpin_report::Report;
use linchpin_scenario::{Runner, RunnerConfig, Scenario, Wordings};
use linchpin_stack::{Images, Log, Stack, StackConfig, StackError, StackKind};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// Trials at a time within one test, on each stack.
const JOBS: usize = 2;

/// The stacks. They end with it.
pub struct Stacks {
    embedded: Arc<Stack>,
    containers: Arc<Stack>,
    // The stacks' own tasks run on it until they are dropped.
    runtime: Runtime,
}

/// Why there are no stacks.
pub enum Absent {
    NotAsked,
    Ignored(String),
    Failed(String),
}

impl Stacks {
    /// Starts them for so many tests at a time.
    pub fn start(tests: usize) -> Result<Self, Absent> {
        let failed = |error: &dyn std::fmt::Display| Absent::Failed(error.to_string());
        match std::env::var("LINCHPIN_STACK").as_deref() {
            Err(_) | Ok("containers") => {}
            Ok("embedded") => {
                return Err(Absent::Ignored("LINCHPIN_STACK=embedded leaves them out".to_owned()));
            }
            Ok(other) => return Err(failed(&format!("LINCHPIN_STACK is `{other}`: embedded or containers"))),
        }
        let images = Images::from_environment(|name| std::env::var(name).ok()).map_err(|e| failed(&e))?;
        let runtime = Runtime::new().map_err(|error| failed(&error))?;
        let start = |kind| runtime.block_on(start(StackConfig { kind, servers: JOBS * tests }));
        let containers = start(StackKind::Containers(images))?.map_err(absent)?;
        let embedded = start(StackKind::Embedded)?.map_err(|error| failed(&error))?;
        let containers = Arc::new(containers);
        runtime.spawn(end_on_signal(Arc::downgrade(&containers)));
        Ok(Self { embedded: Arc::new(embedded), containers, runtime })
    }

    /// Keeps what the containers wrote, and says where.
    pub fn keep_logs(&self) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("containers");
        match write_logs(self.runtime.block_on(self.containers.container_logs()), &folder) {
            Ok(()) => eprintln!("the containers' logs are in `{}`", folder.display()),
            Err(error) => eprintln!("the containers' logs cannot be kept in `{}`: {error}", folder.display()),
        }
    }

    /// The outcome of a scenario without containers, and with them.
    pub fn run(&self, scenario: &Scenario) -> (Report, Report) {
        self.runtime
            .block_on(async { tokio::join!(run(&self.embedded, scenario), run(&self.containers, scenario)) })
    }
}

/// What the containers wrote, a file each.
fn write_logs(logs: Vec<Log>, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    logs.iter().try_for_each(|log| fs::write(folder.join(format!("{}.log", log.name)), &log.text))
}

/// A signal takes down what is being started.
async fn start(config: StackConfig) -> Result<Result<Stack, StackError>, Absent> {
    tokio::select! {
        stack = Stack::start(config) => Ok(stack),
        () = ended_by_signal() => Err(Absent::Failed("a signal ended them".to_owned())),
    }
}

/// Ctrl-C and SIGTERM end the process at once, without dropping anything.
async fn end_on_signal(containers: Weak<Stack>) {
    ended_by_signal().await;
    if let Some(containers) = containers.upgrade() {
        containers.remove_containers().await;
    }
    std::process::exit(130);
}

/// Never, where the signals cannot be waited for.
async fn ended_by_signal() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// What is missing may be missed only where nobody asked for it.
fn absent(error: StackError) -> Absent {
    let asked = std::env::var("LINCHPIN_STACK").is_ok_and(|stack| stack == "containers");
    if error.is_without_containers() && !asked {
        return Absent::Ignored(error.to_string());
    }
    Absent::Failed(error.to_string())
}

async fn run(stack: &Arc<Stack>, scenario: &Scenario) -> Report {
    let start = Instant::now();
    let (progress, _unheard) = mpsc::unbounded_channel();
    let config = RunnerConfig {
        fixtures: crate::fixtures(),
        jobs: JOBS,
        pulls: Vec::new(),
        connector: None,
        wordings: Wordings::default(),
    };
    let trials = Runner::new(Arc::clone(stack), config, progress).run(vec![scenario.clone()]).await;
    Report::new(stack.kind(), start.elapsed(), trials)
}
