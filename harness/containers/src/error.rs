//! Why there is no container.

use std::io;

use testcontainers::{
    TestcontainersError,
    core::{
        error::{ClientError, WaitContainerError},
        logs::WaitLogError,
    },
};
use thiserror::Error;

/// Why there is no container.
#[derive(Debug, Error)]
pub enum ContainerError {
    /// Nobody answers.
    #[error(
        "no container engine answers ({0}): start one, or name it by DOCKER_HOST; `--stack embedded` needs none"
    )]
    NoEngine(String),
    /// The engine is on another machine, where loopback is another one.
    #[error(
        "the container engine is on `{0}`, and containers are published on its loopback alone: forward its socket, \
         and run there"
    )]
    Remote(String),
    /// The image is not there.
    #[error(
        "the image `{image}` is not there and cannot be pulled ({detail}): set {variable} to one that is, or build it \
         with `ci/images`"
    )]
    NoImage {
        /// Which.
        image: String,
        /// The variable that names another.
        variable: &'static str,
        /// What the engine says.
        detail: String,
    },
    /// It ended, or never became ready.
    #[error("the container of `{image}` did not start: {detail}; its log ends: {log}")]
    Start {
        /// Which image.
        image: String,
        /// What happened.
        detail: String,
        /// Its last lines.
        log: String,
    },
    /// The server in it is too old, or cannot be prepared.
    #[error("the server in `{image}` cannot be used: {detail}")]
    Unusable {
        /// Which image.
        image: String,
        /// Why.
        detail: String,
    },
    /// The thread that looks after containers could not be started.
    #[error("cannot start the containers' thread: {0}")]
    Thread(#[source] io::Error),
    /// The thread that looks after containers ended.
    #[error("the containers' thread has ended")]
    Ended,
}

/// One line of what the library says of a failed start.
pub(crate) fn of_start(
    error: &TestcontainersError,
    image: &str,
    variable: &'static str,
    log: String,
) -> ContainerError {
    let image = image.to_owned();
    match error {
        TestcontainersError::Client(ClientError::PullImage { err, .. }) => {
            ContainerError::NoImage { image, variable, detail: one_line(&err.to_string()) }
        }
        other => ContainerError::Start { image, detail: detail(other), log },
    }
}

fn detail(error: &TestcontainersError) -> String {
    match error {
        TestcontainersError::WaitContainer(WaitContainerError::WaitLog(WaitLogError::EndOfStream(_))) => {
            "it ended before it was ready".to_owned()
        }
        other => one_line(&other.to_string()),
    }
}

/// Errors are one line each.
pub(crate) fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ")
}
