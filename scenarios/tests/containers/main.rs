//! Every scenario on LocalStack and PostgreSQL containers, with the same outcome as without Docker.
//!
//! Where no container engine answers, or an image is missing, the tests are counted as ignored; `LINCHPIN_STACK=containers`
//! makes that a failure.

mod life;
mod stacks;

use std::{
    num::NonZero,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use libtest_mimic::{Arguments, Failed, Trial};
use linchpin_report::{differences, outcomes};
use linchpin_scenario::{Scenario, load_all};

use stacks::{Absent, Stacks};

const LIFE: &str = "containers::life::a_panic_leaves_nothing";

fn main() -> ExitCode {
    if life::is_asked_to_panic() {
        return life::panic_in_mid_run()
            .map_or_else(|error| fail(&error.to_string()), |()| ExitCode::SUCCESS);
    }
    let arguments = Arguments::from_args();
    let scenarios = match load_all(folder(), &fixtures()) {
        Ok(scenarios) => scenarios,
        Err(error) => return fail(&format!("the scenarios cannot be read: {error}")),
    };
    let mut names = scenarios.iter().map(name).chain([LIFE.to_owned()]);
    let wanted = names.any(|name| is_wanted(&arguments, &name));
    let stacks =
        if arguments.list || !wanted { Err(Absent::NotAsked) } else { Stacks::start(at_a_time(&arguments)) };
    let stacks = match stacks {
        Ok(stacks) => Some(Arc::new(stacks)),
        Err(Absent::NotAsked) => None,
        Err(Absent::Ignored(reason)) => {
            eprintln!("the tests on containers are ignored: {reason}");
            None
        }
        Err(Absent::Failed(reason)) => return fail(&format!("the tests on containers cannot run: {reason}")),
    };
    let life = Trial::test(LIFE, life::a_panic_leaves_nothing).with_ignored_flag(stacks.is_none());
    let tests = scenarios.into_iter().map(|scenario| test(scenario, stacks.clone()));
    let conclusion = libtest_mimic::run(&arguments, tests.chain([life]).collect());
    if let Some(stacks) = stacks.as_ref().filter(|_| conclusion.has_failed()) {
        stacks.keep_logs();
    }
    // A static would never be dropped, and its containers would stay.
    drop(stacks);
    conclusion.exit_code()
}

fn at_a_time(arguments: &Arguments) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
    arguments.test_threads.unwrap_or_else(processors)
}

fn fail(reason: &str) -> ExitCode {
    eprintln!("{reason}");
    ExitCode::FAILURE
}

fn name(scenario: &Scenario) -> String {
    format!("containers::{}", scenario.name)
}

/// libtest's own rules.
fn is_wanted(arguments: &Arguments, name: &str) -> bool {
    let holds = |text: &String| if arguments.exact { name == text } else { name.contains(text.as_str()) };
    arguments.filter.as_ref().is_none_or(holds) && !arguments.skip.iter().any(holds)
}

fn test(scenario: Scenario, stacks: Option<Arc<Stacks>>) -> Trial {
    let ignored = stacks.is_none();
    Trial::test(name(&scenario), move || match stacks {
        Some(stacks) => compare(&stacks, &scenario),
        None => Err(Failed::from("no container engine, or no images")),
    })
    .with_ignored_flag(ignored)
}

/// Verdict, failing step, error and recorded calls of every trial.
fn compare(stacks: &Stacks, scenario: &Scenario) -> Result<(), Failed> {
    let (embedded, containers) = stacks.run(scenario);
    if !containers.is_as_told() {
        return Err(linchpin_report::table(&containers, linchpin_report::Style::Plain).into());
    }
    let found = differences(&outcomes(&embedded), &outcomes(&containers));
    if found.is_empty() { Ok(()) } else { Err(found.join("\n").into()) }
}

/// The crate's own folder, where the scenarios lie.
fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of documents and data.
fn fixtures() -> PathBuf {
    folder().join("../fixtures")
}
