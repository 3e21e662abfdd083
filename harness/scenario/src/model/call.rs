//! One call to a service of AWS, as a step of the flow.

/// The services that a step calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalledService {
    /// The Redshift control plane.
    Redshift,
    /// The Security Token Service.
    Sts,
    /// Identity and Access Management.
    Iam,
    /// S3: ListBuckets and GetBucketLocation.
    S3,
}

impl CalledService {
    /// The words of the language.
    pub const WORDS: [(&'static str, Self); 4] =
        [("redshift", Self::Redshift), ("sts", Self::Sts), ("iam", Self::Iam), ("s3", Self::S3)];
}

/// The call, and what becomes of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Of which service.
    pub service: CalledService,
    /// `GetClusterCredentials` and the like.
    pub operation: String,
    /// The user or session who calls, or `root`.
    pub by: String,
    /// The parameters, by the service's names: `DbGroups.DbGroup.1`.
    pub with: Vec<(String, String)>,
    /// What the first element of each name must hold.
    pub gives: Vec<(String, String)>,
    /// The name of the session whose keys the answer holds.
    pub session: Option<String>,
    /// The name of the login whose password the answer holds.
    pub login: Option<String>,
}
