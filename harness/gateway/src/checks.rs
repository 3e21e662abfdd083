//! The checks of the road, one name each, so that a test can show what each of them is for.

/// One check that a request must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// The signature, and the body's hash within it, is the one that the key's secret makes.
    Signature,
    /// The request was signed within 15 minutes of now.
    ClockSkew,
    /// The key is active.
    KeyStatus,
    /// A temporary key comes with its session token.
    SessionToken,
    /// The session of a temporary key is not over.
    SessionExpiry,
    /// The bucket is in the region that the request was signed for.
    BucketRegion,
    /// The caller's own policies allow.
    IdentityPolicy,
    /// The policies that narrow a session allow.
    SessionPolicy,
    /// The bucket's policy does not deny, and allows where it must.
    BucketPolicy,
    /// The key policy of a KMS key, or a grant, allows the caller to use it.
    KeyPolicy,
    /// The role's trust policy allows the caller to assume it.
    TrustPolicy,
    /// A missing key is told only to those who may list the bucket.
    MissingKeyIsSecret,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 12] = [
        Self::Signature,
        Self::ClockSkew,
        Self::KeyStatus,
        Self::SessionToken,
        Self::SessionExpiry,
        Self::BucketRegion,
        Self::IdentityPolicy,
        Self::SessionPolicy,
        Self::BucketPolicy,
        Self::KeyPolicy,
        Self::TrustPolicy,
        Self::MissingKeyIsSecret,
    ];
}

/// The checks in force: all of them, but in a test that asks what one is for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checks {
    omitted: Option<Check>,
}

impl Checks {
    /// All but one.
    #[cfg(feature = "omit-check")]
    pub(crate) fn without(check: Check) -> Self {
        Self { omitted: Some(check) }
    }

    pub(crate) fn enforce(self, check: Check) -> bool {
        self.omitted != Some(check)
    }
}
