//! The stack's own certificate authority, and the certificates of its clusters.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use linchpin_postgres::{Cache, CacheError};
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{ServerConfig, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use thiserror::Error;

/// The password of the stack's PKCS #12 trust store: a JVM's own default, for it keeps no secret.
pub const TRUST_STORE_PASSWORD: &str = "changeit";

const KIND: &str = "authority";
/// Another name for another form of what is kept.
const ENTRY: &str = "1";
const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "key.pem";

/// A certificate could not be made.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// Its parameters or its key.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The TLS library refuses it.
    #[error("cannot serve TLS with a new certificate: {0}")]
    Serve(#[from] rustls::Error),
    /// The folder that the authority is kept in cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The kept authority cannot be read or written.
    #[error("cannot keep the certificate authority in `{}`: {source}; without the folder a new one is made", .path.display())]
    Kept {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The kept authority is damaged.
    #[error("the certificate authority in `{}` is damaged: {message}; without the folder a new one is made", .folder.display())]
    Damaged {
        /// Where it is kept.
        folder: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The trust store cannot be made.
    #[error("cannot make a PKCS #12 trust store: {0}")]
    TrustStore(#[from] p12_keystore::error::Error),
}

/// The authority that signs the certificates of the clusters and of the endpoint. It is kept between runs, so that clients
/// import it once.
pub(crate) struct Authority {
    pem: String,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// The kept authority; the first run makes it.
    pub(crate) fn kept() -> Result<Self, CertificateError> {
        let cache = Cache::open(KIND)?;
        if let Some(folder) = cache.entry(ENTRY) {
            return Self::read(&folder);
        }
        let writer = cache.writer()?;
        // Another run may have made it while this one waited.
        if let Some(folder) = cache.entry(ENTRY) {
            return Self::read(&folder);
        }
        write(&writer.unfinished(ENTRY))?;
        Self::read(&writer.finish(ENTRY)?)
    }

    fn read(folder: &Path) -> Result<Self, CertificateError> {
        let text = |name| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|source| CertificateError::Kept { path, source })
        };
        let (pem, key) = (text(CERTIFICATE)?, text(KEY)?);
        let damaged = |message: String| CertificateError::Damaged { folder: folder.to_owned(), message };
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
        let certificate = certificate.map_err(|error| damaged(error.to_string()))?;
        let key = KeyPair::from_pem(&key).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { pem, certificate, issuer: Issuer::new(parameters()?, key) })
    }

    /// What clients put in their trust store.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A trust store for JVMs: PKCS #12, under [`TRUST_STORE_PASSWORD`].
    pub(crate) fn trust_store(&self) -> Result<Vec<u8>, CertificateError> {
        let mut store = KeyStore::new();
        let certificate = Certificate::from_der(&self.certificate)?;
        store.add_entry("linchpin", KeyStoreEntry::Certificate(certificate));
        Ok(store.writer(TRUST_STORE_PASSWORD).write()?)
    }

    /// TLS for a server under these host names and addresses.
    pub(crate) fn serve(&self, names: Vec<String>) -> Result<Arc<ServerConfig>, CertificateError> {
        let mut parameters = CertificateParams::new(names)?;
        parameters.distinguished_name.push(DnType::CommonName, "linchpin");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Arc::new(config))
    }
}

fn parameters() -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(Vec::new())?;
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, "linchpin local authority");
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(parameters)
}

/// Makes an authority; its key is for its owner's eyes.
fn write(folder: &Path) -> Result<(), CertificateError> {
    let key = KeyPair::generate()?;
    let certificate = parameters()?.self_signed(&key)?;
    let kept = |path: &Path| {
        let path = path.to_owned();
        move |source| CertificateError::Kept { path, source }
    };
    fs::DirBuilder::new().mode(0o700).create(folder).map_err(kept(folder))?;
    for (name, text) in [(CERTIFICATE, certificate.pem()), (KEY, key.serialize_pem())] {
        let path = folder.join(name);
        let file = fs::File::options().create_new(true).write(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(kept(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use p12_keystore::Pkcs12ImportPolicy;

    #[test]
    fn the_authority_is_kept() {
        let (first, second) = (Authority::kept().unwrap(), Authority::kept().unwrap());
        assert_eq!(first.pem(), second.pem());
        let store = second.trust_store().unwrap();
        let policy = Pkcs12ImportPolicy::Strict;
        let opened = KeyStore::from_pkcs12(&store, TRUST_STORE_PASSWORD, policy).unwrap();
        let Some(KeyStoreEntry::Certificate(found)) = opened.entry("linchpin") else { panic!("{opened:?}") };
        assert_eq!(found.as_der(), first.certificate.as_ref());
        assert!(KeyStore::from_pkcs12(&store, "another", policy).is_err());
    }
}
