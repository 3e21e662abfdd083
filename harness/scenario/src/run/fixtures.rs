//! Puts the pins in, with the AWS SDKs and tokio-postgres, as the account's root and the cluster's master.

use std::path::{Path, PathBuf};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    types::{
        BucketLocationConstraint, CreateBucketConfiguration, ServerSideEncryption,
        ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    },
};
use linchpin_policy::{Document, DocumentKind, Edited, MalformedPolicy};
use linchpin_stack::{QueryError, StackAccount, StackError};
use secrecy::SecretString;
use thiserror::Error;

use super::{database::describe, steps::service_words, world::World};
use crate::{
    model::{Each, Pin, PinKind, Pull, Scenario},
    text::UnknownName,
};

/// A pin that could not be put in.
#[derive(Debug, Error)]
pub(crate) enum FixtureError {
    /// A document or data file cannot be read.
    #[error("cannot read the fixture `{}`: {source}", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// A name in `${..}` stands for nothing.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// A policy is not one.
    #[error("`{}` is not a policy: {source}", .path.display())]
    Malformed { path: PathBuf, source: MalformedPolicy },
    /// The action that is pulled is not in the document.
    #[error("`{}` does not hold the action `{action}`, so it cannot be pulled", .path.display())]
    NoSuchAction { path: PathBuf, action: String },
    /// An action of the document is one of the pins, and no line says what breaks without it.
    #[error("the action `{action}` of `{}` is never pulled: say under `pulled:` what breaks without it", .path.display())]
    NeverPulled { path: PathBuf, action: String },
    /// An AWS call of the harness itself was refused.
    #[error("{call} was refused: {detail}")]
    Aws { call: &'static str, detail: String },
    /// A statement of the harness itself was refused.
    #[error("the database refused it: {0}")]
    Database(String),
    /// A user or session that another pin names was never made.
    #[error("nobody is named `{0}`: the pin that makes it must stand above")]
    Unknown(String),
    /// The stack refuses.
    #[error(transparent)]
    Stack(#[from] StackError),
}

impl FixtureError {
    /// Whether AWS or the database said no, and not the harness.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Aws { .. } | Self::Database(_))
    }
}

impl From<tokio_postgres::Error> for FixtureError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(describe(&error))
    }
}

impl From<QueryError> for FixtureError {
    fn from(error: QueryError) -> Self {
        Self::Aws { call: "a call of the harness", detail: error.to_string() }
    }
}

/// Names the call in an SDK's error, and keeps the service's own words.
fn refused<E: ProvideErrorMetadata + std::fmt::Debug>(call: &'static str) -> impl Fn(E) -> FixtureError {
    move |error| FixtureError::Aws { call, detail: service_words(&error) }
}

/// Puts every pin in that is not pulled, in the order of the scenario.
pub(crate) async fn apply(world: &mut World, scenario: &Scenario) -> Result<(), (String, FixtureError)> {
    let pulls = scenario.pulled.iter().map(|line| line.pull.clone()).collect();
    let mut fixtures = Fixtures { pins: here(world, scenario), pulls, world };
    for pin in fixtures.pins.clone() {
        fixtures.put_in(&pin).await.map_err(|error| (pin.name.clone(), error))?;
    }
    Ok(())
}

fn here(world: &World, scenario: &Scenario) -> Vec<Pin> {
    scenario.pins.iter().filter(|pin| pin.when.covers(&world.cell)).cloned().collect()
}

fn iam(world: &World, owner: &StackAccount) -> aws_sdk_iam::Client {
    let config = aws_sdk_iam::Config::builder()
        .behavior_version_latest()
        .endpoint_url(world.stack.endpoint())
        .region(aws_sdk_iam::config::Region::new(world.cluster.region().to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(owner.credentials.clone()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_iam::Client::from_conf(config)
}

struct Fixtures<'a> {
    world: &'a mut World,
    pins: Vec<Pin>,
    /// Every pull that the scenario tells.
    pulls: Vec<Pull>,
}

impl Fixtures<'_> {
    async fn put_in(&mut self, pin: &Pin) -> Result<(), FixtureError> {
        let pulled = self.world.is_pulled(pin);
        match &pin.kind {
            PinKind::Bucket { bucket, region, instead, .. } => {
                let region = if pulled { instead.clone() } else { Some(self.region(region.as_deref())) };
                self.bucket(bucket, region.as_deref()).await
            }
            PinKind::Object { .. } if pulled => Ok(()),
            PinKind::Object { key, bucket, from } => self.object(key, bucket, from).await,
            PinKind::Key { key, policy, each, instead } => {
                self.key(pin, key, policy, *each, instead.as_deref()).await
            }
            PinKind::Encryption { .. } if pulled => Ok(()),
            PinKind::Encryption { bucket, key } => self.encryption(bucket, key).await,
            PinKind::User { user } => self.user(user, pulled).await,
            PinKind::Secret { user } => self.secret(user, pulled),
            PinKind::ActiveKey { user } => self.active_key(user, pulled).await,
            PinKind::Role { .. } if pulled => Ok(()),
            PinKind::Role { role, .. } => self.role(role).await,
            // The role's own pin puts its trust policy in: a role cannot be without one.
            PinKind::Trust { .. } => Ok(()),
            PinKind::Attach { role } => self.attach(role, pulled).await,
            PinKind::Policy { document, on, each, instead } => {
                let document = if pulled { instead.as_ref() } else { Some(document) };
                self.policy(pin, document, on, *each).await
            }
            PinKind::BucketPolicy { document, bucket, instead } => {
                let document = if pulled { instead } else { document };
                self.bucket_policy(bucket, document.as_deref()).await
            }
            PinKind::Session { session, role, by } => self.session(session, role, by).await,
            PinKind::ExternalId { .. } | PinKind::CopyOption { .. } | PinKind::UnloadOption { .. }
                if pulled =>
            {
                Ok(())
            }
            PinKind::ExternalId { id } => {
                self.world.external_id = Some(self.world.names.fill(id)?);
                Ok(())
            }
            PinKind::Folder { .. } if !pulled => Ok(()),
            PinKind::Folder { folder, of, instead } => {
                let agent = self.world.agent_named(of.as_deref()).map_err(FixtureError::Unknown)?;
                let changed = agent.pull(*folder, instead.as_deref());
                changed.map_err(|source| FixtureError::Unreadable { path: agent.folder(*folder), source })
            }
            PinKind::InstanceProfile { .. } if pulled => Ok(()),
            PinKind::InstanceProfile { role } => self.instance_profile(role).await,
            PinKind::Setting { setting, value, instead } => {
                let value = self.world.names.fill(if pulled { instead } else { value })?;
                self.world.names.set(setting, value);
                Ok(())
            }
            PinKind::CopyOption { option } => self.option(option, |world| &mut world.copy_options),
            PinKind::UnloadOption { option } => self.option(option, |world| &mut world.unload_options),
            PinKind::TrustStore { .. } if !pulled => Ok(()),
            PinKind::TrustStore { instead } => {
                self.world.trust_store = instead.as_ref().map(|instead| self.world.fixtures.join(instead));
                Ok(())
            }
            // The cluster was launched with it.
            PinKind::Ssl { .. } => Ok(()),
            PinKind::JdbcUrl { url, instead } => {
                self.world.jdbc_url = self.world.names.fill(if pulled { instead } else { url })?;
                Ok(())
            }
            PinKind::Token { session } => self.token(session, pulled),
            PinKind::Lifetime { .. } | PinKind::AgentClock if !pulled => Ok(()),
            PinKind::Lifetime { .. } => self.end_sessions(),
            PinKind::AgentClock => {
                self.world.agent_clock = std::time::Duration::from_secs(3600);
                Ok(())
            }
            PinKind::Login { .. } if pulled => Ok(()),
            PinKind::Login { login } => self.login(login).await,
            PinKind::Sql { statements, instead, login } => {
                let statements = if pulled { instead } else { statements };
                self.sql(statements.as_deref(), login.as_deref()).await
            }
        }
    }

    /// IAM of the cluster's account, where the users are.
    fn iam(&self) -> aws_sdk_iam::Client {
        iam(self.world, &self.world.owners.own)
    }

    /// IAM of a role's account.
    fn iam_of_role(&self, role: &str) -> aws_sdk_iam::Client {
        iam(self.world, self.world.owners.of_role(role))
    }

    fn region(&self, named: Option<&str>) -> String {
        named.unwrap_or(self.world.cluster.region()).to_owned()
    }

    /// A role that a pulled pin would have made is not there; pins that stand on it fall with it.
    fn is_absent(&self, kind: impl Fn(&PinKind) -> bool) -> bool {
        self.pins.iter().any(|pin| kind(&pin.kind) && self.world.is_pulled(pin))
    }

    fn has_role(&self, name: &str) -> bool {
        let made = |kind: &PinKind| matches!(kind, PinKind::Role { role, .. } if role == name);
        self.pins.iter().any(|pin| made(&pin.kind)) && !self.is_absent(made)
    }

    fn has_user(&self, name: &str) -> bool {
        let made = |kind: &PinKind| matches!(kind, PinKind::User { user } if user == name);
        self.pins.iter().any(|pin| made(&pin.kind)) && !self.is_absent(made)
    }

    fn read(&self, path: &Path) -> Result<String, FixtureError> {
        let path = self.world.fixtures.join(self.world.names.fill(&path.to_string_lossy())?);
        let text =
            std::fs::read_to_string(&path).map_err(|source| FixtureError::Unreadable { path, source })?;
        Ok(self.world.names.fill(&text)?)
    }

    async fn bucket(&mut self, bucket: &str, region: Option<&str>) -> Result<(), FixtureError> {
        let Some(region) = region else { return Ok(()) };
        let region = self.world.names.fill(region)?;
        let name = self.bucket_name(bucket)?;
        let constraint = (region != "us-east-1").then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region.as_str()))
                .build()
        });
        let owner = &self.world.owners.of_bucket(bucket).credentials;
        let created = self.world.s3(owner, &region).create_bucket();
        let created = created.bucket(name).set_create_bucket_configuration(constraint).send().await;
        created.map(drop).map_err(refused("CreateBucket"))?;
        self.world.bucket_regions.insert(bucket.to_owned(), region);
        Ok(())
    }

    async fn object(&self, key: &str, bucket: &str, from: &Path) -> Result<(), FixtureError> {
        let s3 = self.world.owners_s3(bucket);
        let body = self.read(from)?.into_bytes();
        let key = self.world.names.fill(key)?;
        let call = s3.put_object().bucket(self.bucket_name(bucket)?).key(key).body(body.into());
        call.send().await.map(drop).map_err(refused("PutObject"))
    }

    fn bucket_name(&self, bucket: &str) -> Result<String, FixtureError> {
        Ok(self.world.names.fill(&format!("${{bucket:{bucket}}}"))?)
    }

    /// A key is known by its ARN only once it is made.
    async fn key(
        &mut self,
        pin: &Pin,
        key: &str,
        policy: &Path,
        each: Each,
        instead: Option<&str>,
    ) -> Result<(), FixtureError> {
        let pulled = self.world.is_pulled(pin);
        let region = self.world.names.fill(&self.region(instead.filter(|_| pulled)))?;
        let kms = self.world.kms(&self.world.owners.own.credentials, &region);
        let text = self.policy_text(pin, policy, each, DocumentKind::Resource)?;
        let made = kms.create_key().set_policy(text).send().await.map_err(refused("CreateKey"))?;
        let metadata = made.key_metadata.ok_or_else(|| FixtureError::Unknown(key.to_owned()))?;
        if pulled && instead.is_none() {
            let disabled = kms.disable_key().key_id(&metadata.key_id).send().await;
            disabled.map_err(refused("DisableKey"))?;
        }
        self.world.names.set(format!("key:{key}"), metadata.arn.unwrap_or(metadata.key_id));
        Ok(())
    }

    async fn encryption(&self, bucket: &str, key: &str) -> Result<(), FixtureError> {
        let key = self.world.names.fill(&format!("${{key:{key}}}"))?;
        let by_default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::AwsKms)
            .kms_master_key_id(key)
            .build()
            .map_err(|error| FixtureError::Aws { call: "PutBucketEncryption", detail: error.to_string() })?;
        let rule =
            ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(by_default).build();
        let rules = ServerSideEncryptionConfiguration::builder()
            .rules(rule)
            .build()
            .map_err(|error| FixtureError::Aws { call: "PutBucketEncryption", detail: error.to_string() })?;
        let call = self.world.owners_s3(bucket).put_bucket_encryption().bucket(self.bucket_name(bucket)?);
        let sent = call.server_side_encryption_configuration(rules).send().await;
        sent.map(drop).map_err(refused("PutBucketEncryption"))
    }

    /// A pulled user leaves the connector with a key that looks right and that nobody holds.
    async fn user(&mut self, user: &str, pulled: bool) -> Result<(), FixtureError> {
        if pulled {
            let unknown = Credentials::new("AKIAIOSFODNN7EXAMPLE", "nobody", None, None, "nobody");
            self.world.keys.insert(user.to_owned(), unknown);
            return Ok(());
        }
        self.iam().create_user().user_name(user).send().await.map_err(refused("CreateUser"))?;
        let key = self.iam().create_access_key().user_name(user).send().await;
        let key = key.map_err(refused("CreateAccessKey"))?.access_key;
        let key = key.ok_or_else(|| FixtureError::Unknown(user.to_owned()))?;
        let credentials = Credentials::new(key.access_key_id, key.secret_access_key, None, None, "user");
        self.world.keys.insert(user.to_owned(), credentials);
        Ok(())
    }

    fn keys(&self, name: &str) -> Result<&Credentials, FixtureError> {
        self.world.keys.get(name).ok_or_else(|| FixtureError::Unknown(name.to_owned()))
    }

    fn secret(&mut self, user: &str, pulled: bool) -> Result<(), FixtureError> {
        let right = self.keys(user)?;
        if pulled {
            let wrong = Credentials::new(right.access_key_id(), "wrong", None, None, "user");
            self.world.keys.insert(user.to_owned(), wrong);
        }
        Ok(())
    }

    async fn active_key(&self, user: &str, pulled: bool) -> Result<(), FixtureError> {
        if !pulled {
            return Ok(());
        }
        let call =
            self.iam().update_access_key().user_name(user).access_key_id(self.keys(user)?.access_key_id());
        let call = call.status(aws_sdk_iam::types::StatusType::Inactive);
        call.send().await.map(drop).map_err(refused("UpdateAccessKey"))
    }

    async fn role(&self, role: &str) -> Result<(), FixtureError> {
        let trust = self.pins.iter().find_map(|pin| match &pin.kind {
            PinKind::Trust { document, role: of, instead } if of == role => {
                Some(if self.world.is_pulled(pin) { instead } else { document })
            }
            _ => None,
        });
        let trust = trust.ok_or_else(|| FixtureError::Unknown(format!("the trust policy of {role}")))?;
        let call = self
            .iam_of_role(role)
            .create_role()
            .role_name(role)
            .assume_role_policy_document(self.read(trust)?);
        call.send().await.map(drop).map_err(refused("CreateRole"))
    }

    async fn attach(&self, role: &str, pulled: bool) -> Result<(), FixtureError> {
        if pulled || !self.has_role(role) {
            return Ok(());
        }
        Ok(self.world.cluster.attach_role(&self.world.role_arn(role)).await?)
    }

    /// The profile has the role's name, as the console makes it.
    async fn instance_profile(&self, role: &str) -> Result<(), FixtureError> {
        if !self.has_role(role) {
            return Ok(());
        }
        let created = self.iam().create_instance_profile().instance_profile_name(role).send().await;
        created.map_err(refused("CreateInstanceProfile"))?;
        let added = self.iam().add_role_to_instance_profile().instance_profile_name(role).role_name(role);
        added.send().await.map_err(refused("AddRoleToInstanceProfile"))?;
        if let Some(instance) = &self.world.instance {
            instance.set_profile(Some(role));
        }
        Ok(())
    }

    async fn policy(
        &self,
        pin: &Pin,
        document: Option<&PathBuf>,
        on: &[String],
        each: Each,
    ) -> Result<(), FixtureError> {
        let Some(document) = document else { return Ok(()) };
        let Some(text) = self.policy_text(pin, document, each, DocumentKind::Identity)? else {
            return Ok(());
        };
        let name = pin.name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        for principal in on {
            self.put_policy(principal, &name, &text).await?;
        }
        Ok(())
    }

    fn is_told(&self, pin: &Pin, action: &str) -> bool {
        self.pulls.iter().any(|pull| pull.pin == pin.name && pull.action.as_deref() == Some(action))
    }

    /// None when the action that is pulled was all there was.
    fn policy_text(
        &self,
        pin: &Pin,
        path: &Path,
        each: Each,
        kind: DocumentKind,
    ) -> Result<Option<String>, FixtureError> {
        let text = self.read(path)?;
        if each == Each::Document {
            return Ok(Some(text));
        }
        let parsed = Document::parse(&text, kind);
        let parsed = parsed.map_err(|source| FixtureError::Malformed { path: path.to_owned(), source })?;
        if let Some(action) = parsed.actions().iter().find(|action| !self.is_told(pin, action)) {
            return Err(FixtureError::NeverPulled { path: path.to_owned(), action: (*action).to_owned() });
        }
        let Some(action) = self.world.pulled_action(pin) else { return Ok(Some(text)) };
        match parsed.without_action(action) {
            Edited::Document(text) => Ok(Some(text)),
            Edited::NothingLeft => Ok(None),
            Edited::NotFound => {
                Err(FixtureError::NoSuchAction { path: path.to_owned(), action: action.to_owned() })
            }
        }
    }

    async fn put_policy(&self, principal: &str, name: &str, text: &str) -> Result<(), FixtureError> {
        if self.has_role(principal) {
            let call = self
                .iam_of_role(principal)
                .put_role_policy()
                .role_name(principal)
                .policy_name(name)
                .policy_document(text);
            call.send().await.map(drop).map_err(refused("PutRolePolicy"))
        } else if self.has_user(principal) {
            let call =
                self.iam().put_user_policy().user_name(principal).policy_name(name).policy_document(text);
            call.send().await.map(drop).map_err(refused("PutUserPolicy"))
        } else {
            Ok(())
        }
    }

    async fn bucket_policy(&self, bucket: &str, document: Option<&Path>) -> Result<(), FixtureError> {
        let Some(document) = document else { return Ok(()) };
        let s3 = self.world.owners_s3(bucket);
        let call = s3.put_bucket_policy().bucket(self.bucket_name(bucket)?).policy(self.read(document)?);
        call.send().await.map(drop).map_err(refused("PutBucketPolicy"))
    }

    async fn session(&mut self, session: &str, role: &str, by: &str) -> Result<(), FixtureError> {
        let keys = self.world.assume(role, by, session).await?;
        self.world.keys.insert(session.to_owned(), keys);
        Ok(())
    }

    fn option(
        &mut self,
        option: &str,
        options: impl FnOnce(&mut World) -> &mut String,
    ) -> Result<(), FixtureError> {
        let option = self.world.names.fill(option)?;
        let options = options(self.world);
        options.push_str(&option);
        options.push(';');
        Ok(())
    }

    fn token(&mut self, session: &str, pulled: bool) -> Result<(), FixtureError> {
        let keys = self.keys(session)?;
        if pulled {
            let bare =
                Credentials::new(keys.access_key_id(), keys.secret_access_key(), None, None, "session");
            self.world.keys.insert(session.to_owned(), bare);
        }
        Ok(())
    }

    /// Longer than any session lives (documented: twelve hours).
    fn end_sessions(&self) -> Result<(), FixtureError> {
        let ahead = std::time::Duration::from_secs(13 * 3600);
        for account in self.world.owners.numbers() {
            self.world.stack.set_clock(&account, ahead)?;
        }
        Ok(())
    }

    async fn login(&mut self, login: &str) -> Result<(), FixtureError> {
        let password = format!("Pw{:032x}", rand::random::<u128>());
        let create = format!("CREATE USER \"{login}\" PASSWORD '{password}'");
        self.world.master().await?.client.batch_execute(&create).await?;
        self.world.logins.insert(login.to_owned(), SecretString::from(password));
        Ok(())
    }

    /// Statements in place, or in a file that ends in `.sql`.
    async fn sql(&self, statements: Option<&str>, login: Option<&str>) -> Result<(), FixtureError> {
        let Some(statements) = statements else { return Ok(()) };
        let file = Path::new(statements).extension().is_some_and(|extension| extension == "sql");
        let statements =
            if file { self.read(Path::new(statements))? } else { self.world.names.fill(statements)? };
        let session = match login {
            Some(login) => self.world.login(login).await?,
            None => self.world.master().await?,
        };
        Ok(session.client.batch_execute(&statements).await?)
    }
}
