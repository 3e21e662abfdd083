//! The private server's end of a session, and the statements that the front runs in it.
//!
//! They go by the extended protocol with names of their own and Flush, never by Query, which would end the
//! implicit transaction, and never unnamed, which would destroy the client's unnamed statement.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use thiserror::Error;

use super::block::Transactions;
use super::cancel::{self, CancelKey};
use super::frame::{self, Frame, FrameError};
use super::link::{Link, invalid};
use super::message::{self, Body, Named, backend, frontend};
use super::private::{PrivateAddress, PrivateReader, PrivateWriter};

/// Name of the statements and portals that the front makes for itself.
const OWN: &str = "linchpin";

/// No statement: makes the private server refuse, so that its transaction fails together with the front's.
const FAILING_SQL: &str = "refused by the front";

/// The private server's end of a session.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) link: Link<PrivateReader, PrivateWriter>,
    server: PrivateAddress,
    /// What cancels in this session: the server's process and its secret.
    pub(crate) key: CancelKey,
    pub(crate) transactions: Transactions,
    mode: Mode,
    /// Notices and the like that arrived while the front ran a statement; they are the client's.
    asides: BytesMut,
}

/// What the private server waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Messages.
    Ready,
    /// Rows of a COPY FROM STDIN.
    CopyIn,
    /// It sends rows of a COPY TO STDOUT.
    CopyOut,
    /// Sync: a statement failed.
    Skipping,
}

/// Why a statement of the front did not come through.
#[derive(Debug, Error)]
pub(crate) enum BackendError {
    /// The private server refused: its ErrorResponse, for the client.
    #[error("the server refused the statement")]
    Refused(Bytes),
    /// The session is lost.
    #[error("the connection to the server is lost: {0}")]
    Lost(#[from] io::Error),
}

impl BackendError {
    /// What the server said, unless it is lost.
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            BackendError::Refused(body) => message::text(body),
            BackendError::Lost(_) => None,
        }
    }
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnDescription {
    pub(crate) name: String,
    pub(crate) type_oid: u32,
    /// Length, or precision and scale, as PostgreSQL packs them.
    pub(crate) modifier: i32,
}

/// A row of text values.
pub(crate) type Row = Vec<Option<String>>;

impl Backend {
    /// Connects to the private server.
    pub(crate) async fn connect(server: PrivateAddress) -> io::Result<Backend> {
        let (reader, writer) = server.connect().await?;
        let link = Link::new(reader, writer);
        let (key, transactions, mode) = ((0, 0), Transactions::default(), Mode::Ready);
        Ok(Backend { link, server, key, transactions, mode, asides: BytesMut::new() })
    }

    /// Whether a failed statement waits for Sync.
    pub(crate) fn is_skipping(&self) -> bool {
        self.mode == Mode::Skipping
    }

    /// Notes that a Sync was sent.
    pub(crate) fn synced(&mut self) {
        self.mode = Mode::Ready;
    }

    /// Takes what arrived aside for the client.
    pub(crate) fn take_asides(&mut self) -> BytesMut {
        self.asides.split()
    }

    /// The next message; an ErrorResponse is an error, asides are put aside.
    pub(crate) async fn next(&mut self) -> Result<Frame, BackendError> {
        loop {
            let frame = self.link.read_frame().await?;
            self.transactions.heard(frame.tag, &frame.body);
            match frame.tag {
                backend::ERROR => {
                    self.mode = Mode::Skipping;
                    let reworded = message::reworded(&frame.body);
                    return Err(BackendError::Refused(reworded.unwrap_or(frame.body)));
                }
                backend::NOTICE | backend::NOTIFICATION | backend::PARAMETER_STATUS => {
                    if frame.tag != backend::PARAMETER_STATUS || super::startup::is_reported(&frame.body) {
                        backend::raw(&mut self.asides, frame.tag, &frame.body);
                    }
                }
                _ => return Ok(frame),
            }
        }
    }

    async fn expect(&mut self, tag: u8) -> Result<Frame, BackendError> {
        loop {
            let frame = self.next().await?;
            if frame.tag == tag {
                return Ok(frame);
            }
        }
    }

    fn put_parse(&mut self, sql: &str) {
        let out = self.link.out();
        // Closing what does not exist is no error, and what an earlier failure left behind is gone.
        frontend::close(out, Named::Statement, OWN);
        frontend::parse(out, OWN, sql);
    }

    fn put_run(&mut self, parameters: &[&str]) {
        let out = self.link.out();
        frontend::close(out, Named::Portal, OWN);
        frontend::bind(out, OWN, OWN, parameters);
        frontend::execute(out, OWN);
        frontend::flush(out);
    }

    /// Runs a query and returns its rows.
    pub(crate) async fn query(&mut self, sql: &str, parameters: &[&str]) -> Result<Vec<Row>, BackendError> {
        self.put_parse(sql);
        self.put_run(parameters);
        self.link.flush().await?;
        let mut rows = Vec::new();
        loop {
            let frame = self.next().await?;
            match frame.tag {
                backend::DATA_ROW => rows.push(data_row(&frame).map_err(invalid)?),
                backend::COMMAND_COMPLETE | backend::EMPTY_QUERY => return Ok(rows),
                _ => {}
            }
        }
    }

    /// Runs a query for what the server says aside: the details of its notices, which the client does not hear.
    pub(crate) async fn overhear(
        &mut self,
        sql: &str,
        parameters: &[&str],
    ) -> Result<Vec<String>, BackendError> {
        let heard = self.asides.len();
        let result = self.query(sql, parameters).await;
        let mut said = self.asides.split_off(heard);
        result?;
        let mut details = Vec::new();
        while let Some(frame) = frame::take(&mut said).map_err(invalid)? {
            details.extend(message::detail(&frame.body));
        }
        Ok(details)
    }

    /// Runs a query in a transaction of its own and returns the first value of its first row.
    pub(crate) async fn ask(&mut self, sql: &str) -> Result<Option<String>, BackendError> {
        let rows = self.query(sql, &[]).await?;
        frontend::sync(self.link.out());
        self.link.flush().await?;
        self.expect(backend::READY).await?;
        Ok(rows.into_iter().flatten().next().flatten())
    }

    /// Runs a statement and returns its tag.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<String, BackendError> {
        self.put_parse(sql);
        self.put_run(&[]);
        self.link.flush().await?;
        let frame = self.expect(backend::COMMAND_COMPLETE).await?;
        let tag = Body::new(frame.tag, &frame.body).text().map_err(invalid)?;
        Ok(String::from_utf8_lossy(tag).into_owned())
    }

    /// Commits the transaction, explicit or not, without PostgreSQL's warning about the latter.
    pub(crate) async fn commit(&mut self) -> Result<(), BackendError> {
        let heard = self.asides.len();
        self.run("COMMIT").await?;
        self.asides.truncate(heard);
        Ok(())
    }

    /// Columns of the result of `sql`, which is not run.
    pub(crate) async fn describe(&mut self, sql: &str) -> Result<Vec<ColumnDescription>, BackendError> {
        self.put_parse(sql);
        frontend::describe(self.link.out(), Named::Statement, OWN);
        frontend::flush(self.link.out());
        self.link.flush().await?;
        loop {
            let frame = self.next().await?;
            match frame.tag {
                backend::ROW_DESCRIPTION => return Ok(row_description(&frame).map_err(invalid)?),
                backend::NO_DATA => return Ok(Vec::new()),
                _ => {}
            }
        }
    }

    /// Starts a `COPY .. FROM STDIN`.
    pub(crate) async fn copy_in(&mut self, sql: &str) -> Result<(), BackendError> {
        self.put_parse(sql);
        self.put_run(&[]);
        self.link.flush().await?;
        self.expect(backend::COPY_IN).await?;
        self.mode = Mode::CopyIn;
        Ok(())
    }

    /// Sends whole rows of COPY text.
    pub(crate) async fn copy_rows(&mut self, rows: &[u8]) -> Result<(), BackendError> {
        frontend::copy_data(self.link.out(), rows);
        self.link.flush().await?;
        // What the server says in the middle of a COPY is either aside or the refusal of a row.
        while let Some(result) = self.next().now_or_never() {
            result?;
        }
        Ok(())
    }

    /// Ends the COPY: all rows are in.
    pub(crate) async fn copy_done(&mut self) -> Result<(), BackendError> {
        frontend::copy_done(self.link.out());
        frontend::flush(self.link.out());
        self.link.flush().await?;
        self.expect(backend::COMMAND_COMPLETE).await?;
        self.mode = Mode::Ready;
        Ok(())
    }

    /// Starts a `COPY .. TO STDOUT`.
    pub(crate) async fn copy_out(&mut self, sql: &str) -> Result<(), BackendError> {
        self.put_parse(sql);
        self.put_run(&[]);
        self.link.flush().await?;
        self.expect(backend::COPY_OUT).await?;
        self.mode = Mode::CopyOut;
        Ok(())
    }

    /// The next row of COPY text with its newline; `None` after the last.
    pub(crate) async fn next_copied(&mut self) -> Result<Option<Bytes>, BackendError> {
        loop {
            let frame = self.next().await?;
            match frame.tag {
                backend::COPY_DATA => return Ok(Some(frame.body)),
                backend::COMMAND_COMPLETE => {
                    self.mode = Mode::Ready;
                    return Ok(None);
                }
                _ => {}
            }
        }
    }

    /// Cancels what the server does for a statement of the front's; `abort` must follow.
    pub(crate) async fn cancel(&self) -> io::Result<()> {
        cancel::cancel(&self.server, self.key).await
    }

    /// Makes the transaction fail, from whatever state, because the front's part of a statement failed.
    pub(crate) async fn abort(&mut self) -> io::Result<()> {
        if self.mode == Mode::Skipping {
            return Ok(());
        }
        if self.mode == Mode::CopyOut {
            // Otherwise all rows that nobody wants would have to be read.
            self.cancel().await?;
        }
        let out = self.link.out();
        if self.mode == Mode::CopyIn {
            frontend::copy_fail(out, FAILING_SQL);
        } else {
            frontend::parse(out, OWN, FAILING_SQL);
            frontend::flush(out);
        }
        self.link.flush().await?;
        loop {
            match self.next().await {
                Ok(_) => {}
                Err(BackendError::Refused(_)) => return Ok(()),
                Err(BackendError::Lost(error)) => return Err(error),
            }
        }
    }

    /// Runs one statement of the client's and hands every message of the answer to `sink`.
    pub(crate) fn put_statement(&mut self, sql: &str) {
        let out = self.link.out();
        frontend::parse(out, "", sql);
        frontend::bind(out, "", "", &[]);
        frontend::describe(out, Named::Portal, "");
        frontend::execute(out, "");
        frontend::flush(out);
    }
}

fn data_row(frame: &Frame) -> Result<Row, FrameError> {
    let mut body = Body::new(frame.tag, &frame.body);
    let count = body.i16()?;
    (0..count).map(|_| Ok(body.value()?.map(|value| String::from_utf8_lossy(value).into_owned()))).collect()
}

fn row_description(frame: &Frame) -> Result<Vec<ColumnDescription>, FrameError> {
    let mut body = Body::new(frame.tag, &frame.body);
    let count = body.i16()?;
    let mut column = || -> Result<ColumnDescription, FrameError> {
        let name = String::from_utf8_lossy(body.text()?).into_owned();
        let _table_and_attribute: [u8; 6] = body.array()?;
        let type_oid = u32::from_be_bytes(body.array()?);
        let _size: [u8; 2] = body.array()?;
        let modifier = body.i32()?;
        let _format: [u8; 2] = body.array()?;
        Ok(ColumnDescription { name, type_oid, modifier })
    };
    (0..count).map(|_| column()).collect()
}
