//! `linchpin exec`: a command inside a fresh stack.

use std::{
    ffi::OsString,
    ops::ControlFlow,
    os::unix::process::ExitStatusExt,
    process::{ExitCode, ExitStatus},
};

use linchpin_scenario::Workbench;
use linchpin_stack::CREDENTIAL_VARIABLES;
use tokio::process::{Child, Command};

use crate::{
    arguments::Exec,
    error::CliError,
    on,
    record::RecordFile,
    signals::{ended_by_signal, exit_code},
};

pub(crate) async fn exec(arguments: Exec) -> Result<ExitCode, CliError> {
    let record = RecordFile::create(arguments.world.record.as_deref())?;
    let workbench = match on::workbench(&arguments.on, &arguments.world, &arguments.region).await? {
        ControlFlow::Continue(workbench) => workbench,
        ControlFlow::Break(ended) => return Ok(ended),
    };
    let status = run(&arguments.command, &workbench).await;
    record.map_or(Ok(()), |file| file.write(&workbench.record_lines()))?;
    workbench.stop().await;
    Ok(ExitCode::from(code(status?)))
}

async fn run(command: &[OsString], workbench: &Workbench) -> Result<ExitStatus, CliError> {
    let program = command.first().cloned().unwrap_or_default();
    let failed = |source| CliError::Spawn { program: program.clone(), source };
    let mut called = Command::new(&program);
    // Credentials of the one who runs us open nothing here.
    for name in CREDENTIAL_VARIABLES {
        called.env_remove(name);
    }
    called.args(command.iter().skip(1)).envs(workbench.variables()).kill_on_drop(true);
    let mut child = called.spawn().map_err(failed)?;
    wait(&mut child).await?.map_err(failed)
}

/// Ctrl-C reaches the command itself; SIGTERM reaches us alone, and is handed on: how to end is the command's to decide.
async fn wait(child: &mut Child) -> Result<std::io::Result<ExitStatus>, CliError> {
    loop {
        tokio::select! {
            status = child.wait() => return Ok(status),
            signal = ended_by_signal() => {
                if signal? == tokio::signal::unix::SignalKind::terminate().as_raw_value() {
                    hand_on_sigterm(child);
                }
            }
        }
    }
}

fn hand_on_sigterm(child: &Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended in the meantime, which is what is wanted.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

fn code(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (Some(code), _) => u8::try_from(code).unwrap_or(u8::MAX),
        (None, Some(signal)) => exit_code(signal),
        (None, None) => u8::MAX,
    }
}
