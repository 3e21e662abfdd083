//! The way to the private server: a Unix socket, or TCP where the server is in a container.

use std::{
    io,
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream, tcp, unix},
};
use tokio_postgres::config::Host;

/// Where the private server takes sessions.
#[derive(Debug, Clone)]
pub(crate) enum PrivateAddress {
    Socket(PathBuf),
    Tcp(String, u16),
}

/// What the private server says.
#[derive(Debug)]
pub(crate) enum PrivateReader {
    Socket(unix::OwnedReadHalf),
    Tcp(tcp::OwnedReadHalf),
}

/// What is said to the private server.
#[derive(Debug)]
pub(crate) enum PrivateWriter {
    Socket(unix::OwnedWriteHalf),
    Tcp(tcp::OwnedWriteHalf),
}

impl PrivateAddress {
    /// PostgreSQL names a socket by the port.
    pub(crate) fn new(host: &Host, port: u16) -> PrivateAddress {
        match host {
            Host::Unix(folder) => PrivateAddress::Socket(folder.join(format!(".s.PGSQL.{port}"))),
            Host::Tcp(name) => PrivateAddress::Tcp(name.clone(), port),
        }
    }

    pub(crate) async fn connect(&self) -> io::Result<(PrivateReader, PrivateWriter)> {
        match self {
            PrivateAddress::Socket(path) => {
                let (reader, writer) = UnixStream::connect(path).await?.into_split();
                Ok((PrivateReader::Socket(reader), PrivateWriter::Socket(writer)))
            }
            PrivateAddress::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                // Messages are small and wait for their answers.
                stream.set_nodelay(true)?;
                let (reader, writer) = stream.into_split();
                Ok((PrivateReader::Tcp(reader), PrivateWriter::Tcp(writer)))
            }
        }
    }
}

impl AsyncRead for PrivateReader {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            PrivateReader::Socket(half) => Pin::new(half).poll_read(cx, buf),
            PrivateReader::Tcp(half) => Pin::new(half).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for PrivateWriter {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            PrivateWriter::Socket(half) => Pin::new(half).poll_write(cx, buf),
            PrivateWriter::Tcp(half) => Pin::new(half).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            PrivateWriter::Socket(half) => Pin::new(half).poll_flush(cx),
            PrivateWriter::Tcp(half) => Pin::new(half).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            PrivateWriter::Socket(half) => Pin::new(half).poll_shutdown(cx),
            PrivateWriter::Tcp(half) => Pin::new(half).poll_shutdown(cx),
        }
    }
}
