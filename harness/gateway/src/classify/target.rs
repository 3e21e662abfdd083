//! What a request turned out to ask for.

use linchpin_policy::Context;

/// An operation and the rights it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// In AWS's spelling: `PutObject`.
    pub(crate) operation: String,
    /// All of them must be allowed; none at all for calls that everybody may make.
    pub(crate) needs: Vec<Need>,
}

/// One right: an action on a resource under condition keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Context,
    pub(crate) guard: Guard,
}

/// Whose policy stands at the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// The bucket of this name.
    Bucket(String),
    /// The trust policy of the role with this ARN.
    Trust(String),
    /// Nobody's: the caller's own account.
    Account,
}
