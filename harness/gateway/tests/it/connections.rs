//! What becomes of a connection whose request was refused before its body was read.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{request::Draft, stand};

/// Not signed, and so refused by its head alone.
fn refused(length: &str, body: &str) -> Draft {
    Draft::new("PUT", "/b/k").header("content-length", length).body(body)
}

/// The heads and bodies of two answers on one connection; the second stays empty where the first closes it.
async fn two_answers(first: &[u8]) -> [String; 2] {
    let gateway = stand::start().await;
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(first).await.unwrap();
    let mut answers = [String::new(), String::new()];
    answers[0] = answer(&mut stream).await;
    // A connection that is closed takes no more.
    let _ = stream.write_all(&Draft::new("GET", "/b/k").signed().head("close")).await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    answers[1] = String::from_utf8_lossy(&rest).into_owned();
    answers
}

/// One answer, by its `content-length`.
async fn answer(stream: &mut TcpStream) -> String {
    let mut seen = String::new();
    while !is_whole(&seen) {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "the connection closed after `{seen}`");
        seen += &String::from_utf8_lossy(&piece[..read]);
    }
    seen
}

fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    length.is_some_and(|length| body.len() >= length.parse().unwrap())
}

#[tokio::test]
async fn a_refused_upload_leaves_its_connection_in_order() {
    for (what, draft, is_kept) in [
        ("no body", refused("0", ""), true),
        ("a body that is all there", refused("10", "0123456789"), true),
        ("a body that does not come", refused("10", "012"), false),
        ("a body too large to wait for", refused("100000000", "012"), false),
        ("a body that waits to be asked for", refused("10", "").header("expect", "100-continue"), false),
    ] {
        let [first, second] = two_answers(&[draft.head("keep-alive"), draft.body.clone()].concat()).await;
        assert!(first.starts_with("HTTP/1.1 403"), "{what}: {first}");
        assert_eq!(!first.contains("connection: close"), is_kept, "{what}: {first}");
        assert_eq!(second.starts_with("HTTP/1.1 200"), is_kept, "{what}: {second}");
    }
}
