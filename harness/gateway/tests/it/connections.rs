//! What becomes of a connection whose request was refused before its body was read.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use linchpin_gateway::{Gateway, Patience};

use crate::{request::Draft, stand};

/// Not signed, and so refused by its head alone.
fn refused(length: &str, body: &str) -> Draft {
    Draft::new("PUT", "/b/k").header("content-length", length).body(body)
}

/// The heads and bodies of two answers on one connection; the second stays empty where the first closes it.
async fn two_answers(gateway: &Gateway, first: &[u8]) -> [String; 2] {
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
        let gateway = stand::start().await;
        let [first, second] =
            two_answers(&gateway, &[draft.head("keep-alive"), draft.body.clone()].concat()).await;
        assert!(first.starts_with("HTTP/1.1 403"), "{what}: {first}");
        assert_eq!(!first.contains("connection: close"), is_kept, "{what}: {first}");
        assert_eq!(second.starts_with("HTTP/1.1 200"), is_kept, "{what}: {second}");
    }
}

/// A body whose next piece does not come is told so, in the service's shape, and its connection closes.
#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let put = || Draft::new("PUT", "/b/k").header("content-length", "10");
    let mut json = Draft::new("POST", "/")
        .header("x-amz-target", "TrentService.ListKeys")
        .header("content-length", "10");
    json.service = "kms";
    let mut form = Draft::form("").header("content-length", "10");
    form.body.clear();
    for (what, draft, code) in [
        ("an object", put().signed(), "<Code>RequestTimeout</Code>"),
        ("an object that nothing comes of", put().signed(), "<Code>RequestTimeout</Code>"),
        ("a form", form.signed(), "<Code>RequestTimeout</Code>"),
        ("JSON", json.signed(), r#"{"__type":"RequestTimeout""#),
    ] {
        let patience = Patience { body: Duration::from_millis(20), ..Patience::default() };
        let gateway = stand::start_with(patience).await;
        let sent = if what.ends_with("nothing comes of") { "" } else { "012" };
        let bytes = [draft.head("keep-alive"), sent.as_bytes().to_vec()].concat();
        let [first, second] = two_answers(&gateway, &bytes).await;
        assert!(first.starts_with("HTTP/1.1 400") && first.contains(code), "{what}: {first}");
        assert!(
            first.contains("Idle connections will be closed.") && first.contains("connection: close"),
            "{what}: {first}"
        );
        assert_eq!(second, "", "{what}");
    }
}
