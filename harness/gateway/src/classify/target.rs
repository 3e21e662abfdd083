//! What a request turned out to ask for.

use std::sync::Arc;

use linchpin_policy::Context;

use super::S3Address;
use crate::KeyFacts;

/// An operation and the rights it takes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// In AWS's spelling: `PutObject`.
    pub(crate) operation: String,
    /// All of them must be allowed; none at all for calls that everybody may make.
    pub(crate) needs: Vec<Need>,
    /// The object that a copy reads.
    pub(crate) source: Option<S3Address>,
}

/// One right: an action on a resource under condition keys.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Context,
    pub(crate) guard: Guard,
}

/// Whose policy stands at the resource.
#[derive(Clone, Debug)]
pub(crate) enum Guard {
    /// The bucket of this name.
    Bucket(String),
    /// The bucket of this name, where the call is about an upload that the caller began.
    OwnUpload(String),
    /// The trust policy of the role with this ARN.
    Trust(String),
    /// The key policy and the grants of this KMS key.
    Key(Arc<KeyFacts>),
    /// Nobody's: an entity of IAM in the caller's account, which the call names without its path.
    Named,
    /// Nobody's: the caller's own account.
    Account,
}
