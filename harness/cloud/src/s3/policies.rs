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

/// The condition keys of S3, each with the actions on buckets and objects that have it (the same page); `*` stands for all
/// of them, and a key's final slash for tags. That keys on access points go with all actions is inferred.
const KEYS: &str = include_str!("condition_keys.txt");

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
    let applying: Vec<&str> = asked
        .into_iter()
        .flatten()
        .filter(|line| statement.excepts_resources() || levels.iter().any(|levels| levels.has(line)))
        .collect();
    let names_actions = statement.actions().next().is_some();
    statement.condition_keys().try_for_each(|key| check_key(key, names_actions.then_some(&*applying)))
}

/// Whether S3 has a key, and one of the actions has it; what `NotAction` leaves always has one that does.
fn check_key(key: &str, applying: Option<&[&str]>) -> S3Result<()> {
    let Some(name) = key.strip_prefix("s3:") else { return Ok(()) };
    let (_, having) = keys()
        .find(|(known, _)| if known.ends_with('/') { name.starts_with(known) } else { *known == name })
        .ok_or_else(|| malformed_policy(errors::POLICY_KEY))?;
    let has_it = |line: &&str| having.split(' ').any(|action| action == "*" || action == name_in(line));
    match applying {
        Some(lines) if !lines.iter().any(has_it) => Err(malformed_policy(errors::POLICY_CONDITION)),
        _ => Ok(()),
    }
}

fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    KEYS.lines().map(|line| line.split_once(' ').unwrap_or((line, "")))
}

fn name_in(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// The lines of the actions that a pattern stands for.
fn actions(pattern: &str) -> impl Iterator<Item = &'static str> {
    let pattern = pattern.to_ascii_lowercase();
    ACTIONS.lines().filter(move |line| {
        let name = name_in(line).to_ascii_lowercase();
        pattern == "*" || is_like(&pattern, &format!("s3:{name}"))
    })
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
