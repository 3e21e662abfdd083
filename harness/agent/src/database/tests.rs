//! A stand-in of the server's side up to the end of the login; what follows is the scenarios' matter.

use super::*;
use crate::authentication::Login;
use crate::encryption::StagingEncryption;
use crate::options::{CopyOptions, UnloadOptions};
use crate::trust_store::TrustStore;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Authentication is not asked for, and the server is ready for a query.
const LOGGED_IN: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

struct Certificate {
    pem: String,
    acceptor: TlsAcceptor,
}

fn certificate(name: &str) -> Certificate {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    Certificate { pem: cert.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) }
}

/// Takes one session up to the end of its login; without an acceptor it answers the request for TLS with no.
async fn serve(listener: TcpListener, acceptor: Option<TlsAcceptor>) -> io::Result<()> {
    let (mut stream, _) = listener.accept().await?;
    stream.read_exact(&mut [0; 8]).await?;
    let Some(acceptor) = acceptor else { return stream.write_all(b"N").await };
    stream.write_all(b"S").await?;
    let mut stream = acceptor.accept(stream).await?;
    stream.read_u32().await?;
    stream.write_all(LOGGED_IN).await
}

fn connection(port: u16, trust_store: Option<&Path>) -> Connection {
    Connection {
        jdbc_url: "jdbc:redshift://localhost:5439/dev?ssl=true".to_owned(),
        dial: Some(([127, 0, 0, 1], port).into()),
        cluster_identifier: None,
        environment: crate::Environment::Elsewhere,
        assume: None,
        user: "loader".to_owned(),
        login: Login::Password("secret".into()),
        trust_store: trust_store.map(|path| TrustStore::Pem(path.to_owned())),
        bucket: "stage".to_owned(),
        prefix: String::new(),
        s3_endpoint: None,
        s3_region: "us-east-1".to_owned(),
        credentials: None,
        encryption: StagingEncryption::default(),
        copy_options: CopyOptions::default(),
        unload_options: UnloadOptions::default(),
        staging_dir: None,
        success_dir: "/nowhere".into(),
        error_dir: "/nowhere".into(),
        clock_ahead: Duration::ZERO,
        time: std::sync::Arc::new(crate::time::MachineTime),
    }
}

/// Nobody's: a password asks for none.
fn keys() -> Credentials {
    Credentials::from_keys("AKIA", "sec/ret", None)
}

/// Opens a session that trusts `authority`; `None` when it opens, else why it does not.
async fn refusal(authority: &str, acceptor: Option<TlsAcceptor>) -> Option<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(serve(listener, acceptor));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority).unwrap();
    let opened = Session::open(&connection(port, Some(file.path())), &keys()).await;
    let error = opened.err().map(|error| error.to_string());
    server.abort();
    error
}

#[tokio::test]
async fn the_servers_certificate_is_checked() {
    let (own, foreign, misnamed) =
        (certificate("localhost"), certificate("localhost"), certificate("other.example"));
    for (authority, acceptor, expected) in [
        (&own.pem, Some(&own.acceptor), None),
        (&foreign.pem, Some(&own.acceptor), Some("invalid peer certificate")),
        (&misnamed.pem, Some(&misnamed.acceptor), Some("certificate not valid for name \"localhost\"")),
        (&own.pem, None, Some("server does not support TLS")),
        (&String::new(), Some(&own.acceptor), Some("holds no certificate of an authority")),
    ] {
        let found = refusal(authority, acceptor.cloned()).await;
        match (found.as_deref(), expected) {
            (None, None) => {}
            (Some(found), Some(expected)) => assert!(found.contains(expected), "{found}: {expected}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_missing_authority_file_is_named() {
    let error =
        Session::open(&connection(1, Some(Path::new("/nowhere/ca.pem"))), &keys()).await.err().unwrap();
    assert_eq!(error.to_string(), "`/nowhere/ca.pem`: No such file or directory (os error 2)");
}
