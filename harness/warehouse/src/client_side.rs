//! Client-side encryption: who may use it, and with which key.

use linchpin_formats::{Entropy, EnvelopeError, MasterKey};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::cluster::Era;

/// Why client-side encryption is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ClientSideError {
    /// AWS has ended it.
    #[error("client-side encryption has ended")]
    Ended,
    #[error(transparent)]
    Key(#[from] EnvelopeError),
}

/// The master key of a statement, if it has one.
pub(crate) fn master_key(key: Option<&SecretString>, era: Era) -> Result<Option<MasterKey>, ClientSideError> {
    match (key, era) {
        (None, _) => Ok(None),
        (Some(_), Era::Current) => Err(ClientSideError::Ended),
        (Some(key), Era::Legacy) => Ok(Some(MasterKey::from_base64(key.expose_secret())?)),
    }
}

/// A key and an initialization vector for one object.
pub(crate) fn entropy() -> Entropy {
    Entropy { key: rand::random(), iv: rand::random() }
}
