//! Where the kinds of stack differ: who carries AWS's calls out, and what the PostgreSQL servers are.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use linchpin_cloud::{BucketLookup, Cloud, Endpoint, Iam, Kms, Redshift, S3, Sts, Upstream};
use linchpin_containers::{Container, Engine, Images, PostgresContainers, start_localstack};
use linchpin_gateway::{BucketFacts, Identities, ObjectFacts, ObjectName, Service, ServiceName, UploadFacts};
use linchpin_postgres::{Installation, Recipe, Servers, ServersConfig};
use linchpin_warehouse::CATALOG_SQL;

use crate::{cluster::DATABASE, stack::StackError};

/// What services and servers are.
#[derive(Clone, Debug)]
pub enum StackKind {
    /// Services in this process, PostgreSQL as a process beside it.
    Embedded,
    /// LocalStack, and PostgreSQL in containers.
    Containers(Images),
    /// Services behind a URL, PostgreSQL as a process.
    Upstream(Endpoint),
}

/// What a stack stands on.
pub(crate) struct Backing {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) upstream: Option<Arc<Upstream>>,
    pub(crate) identities: Arc<dyn Identities>,
    pub(crate) services: BTreeMap<ServiceName, Arc<dyn Service>>,
    pub(crate) servers: Servers,
    pub(crate) localstack: Option<Container>,
    pub(crate) engine: Option<Arc<Engine>>,
}

impl StackKind {
    /// The word for it in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Containers(_) => "containers",
            Self::Upstream(_) => "upstream",
        }
    }

    /// Brings it up, with so many servers kept ready.
    pub(crate) async fn back(self, servers: usize, folder: &Path) -> Result<Backing, StackError> {
        match self {
            Self::Embedded => embedded(servers, folder).await,
            Self::Containers(images) => containers(servers, images).await,
            Self::Upstream(endpoint) => {
                endpoint.check().await?;
                Ok(upstream(endpoint, processes(servers).await?))
            }
        }
    }
}

async fn embedded(servers: usize, folder: &Path) -> Result<Backing, StackError> {
    let servers = processes(servers).await?;
    let s3 = Arc::new(S3::new(folder.join("objects")));
    let cloud = Cloud::new(Arc::clone(&s3) as _);
    let services: BTreeMap<ServiceName, Arc<dyn Service>> = BTreeMap::from([
        (ServiceName::S3, s3 as Arc<dyn Service>),
        (ServiceName::Iam, Arc::new(Iam::new(Arc::clone(&cloud)))),
        (ServiceName::Sts, Arc::new(Sts::new(Arc::clone(&cloud)))),
        (ServiceName::Kms, Arc::new(Kms::new(Arc::clone(&cloud)))),
        (ServiceName::Redshift, Arc::new(Redshift::new(Arc::clone(&cloud)))),
    ]);
    let identities = Arc::clone(&cloud) as _;
    Ok(Backing { cloud, upstream: None, identities, services, servers, localstack: None, engine: None })
}

/// LocalStack and the servers start side by side.
async fn containers(servers: usize, images: Images) -> Result<Backing, StackError> {
    let engine = Engine::connect().await?;
    engine.require(&images.postgres).await?;
    engine.require(&images.localstack).await?;
    let maker =
        PostgresContainers { engine: Arc::clone(&engine), image: images.postgres.clone(), recipe: recipe() };
    let servers = Servers::made_by(Box::new(maker), DATABASE.to_owned(), servers).await?;
    let localstack = start_localstack(&engine, &images).await?;
    let endpoint = Endpoint::new(&format!("http://{}", localstack.address()))?;
    endpoint.check().await?;
    let backing = upstream(endpoint, servers);
    Ok(Backing { localstack: Some(localstack), engine: Some(engine), ..backing })
}

/// What no emulator has stays here: the Redshift control plane, and with it the accounts' roots and clusters.
fn upstream(endpoint: Endpoint, servers: Servers) -> Backing {
    let cloud = Cloud::new(Arc::new(NoBuckets));
    let upstream = Upstream::new(Arc::clone(&cloud), endpoint);
    let mut services = upstream.services();
    services.insert(ServiceName::Redshift, Arc::new(Redshift::new(Arc::clone(&cloud))));
    let identities = upstream.identities();
    let (localstack, engine) = (None, None);
    Backing { cloud, upstream: Some(upstream), identities, services, servers, localstack, engine }
}

async fn processes(count: usize) -> Result<Servers, StackError> {
    let Recipe { sql, database } = recipe();
    let config = ServersConfig {
        installation: Installation::find()?,
        template_sql: sql,
        database,
        data_root: None,
        count,
    };
    Ok(Servers::new(config).await?)
}

fn recipe() -> Recipe {
    Recipe { sql: CATALOG_SQL.to_owned(), database: DATABASE.to_owned() }
}

/// Buckets are over there.
struct NoBuckets;

impl BucketLookup for NoBuckets {
    fn bucket(&self, _partition: &str, _name: &str) -> Option<BucketFacts> {
        None
    }

    fn object(&self, _name: &ObjectName<'_>) -> Option<ObjectFacts> {
        None
    }

    fn upload(&self, _partition: &str, _bucket: &str, _upload: &str) -> Option<UploadFacts> {
        None
    }
}
