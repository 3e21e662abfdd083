//! The operations on clusters.

use linchpin_gateway::AwsError;
use linchpin_policy::Principal;

use super::{cluster::Cluster, credentials, errors, roles::RoleChange};
use crate::{
    account::{Account, Bearer, ClusterKey},
    query::{Params, Xml, validation},
};

/// One operation of the control plane.
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// The parameters that it carries out; others are refused by name.
    pub(super) parameters: &'static [&'static str],
    pub(super) run: fn(&mut Account, &Request<'_>) -> Result<Xml, AwsError>,
}

/// What was asked, and where.
pub(super) struct Request<'a> {
    pub(super) params: Params<'a>,
    pub(super) region: &'a str,
    pub(super) caller: &'a Principal,
}

const CREATE: [&str; 10] = [
    "ClusterIdentifier",
    "DBName",
    "MasterUsername",
    "MasterUserPassword",
    "NodeType",
    "ClusterType",
    "NumberOfNodes",
    "Port",
    "IamRoles.IamRoleArn.",
    "DefaultIamRoleArn",
];

const MODIFY_ROLES: [&str; 4] =
    ["ClusterIdentifier", "AddIamRoles.IamRoleArn.", "RemoveIamRoles.IamRoleArn.", "DefaultIamRoleArn"];

pub(super) const OPERATIONS: [Operation; 7] = [
    Operation { name: "CreateCluster", parameters: &CREATE, run: create },
    Operation {
        name: "DescribeClusters",
        parameters: &["ClusterIdentifier", "Marker", "MaxRecords"],
        run: describe,
    },
    Operation { name: "ModifyClusterIamRoles", parameters: &MODIFY_ROLES, run: modify_roles },
    Operation {
        name: "DeleteCluster",
        parameters: &["ClusterIdentifier", "SkipFinalClusterSnapshot"],
        run: delete,
    },
    Operation {
        name: "GetClusterCredentials",
        parameters: &credentials::FOR_USER,
        run: credentials::for_user,
    },
    Operation {
        name: "GetClusterCredentialsWithIAM",
        parameters: &credentials::FOR_IDENTITY,
        run: credentials::for_identity,
    },
    Operation { name: "DescribeClusterLogins", parameters: &credentials::LOGINS, run: credentials::logins },
];

impl<'a> Request<'a> {
    pub(super) fn required(&self, name: &str) -> Result<&'a str, AwsError> {
        self.params.optional(name).ok_or_else(|| errors::missing(name))
    }

    /// The key of the cluster in the call. Documented: identifiers are stored in lower case.
    pub(super) fn key(&self) -> Result<ClusterKey, AwsError> {
        let identifier = self.required("ClusterIdentifier")?.to_ascii_lowercase();
        Ok(ClusterKey { region: self.region.to_owned(), identifier })
    }
}

fn find(account: &mut Account, key: &ClusterKey) -> Result<Xml, AwsError> {
    let cluster = account.clusters.get(key).ok_or_else(|| errors::not_found(&key.identifier))?;
    Ok(Xml::new().element("Cluster", &cluster.xml()))
}

/// The master's password goes to the cluster, which the stack makes; here it is only checked. So is the port:
/// the stack binds a free one and registers it.
fn create(account: &mut Account, request: &Request<'_>) -> Result<Xml, AwsError> {
    let key = request.key()?;
    check_identifier(&key.identifier)?;
    check_password(request.required("MasterUserPassword")?)?;
    request.params.number("Port", 5439, 1150, 65_535)?;
    if account.clusters.contains_key(&key) {
        return Err(errors::already_exists());
    }
    let mut cluster = Cluster {
        identifier: key.identifier.clone(),
        namespace_arn: format!(
            "arn:{}:redshift:{}:{}:namespace:{}",
            account.partition, key.region, account.id, key.identifier
        ),
        // Documented: the default.
        database: request.params.optional("DBName").unwrap_or("dev").to_owned(),
        master_username: request.required("MasterUsername")?.to_owned(),
        node_type: request.required("NodeType")?.to_owned(),
        nodes: nodes(&request.params)?,
        created: account.now(),
        roles: Vec::new(),
        default_role: None,
        logins: Vec::new(),
        endpoint: None,
    };
    let roles = RoleChange {
        add: request.params.list("IamRoles.IamRoleArn."),
        remove: Vec::new(),
        default: request.params.optional("DefaultIamRoleArn"),
    };
    roles.apply(&mut cluster)?;
    account.clusters.insert(key.clone(), cluster);
    find(account, &key)
}

/// Documented: 1 to 63 letters, digits and hyphens; begins with a letter; no hyphen at the end, no two in a row.
fn check_identifier(identifier: &str) -> Result<(), AwsError> {
    let plain =
        identifier.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let begins = identifier.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let hyphens = identifier.ends_with('-') || identifier.contains("--");
    if plain && begins && !hyphens && identifier.len() <= 63 {
        return Ok(());
    }
    Err(errors::invalid_value(format!(
        "The parameter ClusterIdentifier is not a valid identifier: {identifier}"
    )))
}

/// Documented: 8 to 64 printable characters with a capital, a small letter and a digit, without `'"\/@` and space.
fn check_password(password: &str) -> Result<(), AwsError> {
    let has = |is: fn(&u8) -> bool| password.as_bytes().iter().any(is);
    let allowed = password.chars().all(|c| c.is_ascii_graphic() && !"'\"\\/@".contains(c));
    let varied = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    if allowed && varied && (8..=64).contains(&password.len()) {
        return Ok(());
    }
    Err(errors::invalid_value("The parameter MasterUserPassword is not a valid password."))
}

/// Documented: a cluster of several nodes has at least two, and says how many.
fn nodes(params: &Params<'_>) -> Result<u32, AwsError> {
    let number = params.number("NumberOfNodes", 1, 1, 100)?;
    match (params.optional("ClusterType"), params.optional("NumberOfNodes")) {
        (Some("single-node"), _) if number > 1 => {
            Err(errors::combination("Number of nodes for cluster type single-node must be 1"))
        }
        (Some("multi-node") | None, Some(_)) if number < 2 => Err(errors::combination(
            "Number of nodes for cluster type multi-node must be greater than or equal to 2",
        )),
        (Some("multi-node"), None) => Err(errors::missing("NumberOfNodes")),
        (Some(other), _) if !matches!(other, "single-node" | "multi-node") => {
            Err(errors::invalid_value(format!("Invalid cluster type: {other}")))
        }
        _ => Ok(number),
    }
}

fn describe(account: &mut Account, request: &Request<'_>) -> Result<Xml, AwsError> {
    let clusters: Vec<Xml> = match request.params.optional("ClusterIdentifier") {
        Some(_) => {
            let key = request.key()?;
            let cluster = account.clusters.get(&key).ok_or_else(|| errors::not_found(&key.identifier))?;
            vec![cluster.xml()]
        }
        None => {
            let all = account.clusters.iter().filter(|(key, _)| key.region == request.region);
            all.map(|(_, cluster)| cluster.xml()).collect()
        }
    };
    paged(&request.params, clusters)
}

/// Documented: 20 to 100 records, 100 by default.
fn paged(params: &Params<'_>, clusters: Vec<Xml>) -> Result<Xml, AwsError> {
    let length = usize::try_from(params.number("MaxRecords", 100, 20, 100)?).unwrap_or(usize::MAX);
    let marker = params.optional("Marker").unwrap_or("0");
    let start: usize =
        marker.parse().map_err(|_| validation("Marker", Some(marker), "Member is not valid"))?;
    let end = start.saturating_add(length);
    let more = (end < clusters.len()).then_some(end);
    let page = clusters.into_iter().skip(start).take(length);
    Ok(Xml::new().list("Clusters", "Cluster", page).optional("Marker", more))
}

fn modify_roles(account: &mut Account, request: &Request<'_>) -> Result<Xml, AwsError> {
    let key = request.key()?;
    let cluster = account.clusters.get_mut(&key).ok_or_else(|| errors::not_found(&key.identifier))?;
    let change = RoleChange {
        add: request.params.list("AddIamRoles.IamRoleArn."),
        remove: request.params.list("RemoveIamRoles.IamRoleArn."),
        default: request.params.optional("DefaultIamRoleArn"),
    };
    change.apply(cluster)?;
    find(account, &key)
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Xml, AwsError> {
    let key = request.key()?;
    let answer = find(account, &key)?;
    if request.params.boolean("SkipFinalClusterSnapshot")? != Some(true) {
        return Err(errors::combination(
            "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified.",
        ));
    }
    account.clusters.remove(&key);
    account.keys.retain(|_, held| !matches!(&held.bearer, Bearer::Cluster(of) if *of == key));
    Ok(answer)
}
