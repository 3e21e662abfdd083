//! Blocking public access (documented: "Blocking public access to your Amazon S3 storage").

use linchpin_policy::{Document, Effect, Statement};
use s3s::{
    S3Result,
    dto::{GetPublicAccessBlockOutput, PublicAccessBlockConfiguration},
};

use super::{
    errors,
    store::{Bucket, BucketKey, Store},
};

/// What makes a statement for everybody one for some (documented: "The meaning of public"; that it is so of the other
/// keys of the caller itself is inferred).
const HOLDING: [&str; 14] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Documented: since April 2023 every new bucket blocks all public access.
pub(super) fn of_new_bucket() -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration {
        block_public_acls: Some(true),
        block_public_policy: Some(true),
        ignore_public_acls: Some(true),
        restrict_public_buckets: Some(true),
    }
}

/// Whether a bucket's policy lets everybody do something.
pub(crate) fn is_public(policy: &Document) -> bool {
    let is_public = |statement: &Statement| {
        statement.effect() == Effect::Allow && statement.names_everybody() && !statement.is_held_to(&HOLDING)
    };
    policy.statements().iter().any(is_public)
}

impl Bucket {
    /// Whether its policy is public and lets nobody of another account in for all that.
    pub(super) fn is_restricted(&self) -> bool {
        let restricts = self.public_access.as_ref().and_then(|block| block.restrict_public_buckets);
        restricts == Some(true) && self.policy.as_deref().is_some_and(is_public)
    }

    /// Whether it takes no public policy.
    pub(super) fn blocks(&self, policy: &Document) -> bool {
        let blocks = self.public_access.as_ref().and_then(|block| block.block_public_policy);
        blocks == Some(true) && is_public(policy)
    }
}

pub(super) fn get(store: &Store, key: &BucketKey) -> S3Result<GetPublicAccessBlockOutput> {
    let block = store.with(key, |bucket| Ok(bucket.public_access.clone()))?;
    let block = block.ok_or_else(errors::no_public_access_block)?;
    Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(block) })
}

/// Documented: what is not named is off.
pub(super) fn put(store: &Store, key: &BucketKey, block: PublicAccessBlockConfiguration) -> S3Result<()> {
    let told = |setting: Option<bool>| Some(setting.unwrap_or(false));
    let block = PublicAccessBlockConfiguration {
        block_public_acls: told(block.block_public_acls),
        block_public_policy: told(block.block_public_policy),
        ignore_public_acls: told(block.ignore_public_acls),
        restrict_public_buckets: told(block.restrict_public_buckets),
    };
    store.with_mut(key, |bucket| {
        bucket.public_access = Some(block);
        Ok(())
    })
}

pub(super) fn delete(store: &Store, key: &BucketKey) -> S3Result<()> {
    store.with_mut(key, |bucket| {
        bucket.public_access = None;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use linchpin_policy::{Document, DocumentKind};

    use super::is_public;

    #[test]
    fn what_is_public_is_as_in_a_table() {
        for (statement, public) in [
            (r#""Effect":"Allow","Principal":"*""#, true),
            (r#""Effect":"Allow","Principal":{"AWS":"*"}"#, true),
            (r#""Effect":"Deny","Principal":"*""#, false),
            (r#""Effect":"Allow","Principal":{"AWS":"111122223333"}"#, false),
            (r#""Effect":"Allow","Principal":{"Service":"redshift.amazonaws.com"}"#, false),
            (r#""Effect":"Allow","NotPrincipal":{"AWS":"111122223333"}"#, true),
            (
                r#""Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}"#,
                false,
            ),
            (
                r#""Effect":"Allow","Principal":"*","Condition":{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#,
                true,
            ),
            (
                r#""Effect":"Allow","Principal":"*","Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}"#,
                true,
            ),
            (
                r#""Effect":"Allow","Principal":"*","Condition":{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}}"#,
                true,
            ),
            (
                r#""Effect":"Allow","Principal":"*","Condition":{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o"}}"#,
                true,
            ),
            (
                r#""Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:userid":"${aws:userid}"}}"#,
                true,
            ),
            (
                r#""Effect":"Allow","Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#,
                false,
            ),
            (
                r#""Effect":"Allow","Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#,
                true,
            ),
            (r#""Effect":"Allow","Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#, true),
        ] {
            let source = format!(
                r#"{{"Version":"2012-10-17","Statement":{{{statement},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}}}"#
            );
            let policy = Document::parse(&source, DocumentKind::Resource).unwrap();
            assert_eq!(is_public(&policy), public, "{statement}");
        }
    }
}
