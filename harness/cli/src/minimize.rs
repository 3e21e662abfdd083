//! `linchpin minimize`: the least policies of a scenario, proven.

use std::{io::Write as _, ops::ControlFlow, process::ExitCode, sync::Arc};

use linchpin_report::{least_documents, least_documents_json};
use linchpin_scenario::{MinimizeError, Runner, RunnerConfig, Scenario, Wordings, load_all, load_connector};
use tokio::sync::mpsc;

use crate::{
    arguments::{Format, Minimize},
    check::{jobs, names, tell},
    error::CliError,
    on,
    signals::{ended_by_signal, exit_code},
};

pub(crate) async fn minimize(arguments: Minimize) -> Result<ExitCode, CliError> {
    let jobs = jobs(arguments.jobs)?;
    let scenario =
        named(load_all(&arguments.folders.scenarios, &arguments.folders.fixtures)?, &arguments.scenario)?;
    let connector = arguments.connector.as_deref().map(load_connector).transpose()?;
    let stack = match on::start(&arguments.on, jobs).await? {
        ControlFlow::Continue(stack) => stack,
        ControlFlow::Break(ended) => return Ok(ended),
    };
    let (progress, events) = mpsc::unbounded_channel();
    let (fixtures, wordings) = (arguments.folders.fixtures, Wordings::default());
    let config = RunnerConfig { fixtures, jobs, pulls: Vec::new(), connector, wordings };
    let runner = Runner::new(Arc::clone(&stack), config, progress);
    let telling = tokio::spawn(tell(events));
    let minimized = tokio::select! {
        minimized = runner.minimize(scenario) => minimized,
        signal = ended_by_signal() => return Ok(ExitCode::from(exit_code(signal?))),
    };
    drop(runner);
    // It ends with the runner, whose last word it tells.
    let _ = telling.await;
    let minimized = match minimized {
        Err(red @ MinimizeError::Red { .. }) => {
            eprintln!("error: {red}");
            return Ok(ExitCode::FAILURE);
        }
        minimized => minimized?,
    };
    let text = match arguments.format {
        Format::Text => least_documents(&minimized),
        Format::Json => least_documents_json(&minimized)? + "\n",
    };
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(CliError::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn named(scenarios: Vec<Scenario>, name: &str) -> Result<Scenario, CliError> {
    let known = names(&scenarios);
    let found = scenarios.into_iter().find(|scenario| scenario.name == name);
    found.ok_or_else(|| CliError::UnknownScenario { scenario: name.to_owned(), known })
}
