//! How staged and unloaded objects are encrypted beyond what their bucket does by itself. Pure: the connection's fields
//! in, what is done with each object out.

use aws_sdk_s3::types::ServerSideEncryption;
use linchpin_formats::{Entropy, EnvelopeError, MasterKey};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::HashMap;
use std::fmt;

/// The connection's fields of encryption, by the vendor's names (documented).
#[derive(Debug, Clone, Default)]
pub struct StagingEncryption {
    /// Which is asked for; none: what the bucket does by itself.
    pub kind: Option<EncryptionKind>,
    /// "Master Symmetric Key": 256 bits in base64.
    pub master_symmetric_key: Option<SecretString>,
    /// "Customer Master Key ID": a KMS key's id or ARN.
    pub customer_master_key: Option<String>,
}

/// Who encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncryptionKind {
    /// S3, with a key of its own or with the customer master key.
    ServerSide,
    /// The agent and the cluster, with the master symmetric key.
    ClientSide,
}

impl fmt::Display for EncryptionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServerSide => "server-side encryption",
            Self::ClientSide => "client-side encryption",
        })
    }
}

/// Fields of encryption that do not go together; found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// The key of one kind with the other, which the vendor does not support (documented).
    #[error("{kind} does not go with the {given}: give the {expected}, or choose the other kind")]
    OtherKey {
        /// What is asked for.
        kind: EncryptionKind,
        /// The field that is given.
        given: &'static str,
        /// The field that goes with it.
        expected: &'static str,
    },
    /// A key without a word on what it is for.
    #[error(
        "the connection holds the {given}, and asks for no encryption: choose {kind}, or take the key out"
    )]
    NeedlessKey {
        /// The field that is given.
        given: &'static str,
        /// What it would go with.
        kind: EncryptionKind,
    },
    /// Nothing to encrypt with.
    #[error("client-side encryption lacks its {MASTER}: give 256 bits in base64")]
    NoKey,
    /// The key is in another form.
    #[error("the {MASTER} is not a 256-bit key in base64: encode 32 bytes, which makes 44 characters")]
    NotAKey,
}

const MASTER: &str = "master symmetric key";
const CUSTOMER: &str = "customer master key";

/// Fields that go together.
#[derive(Debug, Clone)]
pub(crate) enum Encryption {
    /// The bucket's own.
    OfBucket,
    /// S3's own keys.
    S3Managed,
    /// A KMS key.
    Kms(String),
    /// The agent and the cluster encrypt.
    ClientSide(Box<MasterKey>, SecretString),
}

/// An object about to be put: its user metadata and its body.
pub(crate) type Sealed = (Option<HashMap<String, String>>, Vec<u8>);

impl Encryption {
    pub(crate) fn of(fields: &StagingEncryption) -> Result<Self, EncryptionError> {
        use EncryptionKind::{ClientSide, ServerSide};
        let other = |kind, given, expected| Err(EncryptionError::OtherKey { kind, given, expected });
        match (fields.kind, &fields.master_symmetric_key, &fields.customer_master_key) {
            (None, None, None) => Ok(Self::OfBucket),
            (None, Some(_), _) => Err(EncryptionError::NeedlessKey { given: MASTER, kind: ClientSide }),
            (None, None, Some(_)) => Err(EncryptionError::NeedlessKey { given: CUSTOMER, kind: ServerSide }),
            (Some(ServerSide), Some(_), _) => other(ServerSide, MASTER, CUSTOMER),
            (Some(ServerSide), None, None) => Ok(Self::S3Managed),
            (Some(ServerSide), None, Some(key)) => Ok(Self::Kms(key.clone())),
            (Some(ClientSide), _, Some(_)) => other(ClientSide, CUSTOMER, MASTER),
            (Some(ClientSide), None, None) => Err(EncryptionError::NoKey),
            (Some(ClientSide), Some(text), None) => {
                let key = MasterKey::from_base64(text.expose_secret());
                Ok(Self::ClientSide(Box::new(key.map_err(|_| EncryptionError::NotAKey)?), text.clone()))
            }
        }
    }

    /// What a PUT asks of S3: the kind, and the KMS key.
    pub(crate) fn asked(&self) -> (Option<ServerSideEncryption>, Option<String>) {
        match self {
            Self::OfBucket | Self::ClientSide(..) => (None, None),
            Self::S3Managed => (Some(ServerSideEncryption::Aes256), None),
            Self::Kms(key) => (Some(ServerSideEncryption::AwsKms), Some(key.clone())),
        }
    }

    /// The key that the cluster must be told.
    pub(crate) const fn master_key(&self) -> Option<&SecretString> {
        match self {
            Self::ClientSide(_, text) => Some(text),
            _ => None,
        }
    }

    /// Encrypts an object where that is the agent's part.
    pub(crate) fn seal(&self, body: Vec<u8>) -> Sealed {
        let Self::ClientSide(key, _) = self else { return (None, body) };
        let entropy = Entropy { key: rand::random(), iv: rand::random() };
        let (metadata, mut encryptor) = key.seal(&entropy, u64::try_from(body.len()).ok());
        let mut sealed = encryptor.push(&body);
        sealed.extend(encryptor.finish());
        let owned = |(name, value): (&str, String)| (name.to_owned(), value);
        (Some(metadata.into_iter().map(owned).collect()), sealed)
    }

    /// Decrypts an object where that is the agent's part.
    pub(crate) fn open(
        &self,
        metadata: &HashMap<String, String>,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, EnvelopeError> {
        let Self::ClientSide(key, _) = self else { return Ok(body) };
        let mut decryptor = key.open(|name| metadata.get(name).map(String::as_str))?;
        let mut plain = decryptor.push(&body);
        plain.extend(decryptor.finish()?);
        Ok(plain)
    }
}
