//! Every trial of every scenario, some at a time.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use linchpin_stack::Stack;
use tokio::{
    sync::{Semaphore, mpsc::UnboundedSender},
    task::JoinSet,
};

use super::progress::{Progress, TrialReport};
use super::trial::{self, Seen};
use crate::{
    model::{Connector, Scenario, Wordings},
    plan::{CellPlan, Trial, plan},
};

/// What a run is made of.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// The folder that the scenarios' documents and data lie in.
    pub fixtures: PathBuf,
    /// How many trials run at a time.
    pub jobs: usize,
    /// Only these pulls are run, by their names in the scenarios; none: all.
    pub pulls: Vec<String>,
    /// The program that stands in for the built-in agent.
    pub connector: Option<Connector>,
    /// How sure the words of errors are.
    pub wordings: Wordings,
}

impl RunnerConfig {
    /// The program that takes a scenario's writes and reads; none: the built-in agent.
    pub(super) fn connector<'a>(&'a self, scenario: &'a Scenario) -> Option<&'a Connector> {
        scenario.connector.as_ref().or_else(|| self.stands_in(scenario))
    }

    /// The program that stands in for the built-in agent, in a scenario that names none of its own.
    pub(super) fn stands_in(&self, scenario: &Scenario) -> Option<&Connector> {
        self.connector.as_ref().filter(|_| scenario.connector.is_none())
    }
}

/// Runs scenarios on a stack.
#[derive(Clone)]
pub struct Runner {
    stack: Arc<Stack>,
    config: Arc<RunnerConfig>,
    permits: Arc<Semaphore>,
    progress: UnboundedSender<Progress>,
}

impl Runner {
    /// A runner that tells its progress.
    pub fn new(stack: Arc<Stack>, config: RunnerConfig, progress: UnboundedSender<Progress>) -> Self {
        let permits = Arc::new(Semaphore::new(config.jobs));
        Self { stack, config: Arc::new(config), permits, progress }
    }

    /// Runs every trial; the reports are in the order of the plan.
    pub async fn run(&self, scenarios: Vec<Scenario>) -> Vec<TrialReport> {
        let cells: Vec<CellPlan> = scenarios.into_iter().flat_map(|scenario| self.plan(scenario)).collect();
        self.tell(Progress::Planned(cells.iter().map(|cell| 1 + cell.pulls.len()).sum()));
        let mut running = JoinSet::new();
        for (at, cell) in cells.into_iter().enumerate() {
            let runner = self.clone();
            running.spawn(async move { (at, runner.cell(cell).await) });
        }
        let mut done = running.join_all().await;
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().flat_map(|(_, reports)| reports).collect()
    }

    fn plan(&self, scenario: Scenario) -> Vec<CellPlan> {
        let wanted = |trial: &Trial| {
            let name = trial.pulled.as_ref().map(ToString::to_string).unwrap_or_default();
            self.config.pulls.is_empty() || self.config.pulls.contains(&name)
        };
        let mut cells = plan(&Arc::new(scenario));
        for cell in &mut cells {
            cell.pulls.retain(wanted);
        }
        cells
    }

    /// The baseline first; its pulls only when it holds.
    async fn cell(&self, cell: CellPlan) -> Vec<TrialReport> {
        if let Some(reason) = self.not_offered(&cell.baseline) {
            let trials = std::iter::once(&cell.baseline).chain(&cell.pulls);
            return trials.map(|trial| self.done(trial::not_offered(trial, &reason))).collect();
        }
        let baseline = self.trial(&cell.baseline, &[]).await;
        let pulls = if baseline.as_told {
            let pulls = cell.pulls.iter().map(|pull| self.pull(pull, &baseline.calls));
            futures_util::future::join_all(pulls).await
        } else {
            cell.pulls.iter().map(|pull| self.done(trial::skipped(pull))).collect()
        };
        std::iter::once(baseline).chain(pulls).collect()
    }

    /// Why the connector leaves a cell out; none when it offers it.
    pub(super) fn not_offered(&self, baseline: &Trial) -> Option<String> {
        self.config.stands_in(&baseline.scenario)?.lacks(&baseline.scenario, &baseline.cell)
    }

    /// A program is not asked for what is the built-in agent's alone.
    async fn pull(&self, trial: &Trial, usual: &[String]) -> TrialReport {
        let pulled = trial.pulled.as_ref().zip(trial.expected.as_ref());
        let stands_in = self.config.stands_in(&trial.scenario).is_some();
        let reason = pulled.filter(|_| stands_in).and_then(|(pull, expected)| {
            Connector::lacks_pull(&trial.scenario, pull, expected, &self.config.wordings)
        });
        match reason {
            Some(reason) => self.done(trial::not_offered(trial, reason)),
            None => self.trial(trial, usual).await,
        }
    }

    async fn trial(&self, trial: &Trial, usual: &[String]) -> TrialReport {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await;
        let report = trial::run(Arc::clone(&self.stack), &self.config, trial, usual).await;
        self.done(report)
    }

    /// A trial outside of the plan, and what was used in it.
    pub(super) async fn observe(&self, trial: &Trial) -> (TrialReport, Seen) {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await;
        trial::observe(Arc::clone(&self.stack), &self.config, trial, &[]).await
    }

    /// The folder of documents.
    pub(super) fn fixtures(&self) -> &Path {
        &self.config.fixtures
    }

    fn done(&self, report: TrialReport) -> TrialReport {
        self.tell(Progress::Done(Box::new(report.clone())));
        report
    }

    /// Whoever listens may be gone: the run goes on.
    pub(super) fn tell(&self, progress: Progress) {
        let _ = self.progress.send(progress);
    }
}
