//! A running cluster, with what a client needs to reach it.

use aws_credential_types::Credentials;
use linchpin_postgres::Lease;
use linchpin_query::{QueryClient, QueryError, QueryService};
use linchpin_warehouse::{Cluster, JournalEntry};
use secrecy::SecretString;
use tokio_postgres::config::Host;

use crate::setting::{ClusterConfig, Ssl};

/// What makes a cluster.
#[derive(Clone, Debug)]
pub struct ClusterSpec {
    /// Its identifier, unique within account and region.
    pub identifier: String,
    /// Its region.
    pub region: String,
    /// Who makes it: the owner's credentials.
    pub owner: Credentials,
    /// The owner's account.
    pub account: String,
    /// What it is set to.
    pub config: ClusterConfig,
}

/// How a role is attached to a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attachment {
    /// Commands name it.
    #[default]
    Attached,
    /// It is what `IAM_ROLE default` means too.
    Default,
}

/// A running cluster. Dropping it closes its sessions and gives its PostgreSQL server back.
pub struct RunningCluster {
    pub(crate) spec: ClusterSpec,
    pub(crate) partition: &'static str,
    pub(crate) cluster: Cluster,
    pub(crate) lease: Lease,
    pub(crate) client: QueryClient,
    pub(crate) password: SecretString,
}

/// The master user of every cluster.
pub const MASTER: &str = "awsuser";
/// The database of every cluster.
pub const DATABASE: &str = "dev";

impl RunningCluster {
    /// Its identifier.
    pub fn identifier(&self) -> &str {
        &self.spec.identifier
    }

    /// The credentials of the account's root, which made it.
    pub fn owner(&self) -> &Credentials {
        &self.spec.owner
    }

    /// The account that owns it.
    pub fn account(&self) -> &str {
        &self.spec.account
    }

    /// Whether its sessions are encrypted.
    pub fn ssl(&self) -> Ssl {
        self.spec.config.ssl
    }

    /// Its region.
    pub fn region(&self) -> &str {
        &self.spec.region
    }

    /// Its partition.
    pub fn partition(&self) -> &str {
        self.partition
    }

    /// Where it listens: always on loopback.
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.cluster.address().port()
    }

    /// What clients did on it lately, oldest first.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.cluster.journal()
    }

    /// The master's password.
    pub fn master_password(&self) -> &SecretString {
        &self.password
    }

    /// The folder of the private PostgreSQL server's socket, for measuring only; a container's server has none.
    pub fn postgres_socket(&self) -> Option<&std::path::Path> {
        match &self.lease.address().host {
            Host::Unix(folder) => Some(folder),
            Host::Tcp(_) => None,
        }
    }

    /// Attaches a role, as the cluster's owner.
    ///
    /// # Errors
    /// What the control plane answers.
    pub async fn attach_role(&self, role_arn: &str, to: Attachment) -> Result<(), QueryError> {
        let mut parameters = vec![
            ("Action", "ModifyClusterIamRoles"),
            ("ClusterIdentifier", self.identifier()),
            ("AddIamRoles.IamRoleArn.1", role_arn),
        ];
        if to == Attachment::Default {
            parameters.push(("DefaultIamRoleArn", role_arn));
        }
        self.client.call(&self.spec.owner, QueryService::Redshift, &self.spec.region, &parameters).await?;
        Ok(())
    }

    /// Closes every session, then gives the server back.
    pub async fn stop(self) {
        self.cluster.stop().await;
    }
}
