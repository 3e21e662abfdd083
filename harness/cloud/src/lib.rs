//! The embedded AWS services.

mod s3;

pub use s3::S3;

use linchpin_gateway::BucketFacts;

/// Where the identities look buckets up.
pub trait BucketLookup: Send + Sync + 'static {
    /// The bucket of this name in a partition.
    fn bucket(&self, partition: &str, name: &str) -> Option<BucketFacts>;
}
