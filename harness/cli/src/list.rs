//! `linchpin list` and `linchpin explain`: scenarios and requirements, looked up.

use std::{fmt::Write as _, io::Write as _, process::ExitCode};

use linchpin_scenario::{Requirement, Scenario, Wordings, load_all, load_requirements, load_wordings};

use crate::{
    arguments::{Explain, List},
    error::CliError,
};

pub(crate) fn list(arguments: &List) -> Result<ExitCode, CliError> {
    let scenarios = load_all(&arguments.folders.scenarios, &arguments.folders.fixtures)?;
    let requirements = load_requirements(&arguments.folders.scenarios)?;
    let width = scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or_default();
    let proves = |scenario: &Scenario| match scenario.proves.as_slice() {
        [] => String::new(),
        numbers => format!(" [{}]", numbers.join(", ")),
    };
    let line =
        |scenario: &Scenario| format!("{:width$}  {}{}\n", scenario.name, scenario.title, proves(scenario));
    print(&(scenarios.iter().map(line).collect::<String>() + &summary(&requirements)))
}

/// How many requirements there are of each kind, in the order in which the kinds are first met.
fn summary(requirements: &[Requirement]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for requirement in requirements {
        let kind = requirement.kind.to_string();
        match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    }
    let told: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("\n{} requirements: {}\n", requirements.len(), told.join(", "))
}

/// Who does what on each kind of stack.
const STACKS: &str = include_str!("stacks.txt");

pub(crate) fn explain(arguments: &Explain) -> Result<ExitCode, CliError> {
    if arguments.requirement == "stacks" {
        return print(STACKS);
    }
    let requirements = load_requirements(&arguments.folders.scenarios)?;
    let scenarios = load_all(&arguments.folders.scenarios, &arguments.folders.fixtures)?;
    if let Some(scenario) = scenarios.iter().find(|scenario| scenario.name == arguments.requirement) {
        return print(&breaks(scenario, &load_wordings(&arguments.folders.scenarios)?));
    }
    let wanted = requirements.iter().find(|known| known.number.eq_ignore_ascii_case(&arguments.requirement));
    let wanted = wanted.ok_or_else(|| CliError::UnknownRequirement {
        requirement: arguments.requirement.clone(),
        count: requirements.len(),
    })?;
    print(&describe(wanted, &scenarios))
}

/// What breaks without which pin, and how sure the words of it are.
fn breaks(scenario: &Scenario, wordings: &Wordings) -> String {
    let mut text = format!("{}: {}\n", scenario.name, scenario.title);
    for (pull, step, with) in scenario.breaks() {
        let quoted = with.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ");
        // Writing to a text cannot fail.
        let _ = writeln!(text, "    without {pull}: breaks at {step} with {quoted}");
        if let Some(wording) = wordings.of(with) {
            let _ = writeln!(text, "        wording: {wording}");
        }
    }
    text
}

fn describe(requirement: &Requirement, scenarios: &[Scenario]) -> String {
    let Requirement { number, kind, source, says, reason, check } = requirement;
    let mut text = format!("{number}: {says}\n    source  {source}\n    kind    {kind}\n");
    if let Some(reason) = reason {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "    reason  {reason}");
    }
    if let Some(check) = check {
        let _ = writeln!(text, "    proof   fixtures/{}", check.display());
    }
    for scenario in scenarios.iter().filter(|scenario| scenario.proves.contains(number)) {
        let _ = writeln!(text, "    proof   {}: {}", scenario.name, scenario.title);
    }
    text
}

fn print(text: &str) -> Result<ExitCode, CliError> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(CliError::Output)?;
    Ok(ExitCode::SUCCESS)
}
