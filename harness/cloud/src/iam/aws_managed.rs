//! The managed policies of AWS's own that are there: those that connectors' roles and their administrators get. Each line
//! of the table is a policy as AWS tells it (documented: AWS Managed Policy Reference), in its default version alone.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use linchpin_policy::{Document, DocumentKind};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::entities::{Identity, ManagedPolicy, PolicyVersion};
use crate::ids;

/// Where the account stands in the ARN of a policy of AWS's own.
const OWNER: &str = ":iam::aws:policy/";

/// Each partition's policies by their ARNs.
static POLICIES: LazyLock<BTreeMap<&str, BTreeMap<String, ManagedPolicy>>> =
    LazyLock::new(|| ["aws", "aws-cn", "aws-us-gov"].map(|partition| (partition, read(partition))).into());

/// Whether an ARN is one of a policy of AWS's own, there or not.
pub(crate) fn is_of_aws(arn: &str) -> bool {
    arn.contains(OWNER)
}

/// The policies by their ARNs in a partition.
pub(super) fn policies(partition: &str) -> BTreeMap<String, ManagedPolicy> {
    POLICIES.get(partition).cloned().unwrap_or_default()
}

fn read(partition: &str) -> BTreeMap<String, ManagedPolicy> {
    let lines = include_str!("aws_managed.jsonl").lines();
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let policies = lines.filter_map(|line| policy(partition, &line));
    policies.map(|policy| (policy.identity.arn.clone(), policy)).collect()
}

/// Inferred: in other partitions the same documents stand, with that partition's ARNs.
fn policy(partition: &str, line: &Value) -> Option<ManagedPolicy> {
    let name = line["name"].as_str()?;
    let source = line["document"].to_string().replace("arn:aws:", &format!("arn:{partition}:"));
    let document = Arc::new(Document::parse(&source, DocumentKind::Identity).ok()?);
    let (created, updated) = (date(&line["created"])?, date(&line["updated"])?);
    let version = u32::try_from(line["version"].as_u64()?).ok()?;
    Some(ManagedPolicy {
        identity: Identity {
            name: name.to_owned(),
            path: "/".to_owned(),
            // Ours: AWS's own ids are not in the reference.
            id: ids::unique("ANPA"),
            arn: format!("arn:{partition}{OWNER}{name}"),
            created,
            tags: BTreeMap::new(),
        },
        description: None,
        updated,
        versions: BTreeMap::from([(version, PolicyVersion { document, created: updated })]),
        default_version: version,
        last_version: version,
    })
}

fn date(text: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.as_str()?, &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::policies;

    #[test]
    fn every_line_is_a_policy_in_every_partition() {
        let lines = include_str!("aws_managed.jsonl").lines().count();
        for partition in ["aws", "aws-cn", "aws-us-gov"] {
            let policies = policies(partition);
            assert_eq!(policies.len(), lines, "{partition}");
            assert!(policies.contains_key(&format!("arn:{partition}:iam::aws:policy/AmazonS3FullAccess")));
        }
    }
}
