//! How a test runs a scenario: on a stack of its own.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use linchpin_report::Report;
use linchpin_scenario::{Runner, RunnerConfig, Scenario, Wordings, load};
use linchpin_stack::{Stack, StackConfig, StackKind};
use tokio::sync::mpsc;

/// Trials at a time within one test; the tests themselves run side by side too.
const JOBS: usize = 2;

/// The crate's own folder, where the scenarios lie.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A stock scenario by its name.
pub fn scenario(name: &str) -> Scenario {
    load(folder(), &folder().join(name).with_extension("yaml"), &fixtures())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The folder of documents and data.
pub fn fixtures() -> PathBuf {
    folder().join("../fixtures")
}

/// What starts a stack.
pub const CONFIG: StackConfig = StackConfig { kind: StackKind::Embedded, servers: JOBS };

/// Runs a scenario's baselines and these pulls; none: every pull.
pub async fn run(stack: Stack, scenario: Scenario, pulls: &[&str]) -> Report {
    let start = Instant::now();
    let (progress, _unheard) = mpsc::unbounded_channel();
    let config = RunnerConfig {
        fixtures: fixtures(),
        jobs: JOBS,
        pulls: pulls.iter().map(ToString::to_string).collect(),
        connector: None,
        wordings: Wordings::default(),
    };
    let trials = Runner::new(Arc::new(stack), config, progress).run(vec![scenario]).await;
    Report::new("embedded", start.elapsed(), trials)
}
