//! What the agent warns of, and does all the same. Pure.

use crate::authentication::{Asker, Environment};
use crate::connection::Connection;
use crate::jdbc::{Endpoint, JdbcUrl};
use std::fmt;

/// The regions that the vendor's administration page lists ("AWS GovCloud" taken as its first region).
pub const DOCUMENTED_REGIONS: [&str; 15] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "cn-north-1",
    "eu-central-1",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// How temporary access key ids begin (documented by AWS).
const TEMPORARY: &str = "ASIA";

/// Something about a connection that a task may trip over later, or that has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The vendor's page lists fifteen regions.
    Region {
        /// The cluster or the staging bucket.
        of: Place,
        /// Its region.
        region: String,
    },
    /// The same region is advised (documented by Airbyte): traffic between regions costs.
    Apart {
        /// The bucket's region.
        bucket: String,
        /// The cluster's.
        cluster: String,
    },
    /// IAM authentication does without keys (documented).
    NeedlessKeys,
    /// A temporary key is nothing without its token.
    NoToken,
}

/// What is in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The URL's cluster or workgroup.
    Cluster,
    /// The staging bucket.
    Bucket,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region { of, region } => {
                let of = if *of == Place::Cluster { "cluster" } else { "staging bucket" };
                write!(f, "the {of}'s region `{region}` is not in the connector's documented list of regions")
            }
            Self::Apart { bucket, cluster } => write!(
                f,
                "the staging bucket is in `{bucket}`, the cluster in `{cluster}`: in the same region, staging would \
                 be faster and cost nothing"
            ),
            Self::NeedlessKeys => f.write_str(
                "the connection holds access keys, which IAM authentication does without: leave them out",
            ),
            Self::NoToken => f.write_str(
                "the connection's access key is a temporary one, and its session token is not given: S3 and COPY \
                 will refuse it",
            ),
        }
    }
}

/// What is worth a warning about a connection; none of it stops a task.
#[must_use]
pub fn warnings(connection: &Connection) -> Vec<Warning> {
    [regions(connection), keys(connection)].concat()
}

fn regions(connection: &Connection) -> Vec<Warning> {
    let bucket = connection.s3_region.as_str();
    let url = JdbcUrl::parse(&connection.jdbc_url);
    let cluster = url.as_ref().ok().and_then(|url| match url.endpoint() {
        Endpoint::Cluster { region, .. } | Endpoint::Workgroup { region, .. } => Some(region.as_str()),
        Endpoint::Custom => None,
    });
    let mut warnings = Vec::new();
    let mut listed = |of, region: &str| {
        if !DOCUMENTED_REGIONS.contains(&region) {
            warnings.push(Warning::Region { of, region: region.to_owned() });
        }
    };
    if let Some(cluster) = cluster {
        listed(Place::Cluster, cluster);
    }
    if cluster != Some(bucket) {
        listed(Place::Bucket, bucket);
    }
    if let Some(cluster) = cluster.filter(|cluster| *cluster != bucket) {
        warnings.push(Warning::Apart { bucket: bucket.to_owned(), cluster: cluster.to_owned() });
    }
    warnings
}

fn keys(connection: &Connection) -> Vec<Warning> {
    let Some(keys) = &connection.credentials else { return Vec::new() };
    let roles_in_both = connection.copy_options.role.is_some() && connection.unload_options.role.is_some();
    let with_ec2_role = connection.assume.as_ref().is_some_and(|role| role.asked_by == Asker::Ec2Role);
    let on_ec2 = matches!(connection.environment, Environment::Ec2 { .. });
    let needless = (on_ec2 && (roles_in_both || with_ec2_role)).then_some(Warning::NeedlessKeys);
    let temporary = keys.access_key_id().starts_with(TEMPORARY) && keys.session_token().is_none();
    needless.into_iter().chain(temporary.then_some(Warning::NoToken)).collect()
}
