//! The embedded AWS services: many accounts, in several partitions, behind the gateway's road.
//!
//! Nothing here authorizes: by the time a call arrives, the road has.

mod account;
mod cloud;
mod iam;
mod identities;
mod ids;
mod imds;
mod kms;
mod query;
mod redshift;
mod s3;
mod sts;
mod upstream;

pub use cloud::{AccountCredential, Cloud, CloudError, ClusterCredential};
pub use iam::Iam;
pub use imds::Instance;
pub use kms::Kms;
pub use redshift::Redshift;
pub use s3::S3;
pub use sts::Sts;
pub use upstream::{Endpoint, EndpointError, Upstream};

use linchpin_gateway::{BucketFacts, ObjectFacts, ObjectName, UploadFacts};

/// Where the identities look buckets up.
pub trait BucketLookup: Send + Sync + 'static {
    /// The bucket of this name in a partition.
    fn bucket(&self, partition: &str, name: &str) -> Option<BucketFacts>;

    /// An object that is there; none for a key without one, and for a delete marker.
    fn object(&self, name: &ObjectName<'_>) -> Option<ObjectFacts>;

    /// Writes another name for a principal into every bucket's policy; nothing, where there are no policies.
    fn rename_principal(&self, _from: &str, _to: &str) {}

    /// A multipart upload that is neither complete nor aborted.
    fn upload(&self, partition: &str, bucket: &str, upload: &str) -> Option<UploadFacts>;
}
