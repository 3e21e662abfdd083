//! What keeps the program from running; each is one line on standard error, and exit code 2.

use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};

use linchpin_report::WriteError;
use linchpin_scenario::{Colours, LoadError, MinimizeError, WorkbenchError};
use linchpin_stack::{EndpointError, ImageError, StackError};
use thiserror::Error;

#[derive(Debug, Error)]
pub(crate) enum CliError {
    #[error("cannot start the threads that the program runs on: {0}")]
    Runtime(#[source] io::Error),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("no scenario's name holds {filters}; there are {known}")]
    NothingChosen { filters: String, known: String },
    #[error("no scenario is named `{scenario}`; there are {known}")]
    UnknownScenario { scenario: String, known: String },
    #[error(transparent)]
    Minimize(#[from] MinimizeError),
    #[error("the chosen scenarios pull no `{pull}`; they pull `{known}`")]
    UnknownPull { pull: String, known: String },
    #[error(
        "`{requirement}` is not one of the {count} requirements; give a number such as R57, a scenario's name, or `stacks`"
    )]
    UnknownRequirement { requirement: String, count: usize },
    #[error("`--cluster {given}` is no setting of a cluster; there are: {known}")]
    Setting { given: String, known: String },
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("cannot write a container's log to `{}`: {source}", .path.display())]
    Log { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Workbench(#[from] WorkbenchError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("cannot turn the report into JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot write `{}`: {source}", .path.display())]
    EnvFile { path: PathBuf, source: io::Error },
    #[error("cannot write the record of AWS's calls to `{}`: {source}; name another file with `--record`", .path.display())]
    Record { path: PathBuf, source: io::Error },
    #[error("cannot read the record `{}`: {source}", .path.display())]
    RecordFile { path: PathBuf, source: io::Error },
    #[error("line {line} of `{}` is no call of a record: {source}", .path.display())]
    RecordLine { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("cannot read the cases in `{}`: {source}", .path.display())]
    Cases { path: PathBuf, source: io::Error },
    #[error("`{0}` is no issuer; write `https://ISSUER=FILE`, the file holding its JSON Web Key Set")]
    Issuer(String),
    #[error("cannot read the issuer's keys in `{}`: {source}", .path.display())]
    IssuerFile { path: PathBuf, source: io::Error },
    #[error("the issuer's keys in `{}` are no JSON: {source}", .path.display())]
    IssuerKeys { path: PathBuf, source: serde_json::Error },
    #[error("`{}` is no JSON Web Key Set: it has no list `keys`", .path.display())]
    NoKeys { path: PathBuf },
    #[error("cannot run `{}`: {source}", .program.display())]
    Spawn { program: OsString, source: io::Error },
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
    #[error("cannot write to standard output: {0}")]
    Output(#[source] io::Error),
    #[error("`--jobs 0` would run nothing: give at least 1")]
    NoJobs,
}

impl CliError {
    /// Tells the error and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match &self {
            // A mistake in a file is shown with the place.
            Self::Load(LoadError::Wrong(diagnostic)) => {
                let colours = if io::stderr().is_terminal() { Colours::On } else { Colours::Off };
                eprintln!("{}", diagnostic.render_for(colours));
            }
            other => eprintln!("error: {other}"),
        }
        ExitCode::from(2)
    }
}
