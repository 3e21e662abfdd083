//! `linchpin up`: a cluster to try things on.

use std::{collections::BTreeMap, io::Write, ops::ControlFlow, path::Path, process::ExitCode};

use crate::{arguments::Up, error::CliError, on, record::RecordFile, signals::ended_by_signal};

pub(crate) async fn up(arguments: Up) -> Result<ExitCode, CliError> {
    let record = RecordFile::create(arguments.world.record.as_deref())?;
    let workbench = match on::workbench(&arguments.on, &arguments.world, &arguments.region).await? {
        ControlFlow::Continue(workbench) => workbench,
        ControlFlow::Break(ended) => return Ok(ended),
    };
    if let Some(file) = &arguments.env_file {
        write_env_file(file, workbench.variables())?;
    }
    print(workbench.variables())?;
    ended_by_signal().await?;
    record.map_or(Ok(()), |file| file.write(&workbench.record_lines()))?;
    workbench.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn lines(variables: &BTreeMap<&'static str, String>) -> String {
    variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// The file holds secrets: only its owner may read it.
fn write_env_file(path: &Path, variables: &BTreeMap<&'static str, String>) -> Result<(), CliError> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(lines(variables).as_bytes()))
        .map_err(|source| CliError::EnvFile { path: path.to_owned(), source })
}

fn print(variables: &BTreeMap<&'static str, String>) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let text = format!("{}# ready; Ctrl-C takes it down\n", lines(variables));
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)
}
