//! A client that sends messages in any order, as drivers with pipelines do.

use md5::{Digest, Md5};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::Fixture;

pub struct RawClient(TcpStream);

fn message(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag][..], &length.to_be_bytes(), &body].concat()
}

/// Parse, Bind and Execute of an unnamed statement.
pub fn statement(sql: &str) -> Vec<u8> {
    let parse = message(b'P', &[b"\0", sql.as_bytes(), b"\0\0\0"]);
    [parse, message(b'B', &[b"\0\0\0\0\0\0\0\0"]), message(b'E', &[b"\0\0\0\0\0"])].concat()
}

pub fn sync() -> Vec<u8> {
    message(b'S', &[])
}

impl RawClient {
    /// Connects as the user `loader`.
    pub async fn connect(fixture: &Fixture) -> RawClient {
        let (mut client, challenge) = RawClient::challenged(fixture, "loader").await;
        let inner = hex::encode(Md5::digest(b"Secret1loader"));
        let answer = hex::encode(Md5::new().chain_update(inner).chain_update(&challenge[4..]).finalize());
        client.send(&message(b'p', &[b"md5", answer.as_bytes(), b"\0"])).await;
        client.tags().await;
        client
    }

    /// A connection as `user` that has heard the challenge.
    pub async fn challenged(fixture: &Fixture, user: &str) -> (RawClient, Vec<u8>) {
        let mut client = RawClient(TcpStream::connect(fixture.cluster.address()).await.unwrap());
        let startup = message(0, &[b"\0\x03\0\0user\0", user.as_bytes(), b"\0database\0dev\0\0"]);
        client.send(&startup[1..]).await;
        let (_, challenge) = client.receive().await;
        (client, challenge)
    }

    /// Answers a challenge by digest; the tag of what the server says.
    pub async fn answer_digest(&mut self, digest: &[u8], nonce: &[u8]) -> u8 {
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap().to_be_bytes();
        self.send(&message(b'd', &[&length(digest), digest, &length(nonce), nonce])).await;
        self.receive().await.0
    }

    /// Closes the connection without a word.
    pub fn disconnect(self) {
        drop(self.0);
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    async fn receive(&mut self) -> (u8, Vec<u8>) {
        let tag = self.0.read_u8().await.unwrap();
        let length = self.0.read_u32().await.unwrap();
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        self.0.read_exact(&mut body).await.unwrap();
        (tag, body)
    }

    /// The tags of the messages up to ReadyForQuery.
    pub async fn tags(&mut self) -> String {
        let mut tags = String::new();
        while !tags.ends_with('Z') {
            tags.push(char::from(self.receive().await.0));
        }
        tags
    }
}
