//! The statements that the front carries out.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::copy::{self, CopyStatement};
use crate::errors;
use crate::history::{self, QueryRecord};
use crate::lateral;
use crate::sql::{
    self, Cursor, Ending, IdentifierCase, Rewritten, Script, Source, Strictness, Token, Unsupported,
};
use crate::unload::{self, UnloadStatement};
use crate::wire::{Backend, BackendError, Block, Report, Session};

/// A statement that PostgreSQL alone cannot carry out.
#[derive(Debug)]
pub(crate) enum Statement {
    /// What has a query number, and its text without secrets.
    Numbered { work: Box<Work>, text: String },
    /// What takes PostgreSQL several statements.
    Script(Script),
}

/// A load or an unload.
#[derive(Debug)]
pub(crate) enum Work {
    Copy(CopyStatement),
    Unload(UnloadStatement),
}

/// What the session says of the statement that it runs: the query group, the transaction, the time that the statement
/// may take in milliseconds, and the user.
const ABOUT_SQL: &str = "SELECT coalesce(nullif(pg_catalog.current_setting('redshift.query_group', true), ''), 'default'), \
     pg_catalog.pg_current_xact_id(), \
     (pg_catalog.linchpin_extract('epoch', pg_catalog.current_setting('statement_timeout')::interval) * 1000)::int8, CURRENT_USER";

/// Whether the user may name the role.
const MAY_ASSUME_SQL: &str = "SELECT pg_catalog.linchpin_may_assume($1, $2)";

impl Statement {
    /// What of it is PostgreSQL's to parse.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Statement::Numbered { work, .. } => match &**work {
                Work::Copy(_) => Vec::new(),
                Work::Unload(unload) => vec![&unload.query],
            },
            Statement::Script(script) => script.statements.iter().map(String::as_str).collect(),
        }
    }
}

/// What the front makes of a statement.
#[derive(Debug)]
pub(crate) enum Reading {
    /// PostgreSQL takes it as it is.
    Unchanged,
    /// PostgreSQL takes this instead.
    Text(String),
    /// The front carries it out.
    Run(Arc<Statement>),
}

/// What the meaning of a session's statements depends on.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    pub(crate) database: String,
    pub(crate) identifiers: IdentifierCase,
    pub(crate) strictness: Strictness,
}

/// What the client hears of a statement that came through.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) notices: Vec<Report>,
    pub(crate) command: Cow<'static, str>,
}

/// Why a statement failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The front says so.
    Report(Report),
    /// The private server does.
    Backend(BackendError),
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Failure {
        Failure::Backend(error)
    }
}

impl<E: Into<Report>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Report(error.into())
    }
}

impl Failure {
    /// What the client is told, unless the session is lost.
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            Failure::Report(report) => Some(report.message.clone()),
            Failure::Backend(error) => error.message(),
        }
    }
}

impl Dialect {
    fn source<'a>(&'a self, sql: &'a str) -> Source<'a> {
        Source { sql, database: &self.database, identifiers: self.identifiers }
    }

    /// Reads the statement that `tokens` of `sql` are.
    pub(crate) fn read(&self, sql: &str, tokens: &[Token<'_>]) -> Result<Reading, Box<Report>> {
        if let Some(text) = sql::unqualified(sql, tokens) {
            // It falls into tokens as the client's text did.
            let tokens = sql::tokenize(&text).unwrap_or_default();
            return Ok(match self.read_unqualified(&text, &tokens)? {
                Reading::Unchanged => Reading::Text(text),
                reading => reading,
            });
        }
        self.read_unqualified(sql, tokens)
    }

    fn read_unqualified(&self, sql: &str, tokens: &[Token<'_>]) -> Result<Reading, Box<Report>> {
        let source = self.source(sql);
        sql::too_long_name(tokens).map_or(Ok(()), Err).map_err(|error| Box::new(error.into()))?;
        if tokens.first().is_some_and(|token| token.is_any_word(&["copy", "unload"])) {
            return self.load(&source.render(tokens)).map(|statement| Reading::Run(Arc::new(statement)));
        }
        self.refuse(sql, tokens).map_err(|error| Box::new(error.into()))?;
        Ok(match sql::rewrite(&source, tokens) {
            Rewritten::Unchanged => Reading::Unchanged,
            Rewritten::Text(text) => Reading::Text(text),
            Rewritten::Script(script) => Reading::Run(Arc::new(Statement::Script(script))),
        })
    }

    fn refuse(&self, sql: &str, tokens: &[Token<'_>]) -> Result<(), Unsupported> {
        if let Some(refused) = sql::setting_of_literals(tokens) {
            return Err(refused);
        }
        match self.strictness {
            Strictness::Strict => sql::refusal(sql, tokens).map_or(Ok(()), Err),
            Strictness::Lenient => Ok(()),
        }
    }

    /// A COPY or an UNLOAD, names already folded.
    fn load(&self, sql: &str) -> Result<Statement, Box<Report>> {
        // The tokens of what was rendered from tokens.
        let tokens = sql::tokenize(sql).unwrap_or_default();
        let (mut cursor, text) = (Cursor::new(&tokens), sql::masked(sql, &tokens));
        if cursor.take_word("copy") {
            let copy = CopyStatement::parse(cursor).map_err(|error| Box::new(Report::from(error)))?;
            return Ok(Statement::Numbered { work: Box::new(Work::Copy(copy)), text });
        }
        cursor.take_word("unload");
        let mut unload = UnloadStatement::parse(cursor).map_err(|error| Box::new(Report::from(error)))?;
        unload.query = self.query(unload.query).map_err(|error| Box::new(Report::from(error)))?;
        Ok(Statement::Numbered { work: Box::new(Work::Unload(unload)), text })
    }

    /// The query of an UNLOAD as PostgreSQL takes it.
    fn query(&self, query: String) -> Result<String, Unsupported> {
        let Ok(tokens) = sql::tokenize(&query) else { return Ok(query) };
        let query = sql::unqualified(&query, &tokens).unwrap_or_else(|| query.clone());
        let tokens = sql::tokenize(&query).unwrap_or_default();
        self.refuse(&query, &tokens)?;
        Ok(self.source(&query).render(&tokens))
    }
}

/// Carries the statement of that number out in the session of `backend`.
pub(crate) async fn run(
    statement: &Statement,
    query: i32,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    match statement {
        Statement::Numbered { work, text } => run_numbered(work, text, query, backend, session).await,
        Statement::Script(script) => run_script(script, backend).await,
    }
}

/// What the session says of a statement.
struct About {
    label: String,
    transaction: i64,
    timeout: Option<Duration>,
    user: String,
}

impl About {
    async fn ask(backend: &mut Backend) -> Result<About, BackendError> {
        let mut said =
            backend.query(ABOUT_SQL, &[]).await?.into_iter().flatten().map(Option::unwrap_or_default);
        let mut next = || said.next().unwrap_or_default();
        let (label, transaction) = (next(), next().parse().unwrap_or_default());
        let timeout = next().parse().ok().filter(|millis| *millis > 0).map(Duration::from_millis);
        Ok(About { label, transaction, timeout, user: next() })
    }
}

/// Carries a load or an unload out, and writes it down.
async fn run_numbered(
    work: &Work,
    text: &str,
    query: i32,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    let started = Instant::now();
    let about = About::ask(backend).await?;
    let result = match about.timeout {
        Some(limit) => in_time(limit, work, query, &about, backend, session).await,
        None => work.run(query, &about, backend, session).await,
    };
    let error = result.as_ref().err().and_then(Failure::message);
    let About { label, transaction, .. } = &about;
    let (kind, transaction) = (work.kind(), *transaction);
    let record = QueryRecord { query, label, transaction, kind, text, started, error };
    let recorded = history::query(session, record).await;
    // A failure is told first; that it could not be written down only matters to what came through.
    let completion = result?;
    recorded.map_err(|error| Failure::Report(errors::private_server(&error)))?;
    Ok(completion)
}

/// Ends what takes longer than `statement_timeout`: the server's own clock stands still while the front reads S3.
async fn in_time(
    limit: Duration,
    work: &Work,
    query: i32,
    about: &About,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    match tokio::time::timeout(limit, work.run(query, about, backend, session)).await {
        Ok(result) => result,
        Err(_) => {
            backend.cancel().await.map_err(BackendError::Lost)?;
            Err(Failure::Report(errors::cancelled(query)))
        }
    }
}

impl Work {
    fn kind(&self) -> &'static str {
        match self {
            Work::Copy(_) => "COPY",
            Work::Unload(_) => "UNLOAD",
        }
    }

    async fn run(
        &self,
        query: i32,
        about: &About,
        backend: &mut Backend,
        session: &Session,
    ) -> Result<Completion, Failure> {
        let authorization = match self {
            Work::Copy(copy) => &copy.authorization,
            Work::Unload(unload) => &unload.authorization,
        };
        if let Some(role) = authorization.role() {
            let allowed = backend.query(MAY_ASSUME_SQL, &[&role, self.kind()]).await?;
            if allowed.into_iter().flatten().flatten().next().as_deref() != Some("t") {
                return Err(Failure::Report(errors::no_assume_role(&about.user, &role, self.kind())));
            }
        }
        match self {
            Work::Copy(copy) => copy::run(copy, query, backend, session).await,
            Work::Unload(unload) => unload::run(unload, query, backend, session).await,
        }
    }
}

async fn run_script(script: &Script, backend: &mut Backend) -> Result<Completion, Failure> {
    let mut command = script.command.map(Cow::Borrowed);
    if script.ending == Ending::Own && backend.transactions.block == Block::Inside {
        let name = command.unwrap_or_default();
        return Err(Failure::Report(errors::in_block(&name)));
    }
    for sql in &script.statements {
        let sql = lateral::resolve(backend, sql.clone()).await?;
        let tag = backend.run(&sql).await?;
        command.get_or_insert(Cow::Owned(tag));
    }
    if script.ending != Ending::Open {
        backend.commit().await?;
    }
    Ok(Completion { notices: Vec::new(), command: command.unwrap_or_default() })
}
