//! The stack that the arguments ask for.

use std::{ops::ControlFlow, path::PathBuf, process::ExitCode, sync::Arc};

use linchpin_scenario::{CredentialSource, Workbench};
use linchpin_stack::{ClusterSetting, Endpoint, Images, SettingWords, Stack, StackConfig, StackKind};

use crate::{
    arguments::{CredentialsName, On, StackName, World},
    error::CliError,
    signals::{ended_by_signal, exit_code},
};

/// Starts it, with so many PostgreSQL servers kept ready; a signal in the meantime takes it down, and is what to end with.
pub(crate) async fn start(on: &On, servers: usize) -> Result<ControlFlow<ExitCode, Arc<Stack>>, CliError> {
    let kind = kind(on)?;
    unless_ended(async { Ok(Arc::new(Stack::start(StackConfig { kind, servers }).await?)) }).await
}

/// Starts it with one ready cluster, and lets it meet the world.
pub(crate) async fn workbench(
    on: &On,
    world: &World,
    region: &str,
) -> Result<ControlFlow<ExitCode, Workbench>, CliError> {
    let kind = kind(on)?;
    let issuers = world.issuers.iter().map(|given| issuer(given)).collect::<Result<Vec<_>, _>>()?;
    let settings = world.settings.iter().map(|given| setting(given)).collect::<Result<Vec<_>, _>>()?;
    let source = match world.credentials {
        CredentialsName::Keys => CredentialSource::Keys,
        CredentialsName::Instance => CredentialSource::Instance,
    };
    unless_ended(async {
        let mut stack = Stack::start(StackConfig { kind, servers: 1 }).await?;
        issuers.into_iter().for_each(|(url, keys)| stack.publish_issuer(url, keys));
        if world.tls {
            stack.serve_tls().await?;
        }
        Ok(Workbench::prepare(Arc::new(stack), region, &settings, source).await?)
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

/// `SETTING=WORD`.
fn setting(given: &str) -> Result<ClusterSetting, CliError> {
    let values = |(name, values): &'static SettingWords| {
        values.iter().map(move |(word, setting, _)| (format!("{name}={word}"), *setting))
    };
    let all: Vec<_> = ClusterSetting::WORDS.iter().flat_map(values).collect();
    let found = all.iter().find(|(known, _)| known == given);
    found.map(|(_, setting)| *setting).ok_or_else(|| CliError::Setting {
        given: given.to_owned(),
        known: all.iter().map(|(known, _)| known.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// `URL=FILE`.
fn issuer(given: &str) -> Result<(&str, serde_json::Value), CliError> {
    let parts = given.rsplit_once('=').filter(|(url, _)| url.starts_with("https://"));
    let (url, file) = parts.ok_or_else(|| CliError::Issuer(given.to_owned()))?;
    let path = PathBuf::from(file);
    let text = std::fs::read_to_string(&path)
        .map_err(|source| CliError::IssuerFile { path: path.clone(), source })?;
    let keys: serde_json::Value =
        serde_json::from_str(&text).map_err(|source| CliError::IssuerKeys { path: path.clone(), source })?;
    match keys.get("keys").is_some_and(serde_json::Value::is_array) {
        true => Ok((url, keys)),
        false => Err(CliError::NoKeys { path }),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_cluster() {
        for (given, taken) in [
            ("dialect=lenient", true),
            ("plain unload=names nothing", true),
            ("dialect=", false),
            ("dialect", false),
            ("dialect=required", false),
            ("dialect=not=lenient", false),
        ] {
            assert_eq!(setting(given).is_ok(), taken, "{given}");
        }
    }
}
