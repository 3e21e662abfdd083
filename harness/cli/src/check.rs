//! `linchpin check`: the main job.

use std::{
    io::{IsTerminal, Write},
    num::NonZero,
    ops::ControlFlow,
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

use linchpin_report::{Report, Style, progress_line, table};
use linchpin_scenario::{Progress, Runner, RunnerConfig, Scenario, load_all, load_connector, load_wordings};
use linchpin_stack::Stack;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::{
    arguments::{Check, Format},
    error::CliError,
    on,
    record::RecordFile,
    signals::{ended_by_signal, exit_code},
};

pub(crate) async fn check(arguments: Check) -> Result<ExitCode, CliError> {
    let jobs = jobs(arguments.jobs)?;
    let scenarios =
        choose(load_all(&arguments.folders.scenarios, &arguments.folders.fixtures)?, &arguments.filters)?;
    every_pull_is_known(&scenarios, &arguments.pulls)?;
    let record = RecordFile::create(arguments.record.as_deref())?;
    let start = Instant::now();
    let stack = match on::start(&arguments.on, jobs).await? {
        ControlFlow::Continue(stack) => stack,
        ControlFlow::Break(ended) => return Ok(ended),
    };
    let (progress, events) = mpsc::unbounded_channel();
    let config = RunnerConfig {
        fixtures: arguments.folders.fixtures.clone(),
        jobs,
        pulls: arguments.pulls.clone(),
        connector: arguments.connector.as_deref().map(load_connector).transpose()?,
        wordings: load_wordings(&arguments.folders.scenarios)?,
    };
    let runner = Runner::new(Arc::clone(&stack), config, progress);
    let telling = tokio::spawn(tell(events));
    let trials = tokio::select! {
        trials = runner.run(scenarios) => trials,
        signal = ended_by_signal() => return Ok(ExitCode::from(exit_code(signal?))),
    };
    drop(runner);
    // It ends with the runner, whose last word it tells.
    let _ = telling.await;
    let report = Report::new(stack.kind(), start.elapsed(), trials);
    report.write(&arguments.report)?;
    record.map_or(Ok(()), |file| file.write(&stack.record_lines()))?;
    keep_logs(&stack, &report, &arguments.report).await?;
    print(&report, arguments.format)?;
    Ok(if report.is_as_told() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the containers wrote is kept where something failed.
async fn keep_logs(stack: &Stack, report: &Report, folder: &Path) -> Result<(), CliError> {
    if report.is_as_told() {
        return Ok(());
    }
    for log in stack.container_logs().await {
        let path = folder.join("logs").join(format!("{}.log", log.name));
        let written =
            std::fs::create_dir_all(folder.join("logs")).and_then(|()| std::fs::write(&path, log.text));
        written.map_err(|source| CliError::Log { path: path.clone(), source })?;
        if let Some(ended) = log.ended {
            eprintln!("note: a container ended in mid-run: {ended}; its log is `{}`", path.display());
        }
    }
    Ok(())
}

pub(crate) fn jobs(asked: Option<usize>) -> Result<usize, CliError> {
    match asked {
        Some(0) => Err(CliError::NoJobs),
        Some(jobs) => Ok(jobs),
        None => Ok(std::thread::available_parallelism().map_or(2, NonZero::get) + 1),
    }
}

fn choose(scenarios: Vec<Scenario>, filters: &[String]) -> Result<Vec<Scenario>, CliError> {
    let known = names(&scenarios);
    let wanted = |scenario: &Scenario| {
        filters.is_empty() || filters.iter().any(|filter| scenario.name.contains(filter.as_str()))
    };
    let chosen: Vec<Scenario> = scenarios.into_iter().filter(wanted).collect();
    if chosen.is_empty() {
        let filters = filters.iter().map(|filter| format!("`{filter}`")).collect::<Vec<_>>().join(" or ");
        return Err(CliError::NothingChosen { filters, known });
    }
    Ok(chosen)
}

pub(crate) fn names(scenarios: &[Scenario]) -> String {
    scenarios.iter().map(|scenario| format!("`{}`", scenario.name)).collect::<Vec<_>>().join(", ")
}

/// A misspelt pull would run nothing, and look well.
fn every_pull_is_known(scenarios: &[Scenario], pulls: &[String]) -> Result<(), CliError> {
    let known: Vec<String> =
        scenarios.iter().flat_map(|scenario| &scenario.pulled).map(|line| line.pull.to_string()).collect();
    match pulls.iter().find(|pull| !known.contains(pull)) {
        None => Ok(()),
        Some(pull) => Err(CliError::UnknownPull { pull: pull.clone(), known: known.join("`, `") }),
    }
}

/// A line for each trial on standard error, while the run goes on.
pub(crate) async fn tell(mut events: UnboundedReceiver<Progress>) {
    let style = style(std::io::stderr().is_terminal());
    let (mut done, mut planned) = (0, 0);
    while let Some(event) = events.recv().await {
        match event {
            Progress::Planned(count) => planned = count,
            Progress::Done(trial) => {
                done += 1;
                eprintln!("{}", progress_line(&trial, done, planned, style));
            }
            Progress::Tried(came) => eprintln!("{came}"),
        }
    }
}

fn style(terminal: bool) -> Style {
    if terminal && std::env::var_os("NO_COLOR").is_none() { Style::Coloured } else { Style::Plain }
}

fn print(report: &Report, format: Format) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let text = match format {
        Format::Text => table(report, style(out.is_terminal())),
        Format::Json => report.to_json()? + "\n",
    };
    out.write_all(text.as_bytes()).map_err(CliError::Output)
}
