//! Why IAM refuses a document: its texts, each once.

use thiserror::Error;

/// A document that IAM would refuse.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{reason}")]
pub struct MalformedPolicy {
    reason: Reason,
    position: Option<Position>,
}

/// A place in a document's text, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column in the line.
    pub column: usize,
}

/// Known: what the resources of IAM begin with.
pub(crate) const IAM_KINDS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

impl MalformedPolicy {
    pub(crate) fn at(reason: Reason, position: Position) -> Self {
        Self { reason, position: Some(position) }
    }

    /// Where the text stops being JSON with distinct keys; none for documents that are well-formed JSON.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The reason on its own; its text is AWS's.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl From<Reason> for MalformedPolicy {
    fn from(reason: Reason) -> Self {
        Self { reason, position: None }
    }
}

/// AWS's reasons. IAM words identity policies in one way, trust policies and bucket policies in another.
///
/// None was measured for this project. "Known" texts are those that users quote from AWS; "inferred" ones
/// follow the pattern of a known one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Reason {
    /// Known: an identity policy that is no policy at all.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// Known: a trust policy that is not JSON.
    #[error("This policy contains invalid Json")]
    InvalidJson,
    /// Known: a bucket policy that is not JSON.
    #[error("Policies must be valid JSON and the first byte must be '{{'")]
    NotAnObject,
    /// Known: IAM wants the brace first.
    #[error("JSON strings must not have leading spaces")]
    LeadingSpace,
    /// Known: the version is none of the two.
    #[error("The policy must contain a valid version string")]
    Version,
    /// Known (S3); inferred for IAM: no statement.
    #[error("Could not parse the policy: Statement is empty!")]
    NoStatement,
    /// Known: an identity statement without `Action` and `NotAction`.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// Known: an identity statement without `Resource` and `NotResource`.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// Known: an identity statement with a `Principal`.
    #[error("Policy document should not specify a principal.")]
    IdentityPrincipal,
    /// Known: an element that must be there.
    #[error("Missing required field {0}")]
    MissingField(&'static str),
    /// Known: an element that must not be there.
    #[error("Has prohibited field {0}")]
    ProhibitedField(&'static str),
    /// Known (S3); inferred for IAM: an element that the language does not have.
    #[error("Unknown field {0}")]
    UnknownField(String),
    /// Inferred: an element of the wrong JSON type.
    #[error("Invalid value in field {0}")]
    InvalidField(String),
    /// Known (S3); inferred for IAM: neither `Allow` nor `Deny`.
    #[error("Invalid effect: {0}")]
    Effect(String),
    /// Known: an action or condition key without `service:`.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    NoVendor,
    /// Known: what stands before the colon is no service.
    #[error("Vendor {0} is not valid")]
    Vendor(String),
    /// Inferred: what stands after the colon cannot be an action.
    #[error("Action {0} is not valid")]
    Action(String),
    /// Known: a trust policy about something other than STS.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    TrustAction,
    /// Known: a resource that is no ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    Resource(String),
    /// Known: an ARN of no one service.
    #[error("Resource vendor must be fully qualified and cannot contain regexes.")]
    ResourceVendor,
    /// Known: an ARN of IAM with a region.
    #[error("IAM resource {0} cannot contain region information.")]
    IamRegion(String),
    /// Known: an ARN of IAM's that is of no kind.
    #[error("IAM resource path must either be \"*\" or start with {kinds}.", kinds = IAM_KINDS.join(", "))]
    IamPath,
    /// Known: an ARN of S3's with a region, of a kind that has none.
    #[error("Resource {0} can not contain region information.")]
    S3Region(String),
    /// Known: an ARN of an unknown partition.
    #[error("Partition \"{partition}\" is not valid for resource \"{resource}\".")]
    Partition {
        /// What stands in the partition's place.
        partition: String,
        /// The whole ARN.
        resource: String,
    },
    /// Known: a principal that cannot exist.
    #[error("Invalid principal in policy: \"{kind}\":\"{name}\"")]
    Principal {
        /// `AWS`, `Service`, `Federated`, `CanonicalUser`.
        kind: String,
        /// As written.
        name: String,
    },
    /// Known (S3); inferred for IAM: an operator that the language does not have.
    #[error("Invalid Condition type : {0}")]
    ConditionOperator(String),
    /// Known: two statements of one name.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    RepeatedSid,
    /// Known: a name with other characters.
    #[error(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    )]
    SidCharacters,
}
