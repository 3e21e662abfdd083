//! Ctrl-C and SIGTERM end the program in order: nothing is left behind.

use tokio::signal::unix::{SignalKind, signal};

use crate::error::CliError;

/// The exit code of a program that a signal ended, as shells give it.
pub(crate) fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// Waits for one of the signals that end a program, and gives its number.
pub(crate) async fn ended_by_signal() -> Result<i32, CliError> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Signals)?;
    Ok(tokio::select! {
        _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
        _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
    })
}
