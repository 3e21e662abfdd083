//! Bucket policies, held to what S3 takes.

use linchpin_policy::{Document, DocumentKind, Statement, is_like};
use s3s::S3Result;

use super::{
    errors::{self, malformed_policy},
    store::BucketKey,
};

/// Every action of S3, and whether buckets or objects are its resources (documented: the Service Authorization
/// Reference, "Actions, resources, and condition keys for Amazon S3").
const ACTIONS: &str = include_str!("actions.txt");

/// The condition keys of S3 (the same page); a final slash stands for tags.
const KEYS: [&str; 52] = [
    "accessgrantscope",
    "accessgrantsinstancearn",
    "accessgrantslocationscope",
    "accesspointnetworkorigin",
    "accesspointtag/",
    "authtype",
    "buckettag/",
    "dataaccesspointaccount",
    "dataaccesspointarn",
    "delimiter",
    "destinationregion",
    "existingjoboperation",
    "existingjobpriority",
    "existingobjecttag/",
    "if-match",
    "if-none-match",
    "inventoryaccessibleoptionalfields",
    "isreplicationpauserequest",
    "jobsuspendedcause",
    "locationconstraint",
    "max-keys",
    "object-lock-legal-hold",
    "object-lock-mode",
    "object-lock-remaining-retention-days",
    "object-lock-retain-until-date",
    "objectcreationoperation",
    "prefix",
    "requestjoboperation",
    "requestjobpriority",
    "requestobjecttag/",
    "requestobjecttagkeys",
    "resourceaccount",
    "signatureage",
    "signatureversion",
    "tlsversion",
    "versionid",
    "x-amz-acl",
    "x-amz-bucket-namespace",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];

/// Documented: the most bytes of a bucket policy.
const LARGEST: usize = 20 * 1024;

/// Reads a policy for a bucket.
pub(super) fn checked(text: &str, key: &BucketKey) -> S3Result<Document> {
    if text.len() > LARGEST {
        return Err(malformed_policy(errors::POLICY_SIZE));
    }
    let document = Document::parse(text, DocumentKind::Resource);
    let document = document.map_err(|wrong| malformed_policy(wrong.to_string()))?;
    document.statements().iter().try_for_each(|statement| check(statement, key))?;
    Ok(document)
}

fn check(statement: &Statement, key: &BucketKey) -> S3Result<()> {
    let mut asked = Vec::new();
    for action in statement.actions() {
        let known: Vec<&str> = actions(action).collect();
        if known.is_empty() {
            return Err(malformed_policy(errors::POLICY_ACTION));
        }
        asked.push(known);
    }
    let levels: Option<Vec<Levels>> =
        statement.resources().map(|resource| Levels::of(resource, key)).collect();
    let levels = levels.ok_or_else(|| malformed_policy(errors::POLICY_RESOURCE))?;
    let applies = |lines: &Vec<&str>| lines.iter().any(|line| levels.iter().any(|levels| levels.has(line)));
    if !statement.excepts_resources() && !asked.iter().all(applies) {
        return Err(malformed_policy(errors::POLICY_LEVEL));
    }
    match statement.condition_keys().all(is_known) {
        true => Ok(()),
        false => Err(malformed_policy(errors::POLICY_KEY)),
    }
}

/// The lines of the actions that a pattern stands for.
fn actions(pattern: &str) -> impl Iterator<Item = &'static str> {
    let pattern = pattern.to_ascii_lowercase();
    ACTIONS.lines().filter(move |line| {
        let name = line.split(' ').next().unwrap_or_default().to_ascii_lowercase();
        pattern == "*" || is_like(&pattern, &format!("s3:{name}"))
    })
}

fn is_known(key: &str) -> bool {
    let Some(name) = key.strip_prefix("s3:") else { return true };
    KEYS.iter().any(|known| if known.ends_with('/') { name.starts_with(known) } else { *known == name })
}

/// What of a bucket a resource stands for.
struct Levels {
    bucket: bool,
    objects: bool,
}

impl Levels {
    /// None where the resource is another bucket's.
    fn of(resource: &str, key: &BucketKey) -> Option<Self> {
        let arn = format!("arn:{}:s3:::{}", key.partition, key.name);
        let (bucket, objects) = match resource.split_once('/') {
            Some((bucket, _)) => (bucket, true),
            None => (resource, resource.ends_with('*')),
        };
        let levels = Self { bucket: !resource.contains('/'), objects };
        is_like(bucket, &arn).then_some(levels)
    }

    fn has(&self, line: &str) -> bool {
        let of = |level: &str| line.split(' ').skip(1).any(|known| known == level);
        (self.bucket && of("bucket")) || (self.objects && of("object"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_kilobytes_are_the_most() {
        let key = BucketKey { partition: "aws".to_owned(), name: "b".to_owned() };
        let of = |size: usize| {
            let policy = |rest: &str| {
                format!(
                    r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/{rest}"}}}}"#
                )
            };
            checked(&policy(&"k".repeat(size - policy("").len())), &key)
        };
        assert!(of(LARGEST).is_ok());
        assert!(of(LARGEST + 1).unwrap_err().to_string().contains("20 KB"));
    }
}
