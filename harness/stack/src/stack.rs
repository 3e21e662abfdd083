//! A running stack: the gateway with its services, and the clusters.

use std::{
    collections::BTreeMap,
    fs::{DirBuilder, Permissions},
    io,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_credential_types::Credentials;
use linchpin_cloud::{Cloud, CloudError, EndpointError, Instance, Upstream};
use linchpin_containers::{Container, ContainerError, Engine, Log};
use linchpin_gateway::{
    Faults, Gateway, Identities, LookupError, Query, Record, Service, ServiceName, is_region, partition_of,
};
use linchpin_postgres::{FindError, FolderError, LeaseError, RunFolder, Servers, ServersError};
use linchpin_query::{QueryClient, QueryError, QueryService};
use linchpin_warehouse::{CLIENT_NAME, Cluster, ClusterSettings, SessionTls, StartError};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use time::Duration;

use crate::{
    certificates::{Authority, CertificateError},
    cluster::{ClusterSpec, DATABASE, MASTER, RunningCluster},
    control_plane::LoopbackControlPlane,
    kind::{Backing, StackKind},
    setting::Ssl,
};

/// Files in the stack's folder.
const CA: &str = "ca.pem";
const TRUST_STORE: &str = "truststore.p12";

/// Why a stack or one of its clusters does not start.
#[derive(Debug, Error)]
pub enum StackError {
    /// PostgreSQL is not there.
    #[error(transparent)]
    Find(#[from] FindError),
    /// PostgreSQL's servers cannot be made.
    #[error(transparent)]
    Servers(#[from] ServersError),
    /// No server could be leased.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// AWS has no such region.
    #[error("`{0}` is not a region of AWS; eu-west-1, us-gov-west-1 and cn-north-1 are")]
    NoRegion(String),
    /// The gateway cannot listen.
    #[error("cannot listen on 127.0.0.1 for AWS calls: {0}")]
    Gateway(#[source] io::Error),
    /// The folder of the run cannot be made.
    #[error(transparent)]
    RunFolder(#[from] FolderError),
    /// The folder of the run cannot be written to.
    #[error("cannot write the stack's files to `{}`: {source}", .folder.display())]
    Folder {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no container.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The emulator's URL is none.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The emulator does not answer.
    #[error(transparent)]
    Upstream(#[from] LookupError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The control plane refuses.
    #[error("the control plane did not make the cluster: {0}")]
    ControlPlane(#[from] QueryError),
    /// The cloud does not know what it should.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The cluster's front does not start.
    #[error(transparent)]
    Cluster(#[from] StartError),
    /// The master user cannot be made.
    #[error("cannot prepare the database: {0}")]
    Database(#[from] tokio_postgres::Error),
}

impl StackError {
    /// Whether a container engine or an image is what is missing.
    pub fn is_without_containers(&self) -> bool {
        matches!(self, Self::Container(ContainerError::NoEngine(_) | ContainerError::NoImage { .. }))
    }
}

/// What a stack is started with.
#[derive(Clone, Debug)]
pub struct StackConfig {
    /// What services and servers are.
    pub kind: StackKind,
    /// How many PostgreSQL servers are kept ready: one for each trial that runs at a time.
    pub servers: usize,
}

/// An account of the stack and its root's credentials.
#[derive(Clone, Debug)]
pub struct StackAccount {
    /// Twelve digits.
    pub account: String,
    /// The root's.
    pub credentials: Credentials,
}

/// A running stack. Dropping it ends everything it started.
pub struct Stack {
    gateway: Gateway,
    cloud: Arc<Cloud>,
    upstream: Option<Arc<Upstream>>,
    servers: Servers,
    authority: Authority,
    folder: RunFolder,
    client: QueryClient,
    kind: &'static str,
    /// Where the gateway listens with TLS, if it does.
    tls: Option<SocketAddr>,
    // What everything else stands on goes last.
    localstack: Option<Container>,
    engine: Option<Arc<Engine>>,
}

impl Stack {
    /// Starts cloud and PostgreSQL.
    ///
    /// # Errors
    /// [`StackError`].
    pub async fn start(config: StackConfig) -> Result<Self, StackError> {
        Self::assemble(config, Gateway::start).await
    }

    /// A stack whose gateway leaves one check out.
    ///
    /// # Errors
    /// [`StackError`].
    #[cfg(feature = "omit-check")]
    pub async fn start_without(
        check: linchpin_gateway::Check,
        config: StackConfig,
    ) -> Result<Self, StackError> {
        Self::assemble(config, move |identities, services| {
            Gateway::start_without(check, identities, services)
        })
        .await
    }

    async fn assemble<Started>(
        config: StackConfig,
        start: impl FnOnce(Arc<dyn Identities>, BTreeMap<ServiceName, Arc<dyn Service>>) -> Started,
    ) -> Result<Self, StackError>
    where
        Started: Future<Output = io::Result<Gateway>>,
    {
        let folder = folder()?;
        let kind = config.kind.name();
        let backing = config.kind.back(config.servers, folder.path()).await?;
        let Backing { cloud, upstream, identities, services, servers, localstack, engine } = backing;
        let gateway = start(identities, services).await.map_err(StackError::Gateway)?;
        let authority = Authority::kept()?;
        for (name, content) in
            [(CA, authority.pem().as_bytes()), (TRUST_STORE, authority.trust_store()?.as_slice())]
        {
            let written = std::fs::write(folder.path().join(name), content);
            written.map_err(|source| StackError::Folder { folder: folder.path().to_owned(), source })?;
        }
        let client = QueryClient::new(gateway.endpoint());
        let tls = None;
        Ok(Self {
            gateway,
            cloud,
            upstream,
            servers,
            authority,
            folder,
            client,
            kind,
            tls,
            localstack,
            engine,
        })
    }

    /// Lets clients reach AWS over TLS too. The stack's own calls stay as they are.
    ///
    /// # Errors
    /// [`StackError`] where there is no certificate or no port.
    pub async fn serve_tls(&mut self) -> Result<(), StackError> {
        let names = vec!["localhost".to_owned(), "*.s3.localhost".to_owned(), "127.0.0.1".to_owned()];
        let config = self.authority.serve(names)?;
        self.tls = Some(self.gateway.serve_tls(config).await.map_err(StackError::Gateway)?);
        Ok(())
    }

    /// `https://127.0.0.1:PORT` of every AWS service, where clients can reach it over TLS.
    pub fn tls_endpoint(&self) -> Option<String> {
        self.tls.map(|address| format!("https://{address}"))
    }

    /// Tells the cloud the keys of an OpenID Connect issuer: a JSON Web Key Set.
    pub fn publish_issuer(&self, url: &str, keys: serde_json::Value) {
        self.cloud.publish_issuer(url, keys);
    }

    /// `http://127.0.0.1:PORT` of every AWS service.
    pub fn endpoint(&self) -> String {
        self.gateway.endpoint()
    }

    /// `embedded`, `containers` or `upstream`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What the stack's containers wrote so far; nothing where there are none.
    pub async fn container_logs(&self) -> Vec<Log> {
        match &self.engine {
            Some(engine) => engine.logs().await,
            None => Vec::new(),
        }
    }

    /// Removes the stack's containers: for a program that is about to end without dropping the stack.
    pub async fn remove_containers(&self) {
        if let Some(engine) = &self.engine {
            engine.remove_all().await;
        }
    }

    /// Every AWS call so far.
    pub fn record(&self) -> &Arc<Record> {
        self.gateway.record()
    }

    /// Every AWS call so far as JSON lines, in CloudTrail's field names.
    pub fn record_lines(&self) -> String {
        self.record().json_lines(&Query::default())
    }

    /// The faults that strike AWS calls.
    pub fn faults(&self) -> &Faults {
        self.gateway.faults()
    }

    /// Starts an instance of an account: a metadata service of its own, with an instance profile or without one.
    ///
    /// # Errors
    /// No loopback port can be bound.
    pub async fn launch_instance(
        &self,
        account: &str,
        region: &str,
        profile: Option<&str>,
    ) -> io::Result<Instance> {
        Instance::launch(Arc::clone(&self.cloud), self.upstream.clone(), account, region, profile).await
    }

    /// The certificate authority of the clusters, as a PEM file.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join(CA)
    }

    /// The same for JVMs: a PKCS #12 trust store, under [`crate::TRUST_STORE_PASSWORD`].
    pub fn trust_store(&self) -> PathBuf {
        self.folder.path().join(TRUST_STORE)
    }

    /// A folder that goes with the stack.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens an account in the partition of a region.
    pub fn open_account(&self, region: &str) -> StackAccount {
        let credential = self.cloud.create_account(partition_of(region));
        StackAccount {
            account: credential.account,
            credentials: credentials(
                &credential.access_key_id,
                &credential.secret_access_key,
                "account root",
            ),
        }
    }

    /// Sets how far an account's clock is ahead of the machine's.
    ///
    /// # Errors
    /// The account is not one of this stack's.
    pub fn set_clock(&self, account: &str, ahead: std::time::Duration) -> Result<(), StackError> {
        let ahead = Duration::try_from(ahead).unwrap_or(Duration::MAX);
        Ok(self.cloud.set_clock(account, ahead)?)
    }

    /// Makes a cluster and waits until it takes sessions.
    ///
    /// # Errors
    /// [`StackError`].
    pub async fn launch(&self, spec: ClusterSpec) -> Result<RunningCluster, StackError> {
        if !is_region(&spec.region) {
            return Err(StackError::NoRegion(spec.region));
        }
        let lease = self.servers.lease().await?;
        let password = SecretString::from(format!("Pw{:032x}", rand::random::<u128>()));
        create_master(&lease, &password).await?;
        self.create_cluster(&spec, &password).await?;
        let key = self.cloud.cluster_credential(&spec.account, &spec.region, &spec.identifier)?;
        let control = LoopbackControlPlane {
            client: self.client.clone().with_name(CLIENT_NAME),
            credentials: credentials(&key.access_key_id, &key.secret_access_key, "cluster"),
            region: spec.region.clone(),
            cluster: spec.identifier.clone(),
        };
        let partition = partition_of(&spec.region);
        let settings = self.settings(&spec, partition, &lease)?;
        let cluster = Cluster::start(settings, Arc::new(control)).await?;
        let port = cluster.address().port();
        self.cloud.register_endpoint(&spec.account, &spec.region, &spec.identifier, "127.0.0.1", port)?;
        Ok(RunningCluster { spec, partition, cluster, lease, client: self.client.clone(), password })
    }

    async fn create_cluster(&self, spec: &ClusterSpec, password: &SecretString) -> Result<(), QueryError> {
        let parameters = [
            ("Action", "CreateCluster"),
            ("ClusterIdentifier", spec.identifier.as_str()),
            ("NodeType", "ra3.large"),
            ("ClusterType", "single-node"),
            ("DBName", DATABASE),
            ("MasterUsername", MASTER),
            ("MasterUserPassword", password.expose_secret()),
        ];
        self.client.call(&spec.owner, QueryService::Redshift, &spec.region, &parameters).await?;
        Ok(())
    }

    fn settings(
        &self,
        spec: &ClusterSpec,
        partition: &str,
        lease: &linchpin_postgres::Lease,
    ) -> Result<ClusterSettings, StackError> {
        let names = vec![
            "127.0.0.1".to_owned(),
            "localhost".to_owned(),
            documented_host(&spec.identifier, &spec.region),
        ];
        Ok(ClusterSettings {
            identifier: spec.identifier.clone(),
            account: spec.account.clone(),
            region: spec.region.clone(),
            partition: partition.to_owned(),
            database: DATABASE.to_owned(),
            aws_endpoint: self.gateway.endpoint(),
            postgres: lease.address().host.clone(),
            postgres_port: lease.address().port,
            tls: match spec.config.ssl {
                Ssl::Absent => SessionTls::Absent,
                Ssl::Optional => SessionTls::Optional(self.authority.serve(names)?),
                Ssl::Required => SessionTls::Required(self.authority.serve(names)?),
            },
            passwords: spec.config.passwords,
            superuser: lease.address().superuser.clone(),
            strictness: spec.config.dialect,
            plain_unload: spec.config.plain_unload,
            era: spec.config.era,
        })
    }

    /// Ends the stack in order; dropping it does the same without waiting.
    pub async fn shutdown(self) {
        self.servers.shutdown().await;
        if let Some(localstack) = self.localstack {
            localstack.discard().await;
        }
        // Waiting for the engine's thread blocks, so another thread does it.
        let _ = tokio::task::spawn_blocking(move || drop(self.engine)).await;
    }
}

/// The host name that AWS's documentation gives a cluster.
pub fn documented_host(identifier: &str, region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{identifier}.c0ffee0ddba1.{region}.redshift.{domain}")
}

/// The root's credentials never expire.
fn credentials(id: &str, secret: &SecretString, provider: &'static str) -> Credentials {
    Credentials::new(id, secret.expose_secret(), None, None, provider)
}

fn folder() -> Result<RunFolder, StackError> {
    let folder = RunFolder::in_temporary_folder()?;
    let failed = |source| StackError::Folder { folder: folder.path().to_owned(), source };
    DirBuilder::new().mode(0o700).create(folder.path().join("objects")).map_err(failed)?;
    // Agents run as another user where the harness is root's; they may pass, and see nothing but what is theirs.
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).map_err(failed)?;
    Ok(folder)
}

/// The master is a superuser, as Redshift's is.
async fn create_master(
    lease: &linchpin_postgres::Lease,
    password: &SecretString,
) -> Result<(), tokio_postgres::Error> {
    let client = lease.address().connect(lease.database()).await?;
    let password = password.expose_secret();
    client.batch_execute(&format!("CREATE ROLE {MASTER} SUPERUSER LOGIN PASSWORD '{password}'")).await
}
