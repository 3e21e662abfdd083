//! The stack that the arguments ask for.

use std::sync::Arc;

use linchpin_stack::{Endpoint, Images, Stack, StackConfig, StackKind};

use crate::{
    arguments::{On, StackName},
    error::CliError,
};

/// Starts it, with so many PostgreSQL servers kept ready.
pub(crate) async fn start(on: &On, servers: usize) -> Result<Arc<Stack>, CliError> {
    let kind = kind(on)?;
    Ok(Arc::new(Stack::start(StackConfig { kind, servers }).await?))
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
