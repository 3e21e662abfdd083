//! One trial, from an empty account to a verdict.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use linchpin_stack::Stack;

use super::causes::{NeededBy, cause, needed_by};
use super::fixtures;
use super::progress::{ProgramOutput, TrialReport};
use super::runner::RunnerConfig;
use super::world::{Rights, World};
use crate::{
    minimize::Right,
    model::{Expected, Wordings},
    plan::Trial,
    text::{Names, UnknownName},
    verdict::{Break, Judged, Verdict, is_as_told, judge_baseline, judge_pull},
};

/// A trial that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// What a trial came to, before it is put in a report.
struct Came {
    judged: Judged,
    broke: Option<Break>,
    cause: Option<String>,
    needed_by: Option<NeededBy>,
    warnings: Vec<String>,
    calls: Vec<String>,
    output: Vec<ProgramOutput>,
    seen: Seen,
}

/// What the record tells of a trial, and its names, which are not the same in the next one.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) names: Names,
    /// What was asked for and allowed.
    pub(crate) rights: BTreeSet<Right>,
}

impl Came {
    fn failed(cause: String) -> Self {
        let nowhere = Break { step: String::new(), error: String::new() };
        Self::of(judge_baseline(Some(&nowhere)), None, Some(cause))
    }

    fn of(judged: Judged, broke: Option<Break>, cause: Option<String>) -> Self {
        Self {
            judged,
            broke,
            cause,
            needed_by: None,
            warnings: Vec::new(),
            calls: Vec::new(),
            output: Vec::new(),
            seen: Seen::default(),
        }
    }
}

/// Runs a trial; `usual` are the calls of its baseline.
pub(crate) async fn run(
    stack: Arc<Stack>,
    config: &RunnerConfig,
    trial: &Trial,
    usual: &[String],
) -> TrialReport {
    observe(stack, config, trial, usual).await.0
}

/// Runs a trial, and tells what was used in it.
pub(crate) async fn observe(
    stack: Arc<Stack>,
    config: &RunnerConfig,
    trial: &Trial,
    usual: &[String],
) -> (TrialReport, Seen) {
    let start = Instant::now();
    // A connector's program has a limit of its own for each step.
    let programs = config.connector(&trial.scenario).map(|connector| connector.limit).unwrap_or_default();
    let steps = u32::try_from(trial.scenario.flow.len()).unwrap_or(u32::MAX);
    let limit = LIMIT.saturating_add(programs.saturating_mul(steps));
    let came = tokio::time::timeout(limit, carry_out(stack, config, trial, usual)).await;
    let mut came =
        came.unwrap_or_else(|_| Came::failed(format!("it was not over after {} s", limit.as_secs())));
    let seen = std::mem::take(&mut came.seen);
    let report = report(trial, came, start.elapsed());
    let wording = trial.expected.as_ref().and_then(|expected| wording(&config.wordings, expected));
    (TrialReport { wording, ..report }, seen)
}

/// How sure the words are that the flow is expected to break with.
fn wording(wordings: &Wordings, expected: &Expected) -> Option<String> {
    match expected {
        Expected::Breaks { with, .. } => wordings.of(with).map(ToString::to_string),
        Expected::DoesNotMatter { .. } => None,
    }
}

/// A pull whose baseline is red is not run.
pub(crate) fn skipped(trial: &Trial) -> TrialReport {
    skip(trial, "the baseline of this cell did not hold")
}

/// A cell that the connector does not offer is not for it, and that is no fault.
pub(crate) fn not_offered(trial: &Trial, reason: &str) -> TrialReport {
    TrialReport { as_told: true, ..skip(trial, reason) }
}

fn skip(trial: &Trial, reason: &str) -> TrialReport {
    let judged = Judged { verdict: Verdict::Skipped, mismatch: None };
    report(trial, Came::of(judged, None, Some(reason.to_owned())), Duration::ZERO)
}

fn report(trial: &Trial, came: Came, took: Duration) -> TrialReport {
    let Came {
        judged: Judged { verdict, mismatch },
        broke,
        cause,
        needed_by,
        warnings,
        calls,
        output,
        seen: _,
    } = came;
    let (step, error) = broke.map(|broke| (broke.step, broke.error)).unzip();
    let cause = match (cause, mismatch) {
        (Some(cause), Some(mismatch)) => Some(format!("{cause}; {mismatch}")),
        (cause, mismatch) => cause.or(mismatch),
    };
    TrialReport {
        scenario: trial.scenario.name.clone(),
        cell: trial.cell.clone(),
        pulled: trial.pulled.as_ref().map(ToString::to_string),
        verdict,
        step,
        error,
        cause,
        needed_by,
        wording: None,
        warnings,
        calls,
        output,
        milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        as_told: is_as_told(verdict, trial.expected.as_ref()),
    }
}

async fn carry_out(stack: Arc<Stack>, config: &RunnerConfig, trial: &Trial, usual: &[String]) -> Came {
    let (scenario, cell, pulled) = (&trial.scenario, trial.cell.clone(), trial.pulled.clone());
    let mut world = match World::create(stack, config.fixtures.clone(), scenario, cell, pulled).await {
        Ok(world) => world,
        Err(error) => return Came::failed(format!("the trial's cluster did not start: {error}")),
    };
    world.connector = config.connector(scenario).cloned();
    if config.stands_in(scenario).is_some() {
        world.rights = Rights::AtMost;
    }
    world.documents.clone_from(&trial.documents);
    let came = match fixtures::apply(&mut world, scenario).await {
        Ok(()) => {
            let broke = world.flow(&trial.scenario).await.err();
            judge(&mut world, trial, broke).await
        }
        // With every pin in, all of them were accepted: what is refused now is what the pull broke.
        Err((_, error)) if error.is_refusal() && trial.lacks_something() => {
            judge(&mut world, trial, Some(Break { step: "pins".to_owned(), error: error.to_string() })).await
        }
        Err((pin, error)) => Came::failed(format!("the pin `{pin}` could not be put in: {error}")),
    };
    let pull = trial.pulled.as_ref().filter(|_| came.broke.is_some());
    let needed_by = pull.map(|pull| needed_by(scenario, pull, &world.calls(), usual));
    let (warnings, calls) = (std::mem::take(&mut world.warnings), world.told_calls());
    let output = std::mem::take(&mut world.output);
    let seen = Seen { rights: world.rights(), names: std::mem::take(&mut world.names) };
    world.cluster.stop().await;
    Came { needed_by, warnings, calls, output, seen, ..came }
}

async fn judge(world: &mut World, trial: &Trial, mut broke: Option<Break>) -> Came {
    if broke.is_none() {
        let unmet = world.unmet(&trial.scenario, &trial.scenario.holds).await;
        broke = unmet.into_iter().next().map(|error| Break { step: "holds".to_owned(), error });
    }
    let Some((pull, expected)) = trial.pulled.as_ref().zip(trial.expected.as_ref()) else {
        let cause =
            broke.as_ref().and_then(|broke| world.refused_call().or_else(|| Some(broke.error.clone())));
        return Came::of(judge_baseline(broke.as_ref()), broke, cause);
    };
    let expected = match filled(world, expected) {
        Ok(expected) => expected,
        Err(error) => return Came::failed(error.to_string()),
    };
    let unmet = match &expected {
        Expected::Breaks { and, .. } => world.unmet(&trial.scenario, and).await,
        Expected::DoesNotMatter { .. } => Vec::new(),
    };
    let cause = cause(&trial.scenario, pull);
    let cause = world.names.fill(&cause).unwrap_or(cause);
    let judged = judge_pull(&expected, broke.as_ref(), &cause, &unmet);
    Came::of(judged, broke, Some(cause))
}

/// Names in the expected texts stand for the trial's own.
fn filled(world: &World, expected: &Expected) -> Result<Expected, UnknownName> {
    let mut expected = expected.clone();
    if let Expected::Breaks { with, cause, .. } = &mut expected {
        for text in with.iter_mut().chain(cause) {
            *text = world.names.fill(text)?;
        }
    }
    Ok(expected)
}
