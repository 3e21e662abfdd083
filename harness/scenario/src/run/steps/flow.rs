//! The flow, step by step, until it ends or breaks.

use std::path::{Path, PathBuf};

use linchpin_agent::{Connection, Read, StepError, Write};

use super::s3::Target;
use crate::run::agent::{Request, as_agent};
use crate::run::causes::Task;
use crate::run::database::describe;
use crate::run::world::World;
use crate::{
    model::{FlowStep, Scenario, SqlUser, StepKind},
    text::{UnknownName, duration},
    verdict::Break,
};

/// Where in a step it broke, and the error.
pub(crate) struct Failure {
    /// A step of the agent or `connect`; none for a step without parts.
    pub(crate) part: Option<String>,
    pub(crate) error: String,
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self { part: None, error }
    }
}

impl From<UnknownName> for Failure {
    fn from(error: UnknownName) -> Self {
        error.to_string().into()
    }
}

/// A connection that cannot be made is found before anything is sent.
fn preflight(error: String) -> Failure {
    Failure { part: Some("preflight".to_owned()), error }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        Self { part: Some(error.step().to_string()), error: error.to_string() }
    }
}

impl World {
    /// Takes every step on every agent; the first that fails ends the flow.
    pub(crate) async fn flow(&mut self, scenario: &Scenario) -> Result<(), Break> {
        for agent in 0..self.agents.len() {
            self.at_work = agent;
            for step in &scenario.flow {
                let failed = self.step(scenario, step).await;
                failed.map_err(|failure| self.broke(step, failure))?;
            }
        }
        Ok(())
    }

    /// Where there are several agents, the error says on which it broke.
    fn broke(&self, step: &FlowStep, failure: Failure) -> Break {
        let step = std::iter::once(step.name.clone()).chain(failure.part).collect::<Vec<_>>().join(".");
        let error = match self.agent() {
            Ok(agent) if self.agents.len() > 1 => format!("agent `{}`: {}", agent.name, failure.error),
            _ => failure.error,
        };
        Break { step, error }
    }

    async fn step(&mut self, scenario: &Scenario, step: &FlowStep) -> Result<(), Failure> {
        match &step.kind {
            StepKind::Write { operation, into, from, key, extras } => {
                let request = Write {
                    rows_as: self.rows_as(operation, extras).map_err(preflight)?,
                    table: self.names.fill(into)?,
                    key: self.list(key)?,
                    rows: self.taken(from)?,
                    extras: self.extras(extras).map_err(preflight)?,
                };
                let connection = self.connection(scenario).map_err(preflight)?;
                self.warned(&connection);
                if let Some(connector) = self.connector.clone() {
                    let request =
                        Request { step: step.name.clone(), task: Task::Write, about: told(&request) };
                    return self.external(&connector, &connection, request).await;
                }
                let write = async move || linchpin_agent::write(&connection, request).await;
                Ok(as_agent(write).await?.map(drop)?)
            }
            StepKind::Read { query, to } => {
                let request = Read { query: self.names.fill(query)?, to: self.agent()?.path().join(to) };
                let connection = self.connection(scenario).map_err(preflight)?;
                self.warned(&connection);
                if let Some(connector) = self.connector.clone() {
                    let to = request.to.display().to_string();
                    let about = [("LINCHPIN_STEP", "read".to_owned()), ("LINCHPIN_TO", to)];
                    let about = about.into_iter().chain([("LINCHPIN_QUERY", request.query)]).collect();
                    let request = Request { step: step.name.clone(), task: Task::Read, about };
                    return self.external(&connector, &connection, request).await;
                }
                let read = async move || linchpin_agent::read(&connection, request).await;
                Ok(as_agent(read).await?.map(drop)?)
            }
            StepKind::Sql { statements, runs_as, session } => {
                let statements = self.names.fill(statements)?;
                self.sql(scenario, &statements, runs_as, session.as_deref()).await
            }
            StepKind::Assume { role, by, session } => {
                let session = self.names.fill(session)?;
                let keys = self
                    .assume(role, &self.names.fill(by)?, &session)
                    .await
                    .map_err(|error| error.to_string())?;
                self.keep_keys(&session, keys);
                Ok(())
            }
            StepKind::Kms { call, key, by } => Ok(self.kms_call(*call, key, &self.names.fill(by)?).await?),
            StepKind::Call(call) => Ok(self.service_call(call).await?),
            StepKind::Clock { ahead } => {
                let ahead = self.names.fill(ahead)?;
                let time =
                    duration(&ahead).ok_or_else(|| format!("`{ahead}` is no time such as `20 min`"))?;
                Ok(self.time.advance(time).map_err(|error| error.to_string())?)
            }
            StepKind::Put { from, to, part } => Ok(self.put(scenario, from, to, part.as_deref()).await?),
        }
    }

    /// Keeps what the built-in agent warns of before it works.
    fn warned(&mut self, connection: &Connection) {
        if self.connector.is_none() {
            let told = linchpin_agent::warnings(connection).into_iter().map(|warning| warning.to_string());
            let new = told.filter(|warning| !self.warnings.contains(warning)).collect::<Vec<_>>();
            self.warnings.extend(new);
        }
    }

    /// A session with a name stays open for later steps of the same name.
    async fn sql(
        &mut self,
        scenario: &Scenario,
        statements: &str,
        runs_as: &SqlUser,
        name: Option<&str>,
    ) -> Result<(), Failure> {
        let session = match name.and_then(|name| self.sessions.remove(name)) {
            Some(session) => session,
            None => {
                let connect = |error| Failure { part: Some("connect".to_owned()), error: describe(&error) };
                self.open(scenario, runs_as).await?.map_err(connect)?
            }
        };
        let run = session.client.batch_execute(statements).await.map_err(|error| describe(&error));
        if let Some(name) = name {
            self.sessions.insert(name.to_owned(), session);
        }
        Ok(run?)
    }

    async fn put(
        &self,
        scenario: &Scenario,
        from: &Path,
        to: &str,
        part: Option<&str>,
    ) -> Result<(), String> {
        let keys = self.connection_keys(scenario)?;
        let keys = keys.ok_or("the connection has no keys to put objects with")?;
        let from = self.fixture(from).map_err(|error| error.to_string())?;
        let body = std::fs::read(from).map_err(|error| error.to_string())?;
        let region = self.bucket_region(scenario.connection.bucket.as_deref().unwrap_or_default());
        let target = Target {
            s3: self.agents_s3(&keys, region),
            bucket: self.bucket(scenario)?,
            key: self.filled(to)?,
        };
        match part.map(|part| self.filled(part)).transpose()? {
            Some(part) => {
                let number = part.parse().map_err(|_| format!("`{part}` is no number of a part"))?;
                target.put_part(number, body).await
            }
            None => target.put(body).await,
        }
    }

    /// A file under `fixtures/`, where the agent may read it.
    fn taken(&self, path: &Path) -> Result<PathBuf, String> {
        let path = self.fixture(path).map_err(|error| error.to_string())?;
        self.agent()?.take(&path).map_err(|error| format!("`{}`: {error}", path.display()))
    }

    /// A file under `fixtures/`.
    fn fixture(&self, path: &Path) -> Result<PathBuf, UnknownName> {
        Ok(self.fixtures.join(self.names.fill(&path.to_string_lossy())?))
    }
}

/// A write, as a program is told of it.
fn told(request: &Write) -> Vec<(&'static str, String)> {
    vec![
        ("LINCHPIN_STEP", "write".to_owned()),
        ("LINCHPIN_OPERATION", request.rows_as.to_string()),
        ("LINCHPIN_TABLE", request.table.clone()),
        ("LINCHPIN_KEY", request.key.join(",")),
        ("LINCHPIN_ROWS", request.rows.display().to_string()),
    ]
}

/// `CODE: message`, as the agent words a service's errors; without a code the service was not reached.
pub(crate) fn service_words<E: aws_sdk_s3::error::ProvideErrorMetadata + std::fmt::Debug>(
    error: &E,
) -> String {
    match (error.code(), error.message()) {
        (Some(code), message) => format!("{code}: {}", message.unwrap_or_default()),
        (None, _) => format!("{error:?}"),
    }
}
