//! The statements that the front carries out.

use std::borrow::Cow;
use std::sync::Arc;

use crate::copy::{self, CopyStatement};
use crate::sql::{
    self, Cursor, Ending, IdentifierCase, Rewritten, Script, Source, Strictness, Token, Unsupported,
};
use crate::unload::{self, UnloadStatement};
use crate::wire::{Backend, BackendError, Report, Session};

/// A statement that PostgreSQL alone cannot carry out.
#[derive(Debug)]
pub(crate) enum Statement {
    Copy(CopyStatement),
    Unload(UnloadStatement),
    /// What takes PostgreSQL several statements.
    Script(Script),
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

impl Dialect {
    fn source<'a>(&'a self, sql: &'a str) -> Source<'a> {
        Source { sql, database: &self.database, identifiers: self.identifiers }
    }

    /// Reads the statement that `tokens` of `sql` are.
    pub(crate) fn read(&self, sql: &str, tokens: &[Token<'_>]) -> Result<Reading, Box<Report>> {
        let source = self.source(sql);
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
        let mut cursor = Cursor::new(&tokens);
        if cursor.take_word("copy") {
            let copy = CopyStatement::parse(cursor);
            return copy.map(Statement::Copy).map_err(|error| Box::new(error.into()));
        }
        cursor.take_word("unload");
        let mut unload = UnloadStatement::parse(cursor).map_err(|error| Box::new(Report::from(error)))?;
        unload.query = self.query(unload.query).map_err(|error| Box::new(Report::from(error)))?;
        Ok(Statement::Unload(unload))
    }

    /// The query of an UNLOAD as PostgreSQL takes it.
    fn query(&self, query: String) -> Result<String, Unsupported> {
        let Ok(tokens) = sql::tokenize(&query) else { return Ok(query) };
        self.refuse(&query, &tokens)?;
        Ok(self.source(&query).render(&tokens))
    }
}

/// Carries a statement out in the session of `backend`.
pub(crate) async fn run(
    statement: &Statement,
    backend: &mut Backend,
    session: &Session,
) -> Result<Completion, Failure> {
    match statement {
        Statement::Copy(copy) => copy::run(copy, backend, session).await,
        Statement::Unload(unload) => unload::run(unload, backend, session).await,
        Statement::Script(script) => run_script(script, backend).await,
    }
}

async fn run_script(script: &Script, backend: &mut Backend) -> Result<Completion, Failure> {
    let mut command = script.command.map(Cow::Borrowed);
    for sql in &script.statements {
        let tag = backend.run(sql).await?;
        command.get_or_insert(Cow::Owned(tag));
    }
    if script.ending == Ending::Commit {
        backend.commit().await?;
    }
    Ok(Completion { notices: Vec::new(), command: command.unwrap_or_default() })
}
