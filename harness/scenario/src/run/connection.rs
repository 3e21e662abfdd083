//! The agent's connection, from the scenario's words and what the pins made.

use std::net::Ipv4Addr;

use aws_credential_types::Credentials;
use linchpin_agent::{Connection, CopyOptions, UnloadOptions};
use secrecy::SecretString;

use super::world::{AgentFolder, World};
use crate::model::{Scenario, Use};

impl World {
    /// The connection that the agent's next step uses.
    pub(crate) fn connection(&self, scenario: &Scenario) -> Result<Connection, String> {
        let told = &scenario.connection;
        let login = self.connection_login(scenario)?;
        let copy_options = self.options(scenario, &self.copy_options, &told.copy_options)?;
        let unload_options = self.options(scenario, &self.unload_options, &told.unload_options)?;
        Ok(Connection {
            jdbc_url: self.jdbc_url.clone(),
            dial: Some((Ipv4Addr::LOCALHOST, self.cluster.port()).into()),
            password: self.logins.get(&login).cloned().unwrap_or_else(|| SecretString::from("unknown")),
            user: login,
            trust_store: self.trust_store.clone(),
            bucket: self.bucket(scenario)?,
            prefix: "stage".to_owned(),
            s3_endpoint: Some(self.stack.endpoint()),
            // Vendors' clients follow the redirect of a bucket elsewhere: the agent is told where it is.
            s3_region: self.bucket_region(told.bucket.as_deref().unwrap_or_default()).to_owned(),
            credentials: self.connection_keys(scenario)?,
            copy_options: CopyOptions::parse(&copy_options).map_err(|error| error.to_string())?,
            unload_options: UnloadOptions::parse(&unload_options).map_err(|error| error.to_string())?,
            staging_dir: self.folder(AgentFolder::Staging),
            success_dir: self.folder(AgentFolder::Success),
            error_dir: self.folder(AgentFolder::Errors),
            clock_ahead: self.agent_clock,
        })
    }

    /// The keys in the connection; none where it names nobody.
    pub(crate) fn connection_keys(&self, scenario: &Scenario) -> Result<Option<Credentials>, String> {
        let name = self.used(&scenario.connection.keys)?;
        Ok(name.and_then(|name| self.keys.get(&name)).cloned())
    }

    /// The connection's bucket, by the name that S3 knows.
    pub(crate) fn bucket(&self, scenario: &Scenario) -> Result<String, String> {
        let bucket = scenario.connection.bucket.as_ref();
        let bucket = bucket.ok_or("the step needs a staging bucket: name one under `connection:`")?;
        self.filled(&format!("${{bucket:{bucket}}}"))
    }

    /// The connection's login.
    pub(crate) fn connection_login(&self, scenario: &Scenario) -> Result<String, String> {
        let login = scenario.connection.login.as_ref();
        self.filled(login.ok_or("the step needs a login: name one under `connection:`")?)
    }

    /// Where a bucket is; the cluster's region for one that is not there.
    pub(crate) fn bucket_region(&self, bucket: &str) -> &str {
        self.bucket_regions.get(bucket).map_or(self.cluster.region(), String::as_str)
    }

    /// The role, what pins add, and what the connection says itself.
    fn options(&self, scenario: &Scenario, pinned: &str, told: &str) -> Result<String, String> {
        let role = self.used(&scenario.connection.role)?;
        let role = role.map(|role| format!("AWS_IAM_ROLE={};", self.role_arn(&role))).unwrap_or_default();
        self.filled(&format!("{role}{pinned}{told}"))
    }

    /// The name that applies in this trial's cell.
    fn used(&self, uses: &[Use]) -> Result<Option<String>, String> {
        let used = uses.iter().find(|candidate| candidate.when.covers(&self.cell));
        used.map(|found| self.filled(&found.name)).transpose()
    }

    pub(crate) fn filled(&self, text: &str) -> Result<String, String> {
        self.names.fill(text).map_err(|error| error.to_string())
    }
}
