//! The stack that the arguments ask for.

use std::{ops::ControlFlow, process::ExitCode, sync::Arc};

use linchpin_scenario::Workbench;
use linchpin_stack::{Endpoint, Images, Stack, StackConfig, StackKind};

use crate::{
    arguments::{On, StackName},
    error::CliError,
    signals::{ended_by_signal, exit_code},
};

/// Starts it, with so many PostgreSQL servers kept ready; a signal in the meantime takes it down, and is what to end with.
pub(crate) async fn start(on: &On, servers: usize) -> Result<ControlFlow<ExitCode, Arc<Stack>>, CliError> {
    let kind = kind(on)?;
    unless_ended(async { Ok(Arc::new(Stack::start(StackConfig { kind, servers }).await?)) }).await
}

/// Starts it with one ready cluster.
pub(crate) async fn workbench(on: &On, region: &str) -> Result<ControlFlow<ExitCode, Workbench>, CliError> {
    let kind = kind(on)?;
    unless_ended(async {
        let stack = Arc::new(Stack::start(StackConfig { kind, servers: 1 }).await?);
        Ok(Workbench::prepare(stack, region).await?)
    })
    .await
}

async fn unless_ended<Ready>(
    ready: impl Future<Output = Result<Ready, CliError>>,
) -> Result<ControlFlow<ExitCode, Ready>, CliError> {
    tokio::select! {
        ready = ready => Ok(ControlFlow::Continue(ready?)),
        signal = ended_by_signal() => Ok(ControlFlow::Break(ExitCode::from(exit_code(signal?)))),
    }
}

fn kind(on: &On) -> Result<StackKind, CliError> {
    match (&on.upstream, on.stack) {
        (Some(url), _) => Ok(StackKind::Upstream(Endpoint::new(url)?)),
        (None, StackName::Embedded) => Ok(StackKind::Embedded),
        (None, StackName::Containers) => {
            Ok(StackKind::Containers(Images::from_environment(|name| std::env::var(name).ok())?))
        }
    }
}
