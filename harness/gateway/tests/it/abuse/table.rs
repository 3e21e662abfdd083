//! The table of bad entries, and its trial.

use super::{
    chunks, presigned_urls,
    row::{Row, get},
    shapes, signatures,
};
use crate::{request::exchange, stand};

fn table() -> Vec<Row> {
    [signatures::rows(), presigned_urls::rows(), chunks::rows(), shapes::rows()]
        .into_iter()
        .flatten()
        .collect()
}

#[tokio::test]
async fn every_bad_entry_is_refused() {
    let (gateway, rows) = (stand::start().await, table());
    assert!(rows.len() >= 60, "the table has {} rows", rows.len());
    let mut wrong = Vec::new();
    for Row { what, bytes, expected } in rows {
        let (status, body) = exchange(&gateway, &bytes).await;
        let (expected_status, part) = expected.split_once(' ').unwrap();
        if status.to_string() != expected_status || !body.contains(part) {
            wrong.push(format!("{what}: expected {expected}, got {status} {body}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let (status, _) = exchange(&gateway, &get().signed().bytes()).await;
    assert_eq!(status, 200, "the gateway goes on");
}
