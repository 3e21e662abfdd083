//! The seam to whoever knows the identities: the embedded IAM, or an upstream that is read back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::SystemTime,
};

use async_trait::async_trait;
use linchpin_policy::{Document, Principal};
use secrecy::SecretString;
use thiserror::Error;

/// An access key and the identity it stands for.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The secret that signatures are made with.
    pub secret: SecretString,
    /// Whether the key may be used.
    pub status: KeyStatus,
    /// Who signs with it.
    pub principal: Principal,
    /// The account its calls act in: the principal's own, or for a service the account it works for.
    pub account: String,
    /// The unique id behind the name, which policies see as `aws:userid`; a service has none.
    pub user_id: Option<String>,
    /// The tags of whoever signs, which policies see as `aws:PrincipalTag/KEY`: those of the user or role, and those of
    /// the session.
    pub tags: BTreeMap<String, String>,
    /// Whose policies apply, where they are another principal's: a federated user has those of the user who made it.
    pub behind: Option<Principal>,
    /// For temporary keys: token and expiry.
    pub session: Option<Session>,
}

/// The state of a long-lived access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// Usable.
    Active,
    /// Kept, but refused.
    Inactive,
}

/// What a temporary key carries besides its secret.
#[derive(Clone, Debug)]
pub struct Session {
    /// `X-Amz-Security-Token` must equal it.
    pub token: SecretString,
    /// By the clock of the principal's account, as the end is.
    pub issued: SystemTime,
    /// By the clock of the principal's account.
    pub expires: SystemTime,
    /// The session policies, where the session was made with some.
    pub policies: Option<Vec<OwnedDocument>>,
    /// The session tags.
    pub tags: BTreeMap<String, String>,
    /// The keys of the session tags that stay with all sessions that it begins.
    pub transitive: BTreeSet<String>,
    /// Whom the session is for, which stays with all sessions that it begins: `aws:SourceIdentity`.
    pub source_identity: Option<String>,
}

/// A document with its name.
#[derive(Clone, Debug)]
pub struct OwnedDocument {
    /// The name that decisions tell it by.
    pub name: String,
    /// The parsed policy.
    pub document: Arc<Document>,
}

/// The policies on the caller's side.
#[derive(Clone, Debug, Default)]
pub struct PrincipalPolicies {
    /// Inline and managed policies of the principal and of its groups.
    pub identity: Vec<OwnedDocument>,
    /// The permissions boundary, where one is set.
    pub boundary: Option<OwnedDocument>,
}

/// What the road must know of a bucket before it lets a call through.
#[derive(Clone, Debug)]
pub struct BucketFacts {
    /// The account that owns it.
    pub account: String,
    /// Its region.
    pub region: String,
    /// Its policy, where it has one.
    pub policy: Option<Arc<Document>>,
    /// The KMS key that it encrypts new objects with by default; none where S3's own keys do.
    pub encryption: Option<BucketEncryption>,
    /// Whether its policy is public, and public access is restricted to its own account.
    pub is_restricted: bool,
}

/// A bucket's default encryption with a KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketEncryption {
    /// As the caller of `PutBucketEncryption` named it; none for S3's managed key of the account.
    pub key: Option<String>,
    /// Whether S3 Bucket Keys are on: then the encryption context names the bucket, not the object.
    pub bucket_key: bool,
}

/// A KMS key as it stands with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectKey {
    /// The key's ARN.
    pub arn: String,
    /// Whether the object's data key came from a bucket key.
    pub bucket_key: bool,
    /// The encryption context that it was written with, as its header told it; none for S3's own alone.
    pub context: Option<String>,
}

/// What the road must know of an object before it lets a call through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectFacts {
    /// The key that it is encrypted with, where it is a KMS key.
    pub key: Option<ObjectKey>,
    /// Its tags, which policies see as `s3:ExistingObjectTag/KEY`.
    pub tags: BTreeMap<String, String>,
}

/// What the road must know of a multipart upload before it lets a call through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadFacts {
    /// The ARN of who began it.
    pub initiator: String,
    /// The encryption that it was begun with, where the request named one.
    pub encryption: Option<String>,
    /// The key that its object is to be encrypted with, where it is a KMS key.
    pub key: Option<ObjectKey>,
}

/// Which object is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: &'a str,
    /// The bucket's name.
    pub bucket: &'a str,
    /// The key.
    pub key: &'a str,
    /// The version's id; none for the current one.
    pub version: Option<&'a str>,
}

/// What the road must know of a KMS key before it lets a call through.
#[derive(Clone, Debug)]
pub struct KeyFacts {
    /// Its ARN.
    pub arn: String,
    /// The account that owns it.
    pub account: String,
    /// The key policy.
    pub policy: Arc<Document>,
    /// Each grant, as the key policy statement that it amounts to; its name is `grant` and its id.
    pub grants: Vec<OwnedDocument>,
    /// The aliases that point at it: `alias/NAME`.
    pub aliases: Vec<String>,
    /// Its tags, which policies see as `aws:ResourceTag/KEY`.
    pub tags: BTreeMap<String, String>,
    /// Whether it can be used.
    pub state: KeyState,
}

/// The state of a KMS key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Usable.
    Enabled,
    /// Switched off.
    Disabled,
    /// To be deleted.
    PendingDeletion,
}

/// Which grant is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantName {
    /// The ARN of its key.
    pub key: String,
    /// Its id.
    pub id: String,
}

/// What the road must know of a role before it lets it be assumed.
#[derive(Clone, Debug)]
pub struct RoleFacts {
    /// The account that owns it.
    pub account: String,
    /// Its trust policy.
    pub trust: Arc<Document>,
}

/// What the road must know of a user, group, role, managed policy or instance profile that a call is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityFacts {
    /// Its ARN, with its path.
    pub arn: String,
    /// Its tags, which policies see as `aws:ResourceTag/KEY` and `iam:ResourceTag/KEY`.
    pub tags: BTreeMap<String, String>,
}

/// What the road must know of an OpenID Connect provider before it believes a token.
#[derive(Clone, Debug)]
pub struct IssuerFacts {
    /// `arn:P:iam::A:oidc-provider/ISSUER`.
    pub provider_arn: String,
    /// The audiences that the provider is registered with.
    pub client_ids: Vec<String>,
    /// The issuer's JSON Web Key Set (RFC 7517); none where nobody told the stack of the issuer.
    pub keys: Option<serde_json::Value>,
}

/// Why something could not be looked up. What is not there is no error: it is `None`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LookupError {
    /// The service that identities are read back from gives no answer.
    #[error("the service behind the gateway gives no usable answer: {0}")]
    Upstream(String),
    /// The key was made behind the gateway, and its secret is never shown again.
    #[error(
        "the access key `{0}` was made behind linchpin's gateway, which cannot know its secret; make it through the gateway"
    )]
    SecretUnknown(String),
}

/// What a look-up brings.
pub type Lookup<T> = Result<T, LookupError>;

/// Looks identities and the policies of resources up.
#[async_trait]
pub trait Identities: Send + Sync + 'static {
    /// The key with this id; none when nobody holds it.
    async fn access_key(&self, id: &str) -> Lookup<Option<AccessKey>>;

    /// The policies attached to a principal; none are found for a root, a service or the anonymous.
    async fn principal_policies(&self, principal: &Principal) -> Lookup<PrincipalPolicies>;

    /// The bucket of this name in a partition; bucket names are global within it.
    async fn bucket(&self, partition: &str, name: &str) -> Lookup<Option<BucketFacts>>;

    /// The role with this ARN.
    async fn role(&self, arn: &str) -> Lookup<Option<RoleFacts>>;

    /// The entity of IAM that an ARN names, whatever its path.
    async fn entity(&self, arn: &str) -> Lookup<Option<EntityFacts>>;

    /// Whether the account, user or role that a policy names exists. Sessions may be yet to come.
    async fn is_known(&self, name: &str) -> Lookup<bool>;

    /// Whether a service of AWS has this name as a principal: `redshift.amazonaws.com`.
    fn is_service(&self, name: &str) -> bool;

    /// The OpenID Connect provider that an account has for an issuer, which is named without `https://`.
    async fn issuer(&self, account: &str, issuer: &str) -> Lookup<Option<IssuerFacts>>;

    /// The KMS key that a caller of this account and region means: by id, ARN, alias, or alias ARN.
    async fn kms_key(&self, region: &str, account: &str, name: &str) -> Lookup<Option<KeyFacts>>;

    /// The ARN of the key that a ciphertext was made with; none for what is no ciphertext of KMS.
    async fn key_of_ciphertext(&self, ciphertext: &[u8]) -> Lookup<Option<String>>;

    /// The grant that a grant token is of; none for what is no token.
    async fn grant_of_token(&self, token: &str) -> Lookup<Option<GrantName>>;

    /// An object that is there; none for a key without one, and for a delete marker.
    async fn object(&self, name: &ObjectName<'_>) -> Lookup<Option<ObjectFacts>>;

    /// A multipart upload that is neither complete nor aborted.
    async fn upload(&self, partition: &str, bucket: &str, upload: &str) -> Lookup<Option<UploadFacts>>;

    /// What an account's clock shows: the machine's time plus the offset its trial set.
    fn now(&self, account: &str) -> SystemTime;
}
