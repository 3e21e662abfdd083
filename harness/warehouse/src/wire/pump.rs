//! The session pump: passes messages both ways, and runs the front's own statements in between.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite};

use super::backend::{Backend, BackendError};
use super::expected::{Expected, OnError};
use super::frame;
use super::intercept::{Intercept, Preparation, Step, Verdict};
use super::link::{Inlet, Link, Outlet, invalid};
use super::message::{self, backend, frontend};
use super::report::Report;
use super::session::Session;
use super::startup;
use crate::errors;
use crate::lateral;
use crate::statement::{self, Failure, Statement};

/// How much may wait for one side before the other is read no further.
const HIGH_WATER: usize = 256 * 1024;

/// Passes messages between a client and the private server until one of them goes.
pub(crate) struct Pump<R, W> {
    client: Link<R, W>,
    backend: Backend,
    session: Session,
    expected: Expected,
    intercept: Intercept,
    job: Option<Job>,
}

/// What the front runs itself, once the server has answered everything before.
enum Job {
    Parse(Preparation),
    Execute(Arc<Statement>),
    Batch(Result<Vec<Step>, Box<Report>>),
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Pump<R, W> {
    pub(crate) fn new(client: Link<R, W>, backend: Backend, session: Session) -> Pump<R, W> {
        let intercept = Intercept::new(session.dialect());
        let expected = Expected::default();
        Pump { client, backend, session, expected, intercept, job: None }
    }

    /// Runs until the client or the server closes the connection.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        loop {
            // Before anything more is judged: it counts which answers are still owed.
            for outcome in self.backend.transactions.outcomes() {
                self.intercept.ended(outcome);
            }
            self.take_from_client()?;
            self.take_from_backend()?;
            if self.expected.is_empty()
                && let Some(job) = self.job.take()
            {
                self.run_job(job).await?;
                continue;
            }
            if !self.turn().await? {
                return self.client.flush().await;
            }
        }
    }

    /// Waits for any side to move. False: one side is gone.
    async fn turn(&mut self) -> io::Result<bool> {
        let Pump { client, backend: Backend { link: behind, .. }, job, .. } = self;
        let read_client = job.is_none() && behind.outlet.buffer.len() < HIGH_WATER;
        let read_backend = client.outlet.buffer.len() < HIGH_WATER;
        let (write_client, write_backend) = (client.outlet.is_waiting(), behind.outlet.is_waiting());
        tokio::select! {
            read = client.inlet.fill(), if read_client => Ok(read? > 0),
            read = behind.inlet.fill(), if read_backend => Ok(read? > 0),
            done = client.outlet.flush(), if write_client => done.map(|()| true),
            done = behind.outlet.flush(), if write_backend => done.map(|()| true),
        }
    }

    /// Judges what the client sent; runs of messages that pass are copied whole.
    fn take_from_client(&mut self) -> io::Result<()> {
        let mut passed = 0;
        while self.job.is_none() {
            let pending = self.client.inlet.buffer.get(passed..).unwrap_or_default();
            let Some(frame) = frame::peek(pending).map_err(invalid)? else { break };
            let (tag, size) = (frame.tag, frame.size());
            if let Some(sql) = message::statement_of(frame) {
                self.session.began(sql);
            }
            let verdict = if self.expected.is_skipping() && tag != frontend::SYNC {
                Verdict::Pass
            } else {
                self.intercept.judge(frame, &self.expected).map_err(invalid)?
            };
            if let Verdict::Pass = verdict {
                self.expected.sent(tag);
                passed += size;
                continue;
            }
            self.forward_to_backend(passed);
            passed = 0;
            drop(self.client.inlet.buffer.split_to(size));
            self.obey(verdict);
        }
        self.forward_to_backend(passed);
        Ok(())
    }

    fn forward_to_backend(&mut self, length: usize) {
        let run = self.client.inlet.buffer.split_to(length);
        self.backend.link.out().unsplit_or_extend(run);
    }

    /// Does what a verdict asks for, at once or as a job.
    fn obey(&mut self, verdict: Verdict) {
        let out = self.backend.link.out();
        match verdict {
            Verdict::Pass => {}
            Verdict::Replace { tag, message } => {
                out.extend_from_slice(&message);
                self.expected.sent(tag);
            }
            Verdict::Placeholder(name) => {
                frontend::parse(out, &name, "");
                self.expected.sent(frontend::PARSE);
            }
            Verdict::Refuse(report) => {
                frontend::parse(out, "", "refused by the front");
                self.expected.sent_refusal(report);
            }
            Verdict::Resolve(preparation) => {
                frontend::flush(out);
                self.job = Some(Job::Parse(preparation));
            }
            Verdict::Run(statement) => {
                frontend::flush(out);
                self.job = Some(Job::Execute(statement));
            }
            Verdict::Batch(steps) => {
                frontend::flush(out);
                self.job = Some(Job::Batch(steps));
            }
        }
    }

    /// Looks at what the server sent; runs of messages that pass are copied whole.
    fn take_from_backend(&mut self) -> io::Result<()> {
        let behind = &mut self.backend.link.inlet.buffer;
        let mut passed = 0;
        while let Some(frame) = frame::peek(behind.get(passed..).unwrap_or_default()).map_err(invalid)? {
            let size = frame.size();
            let mut replacement = None;
            self.backend.transactions.heard(frame.tag, frame.body);
            match frame.tag {
                backend::DATA_ROW | backend::NOTICE | backend::NOTIFICATION => {}
                backend::PARAMETER_STATUS if !startup::is_reported(frame.body) => {
                    replacement = Some(BytesMut::new());
                }
                backend::ERROR => {
                    self.session.failed();
                    let (mut bytes, verdict) = (BytesMut::new(), self.expected.failed());
                    let next = || self.session.cluster.next_query();
                    let reworded = message::reworded(frame.body);
                    match (verdict, reworded.or_else(|| message::reworded_cancel(frame.body, next))) {
                        (OnError::Replace(report), _) => backend::error(&mut bytes, &report),
                        (OnError::Pass, Some(body)) => backend::raw(&mut bytes, backend::ERROR, &body),
                        (OnError::Pass, None) => {}
                    }
                    replacement = (!bytes.is_empty()).then_some(bytes);
                }
                tag => {
                    if tag == backend::ROW_DESCRIPTION
                        && let Some(body) = message::with_super(frame.body)
                    {
                        let mut bytes = BytesMut::new();
                        backend::raw(&mut bytes, tag, &body);
                        replacement = Some(bytes);
                    }
                    self.expected.received(tag);
                }
            }
            match replacement {
                None => passed += size,
                Some(bytes) => {
                    self.client.outlet.buffer.unsplit_or_extend(behind.split_to(passed));
                    drop(behind.split_to(size));
                    self.client.outlet.buffer.extend_from_slice(&bytes);
                    passed = 0;
                }
            }
        }
        let run = behind.split_to(passed);
        self.client.outlet.buffer.unsplit_or_extend(run);
        Ok(())
    }

    /// Runs a job, while watching whether the client goes or cancels.
    async fn run_job(&mut self, job: Job) -> io::Result<()> {
        if self.expected.is_skipping() {
            // An error came before: the server ignores this message too.
            return Ok(());
        }
        let Pump { client: Link { inlet, outlet }, backend, session, .. } = self;
        let mut run = Run { backend, client: outlet, session };
        let sent = tokio::select! {
            result = run.job(job) => result?,
            gone = watch(inlet) => return Err(gone),
        };
        if let Some(tag) = sent {
            self.expected.sent(tag);
        }
        if self.backend.is_skipping() {
            self.expected.skip();
        }
        Ok(())
    }
}

/// Returns when the client has gone; what it sends meanwhile waits.
async fn watch(client: &mut Inlet<impl AsyncRead + Unpin>) -> io::Error {
    loop {
        if client.buffer.len() >= HIGH_WATER {
            std::future::pending::<()>().await;
        }
        match client.fill().await {
            Ok(0) => return io::ErrorKind::UnexpectedEof.into(),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}

/// A job at work.
struct Run<'a, W> {
    backend: &'a mut Backend,
    client: &'a mut Outlet<W>,
    session: &'a Session,
}

impl<W: AsyncWrite + Unpin> Run<'_, W> {
    /// Does a job; the tag of a message that the server has yet to answer.
    async fn job(&mut self, job: Job) -> io::Result<Option<u8>> {
        let sent = match job {
            Job::Parse(preparation) => self.prepare(preparation).await?,
            Job::Execute(statement) => self.statement(&statement).await.map(|()| None)?,
            Job::Batch(steps) => self.batch(steps).await.map(|()| None)?,
        };
        self.client.flush().await?;
        Ok(sent)
    }

    /// A Parse whose aliases must be looked at with the server.
    async fn prepare(&mut self, preparation: Preparation) -> io::Result<Option<u8>> {
        let Preparation { name, sql, types } = preparation;
        let resolved = lateral::resolve(self.backend, sql).await;
        self.put_asides();
        let Some(sql) = self.or_refusal(resolved)? else { return Ok(None) };
        frontend::parse_typed(self.backend.link.out(), &name, &sql, &types);
        Ok(Some(frontend::PARSE))
    }

    /// What the server answered; its refusal goes to the client.
    fn or_refusal<T>(&mut self, answer: Result<T, BackendError>) -> io::Result<Option<T>> {
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(BackendError::Refused(body)) => {
                self.session.failed();
                let reworded = message::reworded_cancel(&body, || self.session.cluster.next_query());
                backend::raw(&mut self.client.buffer, backend::ERROR, &reworded.unwrap_or(body));
                Ok(None)
            }
            Err(BackendError::Lost(error)) => Err(error),
        }
    }

    /// The statements of a Query one by one, in one implicit transaction as PostgreSQL runs them.
    async fn batch(&mut self, steps: Result<Vec<Step>, Box<Report>>) -> io::Result<()> {
        let steps = match steps {
            Ok(steps) => parsed(steps, self.session).await,
            refused => refused,
        };
        match steps {
            Ok(steps) => self.steps(steps).await?,
            Err(report) => {
                self.session.failed();
                self.backend.abort().await?;
                backend::error(&mut self.client.buffer, &report);
            }
        }
        self.sync().await
    }

    async fn steps(&mut self, steps: Vec<Step>) -> io::Result<()> {
        for step in steps {
            match step {
                Step::Pass(sql) => self.pass(&sql).await?,
                Step::Run(statement) => self.statement(&statement).await?,
            }
            if self.backend.is_skipping() {
                break;
            }
        }
        Ok(())
    }

    /// Ends a batch, and with it the implicit transaction.
    async fn sync(&mut self) -> io::Result<()> {
        frontend::sync(self.backend.link.out());
        self.backend.link.flush().await?;
        self.backend.synced();
        loop {
            match self.backend.next().await {
                Ok(frame) if frame.tag == backend::READY => {
                    backend::raw(&mut self.client.buffer, frame.tag, &frame.body);
                    return Ok(());
                }
                Ok(_) => {}
                // A deferred constraint may fail at the commit that Sync makes.
                Err(BackendError::Refused(body)) => {
                    self.session.failed();
                    backend::raw(&mut self.client.buffer, backend::ERROR, &body);
                    self.backend.synced();
                }
                Err(BackendError::Lost(error)) => return Err(error),
            }
        }
    }

    /// One statement of a batch that is the server's; its answer looks like one to a Query.
    async fn pass(&mut self, sql: &str) -> io::Result<()> {
        self.session.began(sql.as_bytes());
        let resolved = lateral::resolve(self.backend, sql.to_owned()).await;
        let Some(sql) = self.or_refusal(resolved)? else { return Ok(()) };
        self.backend.put_statement(&sql);
        self.backend.link.flush().await?;
        loop {
            let frame = self.backend.next().await;
            self.put_asides();
            let Some(frame) = self.or_refusal(frame)? else { return Ok(()) };
            match frame.tag {
                backend::PARSE_COMPLETE | backend::BIND_COMPLETE | backend::NO_DATA => continue,
                backend::ROW_DESCRIPTION => {
                    let described = message::with_super(&frame.body);
                    backend::raw(
                        &mut self.client.buffer,
                        frame.tag,
                        described.as_ref().unwrap_or(&frame.body),
                    );
                }
                tag => backend::raw(&mut self.client.buffer, tag, &frame.body),
            }
            if self.client.buffer.len() >= HIGH_WATER {
                self.client.flush().await?;
            }
            if matches!(frame.tag, backend::COMMAND_COMPLETE | backend::EMPTY_QUERY) {
                return Ok(());
            }
        }
    }

    fn put_asides(&mut self) {
        let asides = self.backend.take_asides();
        self.client.buffer.extend_from_slice(&asides);
    }

    /// One statement of the front's.
    async fn statement(&mut self, statement: &Statement) -> io::Result<()> {
        if let Statement::Numbered { text, .. } = statement {
            self.session.began(text.as_bytes());
        }
        // A load is deep: in a place of its own, what waits for it stays small.
        let query = self.session.cluster.next_query();
        let running = Box::pin(statement::run(statement, query, self.backend, self.session));
        let result = match self.session.cancel.run(running).await {
            Some(result) => result,
            None => {
                self.backend.cancel().await?;
                Err(Failure::Report(errors::cancelled(query)))
            }
        };
        if result.is_err() {
            self.session.failed();
            self.backend.abort().await?;
        }
        self.put_asides();
        match result {
            Ok(completion) => {
                completion.notices.iter().for_each(|notice| backend::notice(&mut self.client.buffer, notice));
                backend::command_complete(&mut self.client.buffer, &completion.command);
            }
            Err(Failure::Report(report)) => backend::error(&mut self.client.buffer, &report),
            Err(Failure::Backend(BackendError::Refused(body))) => {
                let reworded = message::reworded_cancel(&body, || query);
                backend::raw(&mut self.client.buffer, backend::ERROR, &reworded.unwrap_or(body));
            }
            Err(Failure::Backend(BackendError::Lost(error))) => return Err(error),
        }
        Ok(())
    }
}

/// The steps, if PostgreSQL can parse every one of them: it parses a whole Query before it runs any of it.
async fn parsed(steps: Vec<Step>, session: &Session) -> Result<Vec<Step>, Box<Report>> {
    let texts: Vec<&str> = steps.iter().flat_map(Step::texts).collect();
    if steps.len() > 1 {
        let parsed = session.cluster.private.parse(&session.database, &texts.join(";\n")).await;
        parsed.map_err(|error| Box::new(errors::parsing(&error)))?;
    }
    Ok(steps)
}

/// Appending one run of messages to what already waits.
trait Append {
    fn unsplit_or_extend(&mut self, run: BytesMut);
}

impl Append for BytesMut {
    /// Takes the run over without copying when nothing waits.
    fn unsplit_or_extend(&mut self, run: BytesMut) {
        if self.is_empty() { *self = run } else { self.extend_from_slice(&run) }
    }
}
