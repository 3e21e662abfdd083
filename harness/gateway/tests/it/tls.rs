//! The endpoint with TLS, and what policies see of it.

use std::sync::Arc;

use linchpin_gateway::Gateway;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, crypto::ring, version};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::{
    request::{Draft, exchange},
    stand,
};

/// A certificate for `localhost`, and a server that has it.
fn server() -> (CertificateDer<'static>, Arc<ServerConfig>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (cert.der().clone(), Arc::new(config))
}

async fn over_tls(
    address: std::net::SocketAddr,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    bytes: &[u8],
) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn policies_see_whether_a_call_came_over_tls() {
    let mut gateway: Gateway = stand::start().await;
    let (certificate, config) = server();
    let address = gateway.serve_tls(config).await.unwrap();
    for (path, plain, old, modern) in [
        ("/b/public/k", 200, 200, 200),
        ("/b/sealed/k", 403, 200, 200),
        ("/b/old/k", 403, 200, 403),
        ("/b/k", 403, 403, 403),
    ] {
        let bytes = Draft::new("GET", path).bytes();
        assert_eq!(exchange(&gateway, &bytes).await.0, plain, "{path}");
        for (version, expected) in [(&version::TLS12, old), (&version::TLS13, modern)] {
            let answer = over_tls(address, &certificate, version, &bytes).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{path} {version:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn who_speaks_no_tls_gets_no_answer() {
    let mut gateway = stand::start().await;
    let address = gateway.serve_tls(server().1).await.unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&Draft::new("GET", "/b/public/k").bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"), "{answer:?}");
}
