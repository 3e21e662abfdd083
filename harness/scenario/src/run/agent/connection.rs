//! The agent's connection, from the scenario's words and what the pins made.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use aws_credential_types::Credentials;
use linchpin_agent::{
    Asker, AssumedRole, AutoCreate, Connection, CopyOptions, EncryptionKind, Environment, IamLogin, Login,
    Renewal, StagingEncryption, TrustStore, UnloadOptions,
};
use secrecy::SecretString;

use super::agents::{Agent, metadata};
use crate::model::{self, AgentFolder, Assumes, PinKind, Scenario, Use};
use crate::run::time::TrialTime;
use crate::run::world::World;

impl World {
    /// The connection that the agent's next step uses.
    pub(crate) fn connection(&self, scenario: &Scenario) -> Result<Connection, String> {
        let told = &scenario.connection;
        let login = self.user_of(&self.connection_login(scenario)?).to_owned();
        let copy_options = self.options(scenario, &self.copy_options, &told.copy_options)?;
        let unload_options = self.options(scenario, &self.unload_options, &told.unload_options)?;
        let agent = self.agent()?;
        let environment = self.environment(scenario)?;
        Ok(Connection {
            jdbc_url: self.jdbc_url.clone(),
            dial: Some((Ipv4Addr::LOCALHOST, self.cluster.port()).into()),
            cluster_identifier: self.given(&told.cluster)?,
            assume: told.assumes.as_ref().map(|assumes| self.assumes(assumes)).transpose()?,
            login: match &told.iam_login {
                Some(told) => Login::Iam(self.iam_login(told)?),
                None => Login::Password(match &told.password {
                    Some(text) => self.filled(text)?.into(),
                    None => self.password_of(&login),
                }),
            },
            user: login,
            trust_store: self.trust_store(scenario, agent)?,
            bucket: self.bucket(scenario)?,
            prefix: "stage".to_owned(),
            s3_endpoint: Some(self.stack.endpoint()),
            // Vendors' clients follow the redirect of a bucket elsewhere: the agent is told where it is.
            s3_region: self.bucket_region(told.bucket.as_deref().unwrap_or_default()).to_owned(),
            credentials: self.connection_keys(scenario)?,
            encryption: self.encryption(scenario)?,
            copy_options: CopyOptions::parse(&copy_options).map_err(|error| error.to_string())?,
            unload_options: UnloadOptions::parse(&unload_options).map_err(|error| error.to_string())?,
            staging_dir: self
                .has_staging_folder(told, &environment)?
                .then(|| agent.folder(AgentFolder::Staging)),
            success_dir: agent.folder(AgentFolder::Success),
            error_dir: agent.folder(AgentFolder::Errors),
            environment,
            clock_ahead: self.agent_clock,
            time: Arc::<TrialTime>::clone(&self.time),
        })
    }

    /// A hosted agent has none, unless its connection names one all the same.
    fn has_staging_folder(
        &self,
        told: &model::Connection,
        environment: &Environment,
    ) -> Result<bool, String> {
        match self.given(&told.staging_folder)?.as_deref() {
            None => Ok(*environment != Environment::Hosted),
            Some(model::Connection::GIVEN) => Ok(true),
            Some(other) => {
                Err(format!("`staging folder` is `{}` or nothing, got `{other}`", model::Connection::GIVEN))
            }
        }
    }

    /// What the agent trusts; a PEM file lies where it may read it, and one that is not there stays so.
    fn trust_store(&self, scenario: &Scenario, agent: &Agent) -> Result<Option<TrustStore>, String> {
        let options = &scenario.connection.jvm_options;
        if !options.is_empty() {
            if scenario.pins.iter().any(|pin| matches!(pin.kind, PinKind::TrustStore { .. })) {
                return Err(
                    "`jvm options` name the trust store: take the pin `trust store of` out".to_owned()
                );
            }
            let filled: Result<Vec<String>, String> = options.iter().map(|text| self.filled(text)).collect();
            return Ok(Some(TrustStore::Jvm(filled?.into_iter().filter(|text| !text.is_empty()).collect())));
        }
        let Some(file) = &self.trust_store else { return Ok(None) };
        let taken = match file.is_file() {
            true => agent.take(file).map_err(|error| format!("`{}`: {error}", file.display()))?,
            false => file.clone(),
        };
        Ok(Some(TrustStore::Pem(taken)))
    }

    /// An empty text counts as not given.
    pub(crate) fn given(&self, text: &Option<String>) -> Result<Option<String>, String> {
        let filled = text.as_ref().map(|text| self.filled(text)).transpose()?;
        Ok(filled.filter(|text| !text.is_empty()))
    }

    fn encryption(&self, scenario: &Scenario) -> Result<StagingEncryption, String> {
        let told = &scenario.connection.encryption;
        let kind = match self.given(&told.kind)?.as_deref() {
            None => None,
            Some("client side") => Some(EncryptionKind::ClientSide),
            Some("server side") => Some(EncryptionKind::ServerSide),
            Some(other) => return Err(format!("`{other}` is no encryption: client side or server side")),
        };
        Ok(StagingEncryption {
            kind,
            master_symmetric_key: self.given(&told.master_symmetric_key)?.map(SecretString::from),
            customer_master_key: self.given(&told.customer_master_key)?,
        })
    }

    fn environment(&self, scenario: &Scenario) -> Result<Environment, String> {
        let told = scenario.connection.environment.as_deref().unwrap_or("elsewhere");
        match self.filled(told)?.as_str() {
            "ec2" => Ok(Environment::Ec2 { metadata: metadata(self.agent()?.instance.as_ref()) }),
            "elsewhere" => Ok(Environment::Elsewhere),
            "hosted" => Ok(Environment::Hosted),
            other => Err(format!("`{other}` is no environment: ec2, elsewhere or hosted")),
        }
    }

    fn assumes(&self, told: &Assumes) -> Result<AssumedRole, String> {
        let asked_by = match self.filled(&told.with)?.as_str() {
            "keys" => Asker::Keys,
            "ec2 role" => Asker::Ec2Role,
            other => return Err(format!("`{other}` assumes no role: keys, or ec2 role")),
        };
        let role = self.filled(&told.role)?;
        let arn = if role.is_empty() { role } else { self.role_arn(&role) };
        let renewal = match self.is_yes("renewed", &told.renewed)? {
            true => Renewal::WhenOver,
            false => Renewal::Never,
        };
        let external_id = self.external_id.clone();
        Ok(AssumedRole { arn, asked_by, external_id, duration: told.lasts, renewal })
    }

    fn iam_login(&self, told: &model::IamLogin) -> Result<IamLogin, String> {
        let auto_create = match self.is_yes("auto create", &told.auto_create)? {
            true => AutoCreate::AtLogin,
            false => AutoCreate::Never,
        };
        let groups = self.list(&told.db_groups).map_err(|error| error.to_string())?;
        let lasts = self.number("lasts", &told.lasts)?;
        let duration = lasts.map(|seconds| Duration::from_secs(seconds.get() as u64));
        Ok(IamLogin { auto_create, groups, duration })
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
