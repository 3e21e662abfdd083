//! A cluster's record.

use time::OffsetDateTime;

use super::credentials::Login;
use crate::query::{Xml, timestamp};

/// What the control plane knows of a cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(super) identifier: String,
    pub(super) namespace_arn: String,
    pub(super) database: String,
    pub(super) master_username: String,
    pub(super) node_type: String,
    pub(super) nodes: u32,
    pub(super) created: OffsetDateTime,
    /// ARNs of the attached roles, in the order of their attachment.
    pub(super) roles: Vec<String>,
    pub(super) default_role: Option<String>,
    /// Temporary credentials, oldest first; expired ones go when the next is made.
    pub(super) logins: Vec<Login>,
    /// Where it listens, once it does.
    pub(crate) endpoint: Option<Endpoint>,
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Cluster {
    /// The cluster as `DescribeClusters` shows it. Inferred: it is available once it listens.
    pub(super) fn xml(&self) -> Xml {
        let status = if self.endpoint.is_some() { "available" } else { "creating" };
        let roles = self.roles.iter().map(|arn| {
            // Roles take effect at once here: on AWS they are `adding` for a while.
            Xml::new().text("IamRoleArn", arn).text("ApplyStatus", "in-sync")
        });
        let xml = Xml::new()
            .text("ClusterIdentifier", &self.identifier)
            .text("NodeType", &self.node_type)
            .text("ClusterStatus", status)
            .text("MasterUsername", &self.master_username)
            .text("DBName", &self.database);
        self.with_endpoint(xml)
            .text("ClusterCreateTime", timestamp(self.created))
            .text("NumberOfNodes", self.nodes)
            .text("PubliclyAccessible", false)
            .text("Encrypted", false)
            .text("ClusterNamespaceArn", &self.namespace_arn)
            .list("IamRoles", "ClusterIamRole", roles)
            .optional("DefaultIamRoleArn", self.default_role.as_ref())
    }

    fn with_endpoint(&self, xml: Xml) -> Xml {
        match &self.endpoint {
            Some(Endpoint { host, port }) => {
                xml.element("Endpoint", &Xml::new().text("Address", host).text("Port", port))
            }
            None => xml,
        }
    }
}
