//! One end of a session: a stream with the bytes that wait on both sides of it.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::frame::{self, Frame};

/// How much is read at once.
const READ: usize = 16 * 1024;

/// A stream, and its buffers. Every method may be dropped while it waits: nothing is lost.
#[derive(Debug)]
pub(crate) struct Link<R, W> {
    pub(crate) inlet: Inlet<R>,
    pub(crate) outlet: Outlet<W>,
}

/// The reading half.
#[derive(Debug)]
pub(crate) struct Inlet<R> {
    reader: R,
    pub(crate) buffer: BytesMut,
}

/// The writing half.
#[derive(Debug)]
pub(crate) struct Outlet<W> {
    writer: W,
    pub(crate) buffer: BytesMut,
    /// Whether the stream (TLS has buffers of its own) may hold bytes that are written but not sent.
    unflushed: bool,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Link<R, W> {
    pub(crate) fn new(reader: R, writer: W) -> Link<R, W> {
        let inlet = Inlet { reader, buffer: BytesMut::new() };
        Link { inlet, outlet: Outlet { writer, buffer: BytesMut::new(), unflushed: false } }
    }

    /// The buffer of what waits to be sent.
    pub(crate) fn out(&mut self) -> &mut BytesMut {
        &mut self.outlet.buffer
    }

    pub(crate) async fn read_frame(&mut self) -> io::Result<Frame> {
        self.inlet.read_frame().await
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        self.outlet.flush().await
    }
}

impl<R: AsyncRead + Unpin> Inlet<R> {
    /// Reads more into the buffer; 0 is the end of the stream.
    pub(crate) async fn fill(&mut self) -> io::Result<usize> {
        self.buffer.reserve(READ);
        self.reader.read_buf(&mut self.buffer).await
    }

    /// The next message; the end of the stream is an error.
    pub(crate) async fn read_frame(&mut self) -> io::Result<Frame> {
        loop {
            if let Some(frame) = frame::take(&mut self.buffer).map_err(invalid)? {
                return Ok(frame);
            }
            if self.fill().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl<W: AsyncWrite + Unpin> Outlet<W> {
    /// Whether there is anything to flush.
    pub(crate) fn is_waiting(&self) -> bool {
        self.unflushed || !self.buffer.is_empty()
    }

    /// Sends what waits.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        while !self.buffer.is_empty() {
            self.unflushed = true;
            self.writer.write_buf(&mut self.buffer).await?;
        }
        self.writer.flush().await?;
        self.unflushed = false;
        Ok(())
    }

    /// Sends what waits, and says that nothing follows.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.writer.shutdown().await
    }
}

/// A protocol violation, as an IO error.
pub(crate) fn invalid(error: frame::FrameError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
