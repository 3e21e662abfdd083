//! What came of an evaluation, and what decided it.

/// Allow, or one of the two kinds of no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every layer allows, none denies.
    Allow,
    /// Some layer does not allow.
    ImplicitDeny,
    /// A statement denies.
    ExplicitDeny,
}

/// The kind of policy that decided; AWS's error texts depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyType {
    /// Attached to a user, its groups, or a role.
    Identity,
    /// Attached to a bucket, key or other resource.
    Resource,
    /// The trust policy of a role.
    Trust,
    /// A permissions boundary.
    Boundary,
    /// Passed when a session was made.
    Session,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
}

/// The policy and, where one statement decided, that statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedBy {
    /// The kind of policy.
    pub policy_type: PolicyType,
    /// The policy's name; none for an implicit deny of a whole layer.
    pub policy: Option<String>,
    /// The statement's `Sid`, or its position counted from 0 as text.
    pub statement: Option<String>,
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Allow or deny.
    pub outcome: Outcome,
    /// What decided; none only where no policy was looked at (an account's root, which needs no policy).
    pub decided_by: Option<DecidedBy>,
}

impl Decision {
    /// Whether the request may go on.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allow
    }
}
