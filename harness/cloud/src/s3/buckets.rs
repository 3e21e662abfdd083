//! Operations on buckets and their policies.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use linchpin_gateway::is_region;
use s3s::{
    S3Error, S3ErrorCode, S3Response, S3Result,
    dto::{
        Bucket as BucketEntry, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput,
        GetBucketLocationOutput, GetBucketPolicyOutput, ListBucketsInput, ListBucketsOutput,
        PutBucketPolicyOutput,
    },
};

use super::{
    errors::{invalid_argument, public_policy_blocked, refuse},
    listing::Token,
    owners::owner,
    policies::checked,
    public_access,
    service::Origin,
    store::{Bucket, BucketKey, Store},
    versions::Objects,
};

/// Documented: us-east-1 has no constraint, `EU` is an old name of eu-west-1.
fn region_of(constraint: &str, origin: &Origin) -> S3Result<String> {
    let region = match constraint {
        "" => "us-east-1",
        "us-east-1" => return Err(refuse(S3ErrorCode::InvalidLocationConstraint)),
        "EU" => "eu-west-1",
        region => region,
    };
    if !is_region(region) {
        return Err(refuse(S3ErrorCode::InvalidLocationConstraint));
    }
    // Documented: each region's endpoint makes buckets of its own region; us-east-1's makes any.
    if region != origin.region && origin.region != "us-east-1" {
        return Err(illegal_location(constraint));
    }
    Ok(region.to_owned())
}

/// Documented ("General purpose bucket naming rules"): what names of buckets do not begin or end with. `s3s` knows the
/// other rules.
const RESERVED: [&str; 2] = ["sthree-", "amzn-s3-demo-"];
const RESERVED_ENDS: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|prefix| name.starts_with(prefix))
        || RESERVED_ENDS.iter().any(|end| name.ends_with(end))
}

fn is_of_us_east_1(bucket: &Bucket, asked: &str) -> bool {
    bucket.region == "us-east-1" && asked == "us-east-1"
}

fn illegal_location(constraint: &str) -> S3Error {
    let name = if constraint.is_empty() { "unspecified" } else { constraint };
    S3Error::with_message(
        S3ErrorCode::IllegalLocationConstraintException,
        format!(
            "The {name} location constraint is incompatible for the region specific endpoint this request was sent to."
        ),
    )
}

pub(super) fn create(
    store: &Store,
    key: BucketKey,
    origin: &Origin,
    input: &CreateBucketInput,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let configuration = input.create_bucket_configuration.as_ref();
    let constraint = configuration.and_then(|configuration| configuration.location_constraint.as_ref());
    let constraint = constraint.map(BucketLocationConstraint::as_str).unwrap_or_default().to_owned();
    if is_reserved(&key.name) {
        return Err(refuse(S3ErrorCode::InvalidBucketName));
    }
    let region = region_of(&constraint, origin)?;
    let location = format!("/{}", key.name);
    let mut buckets = store.write();
    match buckets.get(&key) {
        // Documented: in us-east-1 alone, one's own bucket may be made again, and stays as it is.
        Some(bucket) if bucket.account == origin.account && is_of_us_east_1(bucket, &region) => {
            Ok(S3Response::new(CreateBucketOutput { location: Some(location) }))
        }
        Some(bucket) if bucket.account == origin.account => Err(refuse(S3ErrorCode::BucketAlreadyOwnedByYou)),
        Some(_) => Err(refuse(S3ErrorCode::BucketAlreadyExists)),
        None => {
            buckets.insert(
                key,
                Bucket {
                    account: origin.account.clone(),
                    region,
                    constraint,
                    created: SystemTime::now(),
                    policy: None,
                    encryption: None,
                    public_access: Some(public_access::of_new_bucket()),
                    objects: Objects::default(),
                    uploads: BTreeMap::new(),
                },
            );
            Ok(S3Response::new(CreateBucketOutput { location: Some(location) }))
        }
    }
}

pub(super) fn delete(store: &Store, key: &BucketKey) -> S3Result<()> {
    let mut buckets = store.write();
    match buckets.get(key) {
        None => Err(refuse(S3ErrorCode::NoSuchBucket)),
        Some(bucket) if !bucket.objects.is_empty() => Err(refuse(S3ErrorCode::BucketNotEmpty)),
        Some(_) => {
            buckets.remove(key);
            Ok(())
        }
    }
}

/// The account's buckets by name, in pages where the call asks for them.
pub(super) fn list(store: &Store, origin: &Origin, input: &ListBucketsInput) -> S3Result<ListBucketsOutput> {
    let size = list_size(input.max_buckets)?;
    let after = input.continuation_token.as_deref().and_then(Token::read);
    let buckets = store.read();
    let wanted = |key: &BucketKey, bucket: &Bucket| {
        bucket.account == origin.account
            && key.partition == origin.partition
            && input.prefix.as_deref().is_none_or(|prefix| key.name.starts_with(prefix))
            && input.bucket_region.as_deref().is_none_or(|region| region == bucket.region)
            && after.as_ref().is_none_or(|after| key.name > *after)
    };
    let own = buckets.iter().filter(|(key, bucket)| wanted(key, bucket));
    let mut own: Vec<BucketEntry> = own.map(|(key, bucket)| entry(key, bucket)).collect();
    let more = own.len() > size;
    own.truncate(size);
    let last = own.last().and_then(|bucket| bucket.name.as_ref()).filter(|_| more);
    Ok(ListBucketsOutput {
        continuation_token: last.map(|name| Token::of(name)),
        prefix: input.prefix.clone(),
        owner: Some(owner(&origin.account)),
        buckets: Some(own),
    })
}

fn entry(key: &BucketKey, bucket: &Bucket) -> BucketEntry {
    BucketEntry {
        name: Some(key.name.clone()),
        creation_date: Some(bucket.created.into()),
        bucket_region: Some(bucket.region.clone()),
    }
}

/// Documented are the bounds, the words are inferred. Who asks for no pages gets all.
fn list_size(most: Option<i32>) -> S3Result<usize> {
    match most.map(usize::try_from) {
        None => Ok(usize::MAX),
        Some(Ok(size)) if (1..=10_000).contains(&size) => Ok(size),
        Some(_) => Err(invalid_argument("Argument max-buckets must be an integer between 1 and 10000")),
    }
}

/// What the bucket was made with (documented), so `EU` stays `EU`; none in us-east-1.
pub(super) fn location(store: &Store, key: &BucketKey) -> S3Result<GetBucketLocationOutput> {
    let constraint = store.with(key, |bucket| Ok(bucket.constraint.clone()))?;
    let told = !constraint.is_empty() && constraint != "us-east-1";
    let constraint = told.then(|| BucketLocationConstraint::from(constraint));
    Ok(GetBucketLocationOutput { location_constraint: constraint })
}

pub(super) fn policy(store: &Store, key: &BucketKey) -> S3Result<GetBucketPolicyOutput> {
    store.with(key, |bucket| {
        let policy = bucket.policy.as_ref().ok_or_else(|| refuse(S3ErrorCode::NoSuchBucketPolicy))?;
        Ok(GetBucketPolicyOutput { policy: Some(policy.source().to_owned()) })
    })
}

pub(super) fn put_policy(
    store: &Store,
    key: &BucketKey,
    origin: &Origin,
    text: &str,
) -> S3Result<PutBucketPolicyOutput> {
    let document = checked(text, key)?;
    store.with_mut(key, |bucket| {
        if bucket.blocks(&document) {
            let resource = format!("arn:{}:s3:::{}", key.partition, key.name);
            let message = public_policy_blocked(&origin.caller, &resource);
            return Err(S3Error::with_message(S3ErrorCode::AccessDenied, message));
        }
        bucket.policy = Some(Arc::new(document));
        Ok(PutBucketPolicyOutput::default())
    })
}

pub(super) fn delete_policy(store: &Store, key: &BucketKey) -> S3Result<()> {
    store.with_mut(key, |bucket| {
        bucket.policy = None;
        Ok(())
    })
}
