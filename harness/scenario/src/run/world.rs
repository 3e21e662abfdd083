//! What belongs to one trial: its account, cluster, keys, and the names that stand for them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aws_credential_types::Credentials;
use linchpin_gateway::partition_of;
use linchpin_stack::{
    ClusterConfig, ClusterSpec, DATABASE, RunningCluster, Stack, StackError, TRUST_STORE_PASSWORD,
    documented_host,
};
use secrecy::SecretString;
use thiserror::Error;

use super::agent::Agent;
use super::database::Session;
use super::owners::Owners;
use super::progress::ProgramOutput;
use super::time::TrialTime;
use crate::{
    load::{ROOT, names_of_keys},
    model::{Cell, Connector, Pin, PinKind, Pull, Scenario},
    text::{Names, UnknownName},
};

/// The region of a cluster whose scenario does not care.
const DEFAULT_REGION: &str = "eu-west-1";

/// What fits nobody.
pub(crate) const NO_PASSWORD: &str = "unknown";

/// The documented form, with TLS; the agent dials the cluster's own address.
const JDBC_URL: &str = "jdbc:redshift://${host}:5439/${database}?ssl=true";

/// Why a trial has no surroundings.
#[derive(Debug, Error)]
pub(crate) enum WorldError {
    /// The stack refuses.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A name is missing.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// An agent's instance cannot be started.
    #[error("cannot start an agent's instance: {0}")]
    Instance(io::Error),
}

/// How the rights that calls needed are to be those that a scenario tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// These.
    Exactly,
    /// These or less: another connector than the scenario was written for.
    AtMost,
}

/// A trial's surroundings.
pub(crate) struct World {
    pub(crate) stack: Arc<Stack>,
    pub(crate) fixtures: PathBuf,
    pub(crate) owners: Owners,
    pub(crate) cluster: RunningCluster,
    pub(crate) cell: Cell,
    pub(crate) pulled: Option<Pull>,
    pub(crate) names: Names,
    /// Keys of users and sessions, by their names.
    pub(crate) keys: BTreeMap<String, Credentials>,
    /// Regions of the buckets that were made, by their names.
    pub(crate) bucket_regions: BTreeMap<String, String>,
    /// Passwords of logins, by their names.
    pub(crate) logins: BTreeMap<String, SecretString>,
    /// What the connector gives when it assumes a role.
    pub(crate) external_id: Option<String>,
    /// The authorities that the agent trusts; none: nobody.
    pub(crate) trust_store: Option<PathBuf>,
    /// The connection's URL.
    pub(crate) jdbc_url: String,
    /// COPY options that pins add, as property text.
    pub(crate) copy_options: String,
    /// UNLOAD options that pins add, as property text.
    pub(crate) unload_options: String,
    /// How far the agent's clock is ahead.
    pub(crate) agent_clock: Duration,
    /// How time passes in its accounts, and for the agent's tasks.
    pub(crate) time: Arc<TrialTime>,
    /// What the agent warned of.
    pub(crate) warnings: Vec<String>,
    /// The agents, of which there is at least one.
    pub(crate) agents: Vec<Agent>,
    /// Which of them is at work.
    pub(crate) at_work: usize,
    /// What stands in the place of pins' documents, by the pins' names.
    pub(crate) documents: BTreeMap<String, Option<String>>,
    /// Instance profiles that were made, by their roles.
    pub(crate) profiles: BTreeSet<String>,
    /// The program that takes the writes and reads; none: the built-in agent.
    pub(crate) connector: Option<Connector>,
    /// What it wrote.
    pub(crate) output: Vec<ProgramOutput>,
    /// Which rights whoever takes them is to need.
    pub(crate) rights: Rights,
    /// Sessions that steps left open for later ones, by their names.
    pub(crate) sessions: BTreeMap<String, Session>,
}

impl World {
    /// An account and a cluster, and names for everything that the pins will make.
    pub(crate) async fn create(
        stack: Arc<Stack>,
        fixtures: PathBuf,
        scenario: &Scenario,
        cell: Cell,
        pulled: Option<Pull>,
    ) -> Result<Self, WorldError> {
        let region = cell.get("region").map_or(DEFAULT_REGION, String::as_str).to_owned();
        let owners = Owners::open(&stack, scenario, &cell, &region);
        let cluster = stack
            .launch(ClusterSpec {
                identifier: "warehouse".to_owned(),
                region,
                owner: owners.own.credentials.clone(),
                account: owners.own.account.clone(),
                config: config(scenario, &cell, pulled.as_ref()),
            })
            .await?;
        let folder = |source| StackError::Folder { folder: stack.folder().to_owned(), source };
        let mut agents = agents(scenario, stack.folder()).map_err(folder)?;
        if scenario.connection.environment.is_some() {
            for agent in &mut agents {
                let launched = stack.launch_instance(&owners.own.account, cluster.region(), None).await;
                agent.instance = Some(launched.map_err(WorldError::Instance)?);
            }
        }
        let mut names = names(scenario, &cell, &cluster, &owners);
        names.set("trust store", stack.trust_store().display().to_string());
        names.set("trust store password", TRUST_STORE_PASSWORD);
        let root = owners.own.credentials.clone();
        let time = Arc::new(TrialTime::of(&stack, &owners));
        let trust_store = Some(stack.ca_file());
        let jdbc_url = names.fill(JDBC_URL)?;
        Ok(Self {
            stack,
            fixtures,
            owners,
            cluster,
            cell,
            pulled,
            names,
            keys: BTreeMap::from([(ROOT.to_owned(), root)]),
            bucket_regions: BTreeMap::new(),
            logins: BTreeMap::new(),
            external_id: None,
            trust_store,
            jdbc_url,
            copy_options: String::new(),
            unload_options: String::new(),
            agent_clock: Duration::ZERO,
            time,
            warnings: Vec::new(),
            agents,
            at_work: 0,
            documents: BTreeMap::new(),
            profiles: BTreeSet::new(),
            connector: None,
            output: Vec::new(),
            rights: Rights::Exactly,
            sessions: BTreeMap::new(),
        })
    }

    /// Keeps the keys of a user or session, and what stands for their parts in texts.
    pub(crate) fn keep_keys(&mut self, name: &str, keys: Credentials) {
        let [id, secret, token] = names_of_keys(name);
        self.names.set(id, keys.access_key_id());
        self.names.set(secret, keys.secret_access_key());
        self.names.set(token, keys.session_token().unwrap_or_default());
        self.keys.insert(name.to_owned(), keys);
    }

    /// Whether a pin is pulled whole in this trial.
    pub(crate) fn is_pulled(&self, pin: &Pin) -> bool {
        self.pulled.as_ref().is_some_and(|pull| pull.pin == pin.name && pull.action.is_none())
    }

    /// The action of a policy that is pulled in this trial.
    pub(crate) fn pulled_action(&self, pin: &Pin) -> Option<&str> {
        self.pulled.as_ref().filter(|pull| pull.pin == pin.name)?.action.as_deref()
    }

    /// The agent at work.
    pub(crate) fn agent(&self) -> Result<&Agent, String> {
        self.agents.get(self.at_work).ok_or_else(|| "there is no agent".to_owned())
    }

    /// The agent of a name; without one, the first.
    pub(crate) fn agent_named(&self, name: Option<&str>) -> Result<&Agent, String> {
        let found = self.agents.iter().find(|agent| name.is_none_or(|name| agent.name == name));
        found.ok_or_else(|| format!("there is no agent `{}`", name.unwrap_or_default()))
    }

    /// The ARN of a role.
    pub(crate) fn role_arn(&self, role: &str) -> String {
        role_arn(&self.cluster, &self.owners, role)
    }

    /// How the harness itself reaches a bucket: as its owner, where it is.
    pub(crate) fn owners_s3(&self, bucket: &str) -> aws_sdk_s3::Client {
        self.s3(&self.owners.of_bucket(bucket).credentials, self.bucket_region(bucket))
    }
}

fn agents(scenario: &Scenario, parent: &Path) -> io::Result<Vec<Agent>> {
    let told = &scenario.connection.agents;
    let one = ["agent".to_owned()];
    let names = if told.is_empty() { one.as_slice() } else { told };
    names.iter().map(|name| Agent::set_up(name, parent)).collect()
}

/// What the cluster is launched with: what a pin says is right, or wrong where it is pulled.
fn config(scenario: &Scenario, cell: &Cell, pulled: Option<&Pull>) -> ClusterConfig {
    let mut config = ClusterConfig::default();
    for pin in scenario.pins.iter().filter(|pin| pin.when.covers(cell)) {
        if let PinKind::Cluster { to, instead } = &pin.kind {
            let is_pulled = pulled.is_some_and(|pull| pull.pin == pin.name);
            if is_pulled { instead } else { to }.put_into(&mut config);
        }
    }
    config
}

fn role_arn(cluster: &RunningCluster, owners: &Owners, role: &str) -> String {
    format!("arn:{}:iam::{}:role/{role}", cluster.partition(), owners.of_role(role).account)
}

/// Another region of the same partition.
fn elsewhere(region: &str) -> &'static str {
    match (partition_of(region), region) {
        ("aws-cn", "cn-north-1") => "cn-northwest-1",
        ("aws-cn", _) => "cn-north-1",
        ("aws-us-gov", "us-gov-west-1") => "us-gov-east-1",
        ("aws-us-gov", _) => "us-gov-west-1",
        (_, "us-west-2") => "us-east-2",
        _ => "us-west-2",
    }
}

/// The matrix's values, the account's facts, and a name for each bucket, role and user.
fn names(scenario: &Scenario, cell: &Cell, cluster: &RunningCluster, owners: &Owners) -> Names {
    let mut names = Names::default();
    for (axis, value) in cell {
        names.set(axis, value);
    }
    names.set("region", cluster.region());
    names.set("elsewhere", elsewhere(cluster.region()));
    names.set("partition", cluster.partition());
    names.set("account", cluster.account());
    names.set("cluster", cluster.identifier());
    names.set("host", documented_host(cluster.identifier(), cluster.region()));
    names.set("database", DATABASE);
    for (name, account) in owners.others() {
        names.set(format!("account:{name}"), account.account.as_str());
    }
    let iam = format!("arn:{}:iam::{}", cluster.partition(), cluster.account());
    for pin in scenario.pins.iter().filter(|pin| pin.when.covers(cell)) {
        match &pin.kind {
            // Bucket names are global: a number of its own keeps trials apart.
            PinKind::Bucket { bucket, .. } => {
                names.set(format!("bucket:{bucket}"), format!("{bucket}-{:016x}", rand::random::<u64>()));
            }
            PinKind::Role { role, .. } => names.set(format!("role:{role}"), role_arn(cluster, owners, role)),
            // Of a login that is never made no password fits.
            PinKind::Login { login } => names.set(format!("password:{login}"), NO_PASSWORD),
            PinKind::User { user } => names.set(format!("user:{user}"), format!("{iam}:user/{user}")),
            _ => {}
        }
    }
    names
}
