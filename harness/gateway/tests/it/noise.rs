//! Properties over many broken requests: none of them gets what its signature does not cover, and none of them stops
//! the gateway.

use std::{
    panic,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    disturb::Noise,
    oracle::{signed_chunks, unsigned_chunks},
    request::{Draft, exchange},
    stand,
};

/// Requests that are in order, one for each way to sign and for each kind of body.
fn seeds() -> Vec<Draft> {
    vec![
        Draft::new("GET", "/b/k").signed(),
        Draft::new("PUT", "/b/a%20b").header("x-amz-meta-a", "1").body("data").signed(),
        Draft::new("GET", "/b/k").presigned(60).signed(),
        Draft::new("GET", "/b/k").session("ASIA").signed(),
        Draft::form("Action=GetCallerIdentity&Version=2011-06-15").signed(),
        Draft::new("POST", "/b?delete")
            .header("content-md5", "AAAA")
            .body("<Delete><Object><Key>k</Key></Object></Delete>")
            .signed(),
        unsigned_chunks("4\r\ndata\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n"),
        signed_chunks(&["data"], Some("x-amz-checksum-crc32:AA==")),
    ]
}

/// The answer to raw bytes, or none where the gateway waits for more of them.
async fn answer(address: std::net::SocketAddr, bytes: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(2), stream.read_to_end(&mut answer)).await;
    read.ok().map(|_| String::from_utf8_lossy(&answer).into_owned())
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[tokio::test]
async fn disturbed_requests_get_what_was_signed_or_nothing() {
    let panics = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&panics);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        counted.fetch_add(1, Ordering::Relaxed);
        before(info);
    }));
    let gateway = stand::start().await;
    let mut noise = Noise::new();
    for draft in seeds() {
        let (status, expected) = exchange(&gateway, &draft.bytes()).await;
        assert_eq!(status, 200, "{} {}: {expected}", draft.method, draft.path);
        for _ in 0..150 {
            let bytes = noise.disturbed(&draft.bytes());
            let Some(seen) = answer(gateway.address(), &bytes).await else { continue };
            // What the changes did not touch may still be answered; then it is what was signed.
            if seen.starts_with("HTTP/1.1 200") {
                let told = body_of(&seen);
                // Those who lost their signature are nobody, and are refused key by key within a 200.
                let kept = told == expected || told.contains("<Code>AccessDenied</Code>");
                assert!(kept, "{}\n\n{told}", String::from_utf8_lossy(&bytes));
            }
        }
    }
    assert_eq!(panics.load(Ordering::Relaxed), 0, "something panicked");
    assert_eq!(exchange(&gateway, &Draft::new("GET", "/b/k").signed().bytes()).await.0, 200);
}
