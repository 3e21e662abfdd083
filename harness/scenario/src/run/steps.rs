//! The flow, step by step, until it ends or breaks.

use std::{net::Ipv4Addr, path::Path};

use linchpin_agent::{Connection, CopyOptions, Operation, Read, UnloadOptions, Write};
use secrecy::SecretString;

use super::{database::describe, world::World};
use crate::{
    model::{FlowStep, Scenario, StepKind, Use},
    text::UnknownName,
    verdict::Break,
};

impl World {
    /// Takes every step; the first that fails ends the flow.
    pub(crate) async fn flow(&mut self, scenario: &Scenario) -> Result<(), Break> {
        for step in &scenario.flow {
            self.step(scenario, step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, scenario: &Scenario, step: &FlowStep) -> Result<(), Break> {
        let broke = |part: &str, error: String| Break { step: format!("{}{part}", step.name), error };
        let name = |error: UnknownName| broke("", error.to_string());
        match &step.kind {
            StepKind::Write { operation, into, from, key } => {
                let operation = self.names.fill(operation).map_err(name)?;
                let request = Write {
                    operation: self::operation(&operation).map_err(|error| broke("", error))?,
                    table: into.clone(),
                    key: key.clone(),
                    rows: self.fixtures.join(from),
                };
                let connection = self.connection(scenario).map_err(|error| broke("", error))?;
                let written = linchpin_agent::write(&connection, request).await;
                written.map(drop).map_err(|error| broke(&format!(".{}", error.step()), error.to_string()))
            }
            StepKind::Read { query, to } => {
                let query = self.names.fill(query).map_err(name)?;
                let request = Read { query, to: self.agent_folder.path().join(to) };
                let connection = self.connection(scenario).map_err(|error| broke("", error))?;
                let read = linchpin_agent::read(&connection, request).await;
                read.map(drop).map_err(|error| broke(&format!(".{}", error.step()), error.to_string()))
            }
            StepKind::Sql { statements } => {
                let statements = self.names.fill(statements).map_err(name)?;
                let session = self.login(&scenario.connection.login).await;
                let session = session.map_err(|error| broke(".connect", describe(&error)))?;
                let run = session.client.batch_execute(&statements).await;
                run.map_err(|error| broke("", describe(&error)))
            }
            StepKind::Assume { role, by, session } => {
                let keys =
                    self.assume(role, by, session).await.map_err(|error| broke("", error.to_string()))?;
                self.keys.insert(session.clone(), keys);
                Ok(())
            }
            StepKind::Put { from, to } => {
                self.put(scenario, from, to).await.map_err(|error| broke("", error))
            }
        }
    }

    async fn put(&self, scenario: &Scenario, from: &Path, to: &str) -> Result<(), String> {
        let keys = self.used(&scenario.connection.keys).and_then(|keys| self.keys.get(keys));
        let keys = keys.ok_or("the connection has no keys to put objects with")?;
        let bucket = self.bucket(scenario)?;
        let body = std::fs::read(self.fixtures.join(from)).map_err(|error| error.to_string())?;
        let call = self
            .agents_s3(keys, self.bucket_region(&scenario.connection.bucket))
            .put_object()
            .bucket(bucket)
            .key(to)
            .body(body.into());
        call.send().await.map(drop).map_err(|error| service_words(&error))
    }

    /// The name that applies in this trial's cell.
    fn used<'a>(&self, uses: &'a [Use]) -> Option<&'a str> {
        uses.iter().find(|candidate| candidate.when.covers(&self.cell)).map(|found| found.name.as_str())
    }

    /// Where a bucket is; the cluster's region for one that is not there.
    pub(crate) fn bucket_region(&self, bucket: &str) -> &str {
        self.bucket_regions.get(bucket).map_or(self.cluster.region(), String::as_str)
    }

    fn bucket(&self, scenario: &Scenario) -> Result<String, String> {
        let name = format!("${{bucket:{}}}", scenario.connection.bucket);
        self.names.fill(&name).map_err(|error| error.to_string())
    }

    fn connection(&self, scenario: &Scenario) -> Result<Connection, String> {
        let told = &scenario.connection;
        let role = self.used(&told.role).map(|role| format!("AWS_IAM_ROLE={};", self.role_arn(role)));
        let role = role.unwrap_or_default();
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let copy_options = self
            .names
            .fill(&format!("{role}{}{}", self.copy_options, told.copy_options))
            .map_err(|e| words(&e))?;
        let unload_options = self
            .names
            .fill(&format!("{role}{}{}", self.unload_options, told.unload_options))
            .map_err(|e| words(&e))?;
        let unknown = || SecretString::from("unknown");
        let folder = self.agent_folder.path();
        Ok(Connection {
            jdbc_url: self.jdbc_url.clone(),
            dial: Some((Ipv4Addr::LOCALHOST, self.cluster.port()).into()),
            user: told.login.clone(),
            password: self.logins.get(&told.login).cloned().unwrap_or_else(unknown),
            trust_store: self.trust_store.clone(),
            bucket: self.bucket(scenario)?,
            prefix: "stage".to_owned(),
            s3_endpoint: Some(self.stack.endpoint()),
            // Vendors' clients follow the redirect of a bucket elsewhere: the agent is told where it is.
            s3_region: self.bucket_region(&told.bucket).to_owned(),
            credentials: self.used(&told.keys).and_then(|name| self.keys.get(name)).cloned(),
            copy_options: CopyOptions::parse(&copy_options).map_err(|e| words(&e))?,
            unload_options: UnloadOptions::parse(&unload_options).map_err(|e| words(&e))?,
            staging_dir: folder.to_owned(),
            success_dir: folder.to_owned(),
            error_dir: folder.to_owned(),
            clock_ahead: self.agent_clock,
        })
    }
}

fn operation(word: &str) -> Result<Operation, String> {
    use crate::model::Operation as Word;
    let known = Word::WORDS.iter().find(|(name, _)| *name == word).map(|(_, operation)| *operation);
    match known {
        Some(Word::Insert) => Ok(Operation::Insert),
        Some(Word::Update) => Ok(Operation::Update),
        Some(Word::Upsert) => Ok(Operation::Upsert),
        Some(Word::Delete) => Ok(Operation::Delete),
        None => Err(format!("`{word}` is not an operation: insert, update, upsert or delete")),
    }
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
