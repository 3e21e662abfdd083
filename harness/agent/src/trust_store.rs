//! What a connection trusts: the authorities in a PEM file, or in the PKCS #12 file that JVM options name.

use crate::error::Cause;
use crate::jvm::{self, JvmOptionError};
use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::{Path, PathBuf};

/// Where the authorities are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustStore {
    /// A PEM file.
    Pem(PathBuf),
    /// The agent's JVM options, which name a PKCS #12 file and its password.
    Jvm(Vec<String>),
}

/// A trust store that cannot be used; no connection is tried then.
#[derive(Debug, thiserror::Error)]
pub enum TrustStoreError {
    /// The JVM options name none.
    #[error(transparent)]
    Options(#[from] JvmOptionError),
    /// The password is another one, or the file is damaged: both show in the same check of its content.
    #[error("`{}`: keystore password was incorrect, or the file is no PKCS #12 store: {source}", .path.display())]
    Closed {
        /// The file.
        path: PathBuf,
        /// What the check says.
        source: p12_keystore::error::Error,
    },
    /// A certificate is none.
    #[error("`{}`: {message}", .path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// There is no certificate in it.
    #[error("`{}` holds no certificate of an authority", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl TrustStore {
    /// Finds mistakes of the options before anything is read.
    pub(crate) fn check(&self) -> Result<(), JvmOptionError> {
        match self {
            Self::Pem(_) => Ok(()),
            Self::Jvm(options) => jvm::trust_store(options).map(drop),
        }
    }

    /// The authorities.
    ///
    /// # Errors
    /// The file cannot be read, or holds none.
    pub(crate) fn load(&self) -> Result<RootCertStore, Cause> {
        match self {
            Self::Pem(path) => Ok(roots(path, from_pem(path, &read(path)?)?)?),
            Self::Jvm(options) => {
                let store = jvm::trust_store(options).map_err(TrustStoreError::from)?;
                let path = Path::new(&store.path);
                Ok(roots(path, from_pkcs12(path, &read(path)?, &store.password)?)?)
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Cause> {
    std::fs::read(path).map_err(|source| Cause::io(path, source))
}

fn unusable(path: &Path, message: impl ToString) -> TrustStoreError {
    TrustStoreError::Certificate { path: path.to_owned(), message: message.to_string() }
}

fn from_pem(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustStoreError> {
    CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| unusable(path, error))
}

/// The certificates that the store marks as trusted, as a JVM takes them.
fn from_pkcs12(
    path: &Path,
    bytes: &[u8],
    password: &str,
) -> Result<Vec<CertificateDer<'static>>, TrustStoreError> {
    let opened = KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Strict);
    let store = opened.map_err(|source| TrustStoreError::Closed { path: path.to_owned(), source })?;
    let certificate = |entry: &KeyStoreEntry| match entry {
        KeyStoreEntry::Certificate(certificate) => Some(CertificateDer::from(certificate.as_der().to_vec())),
        _ => None,
    };
    Ok(store.entries().filter_map(|(_, entry)| certificate(entry)).collect())
}

fn roots(path: &Path, certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, TrustStoreError> {
    if certificates.is_empty() {
        return Err(TrustStoreError::Empty { path: path.to_owned() });
    }
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(|error| unusable(path, error))?;
    }
    Ok(roots)
}
