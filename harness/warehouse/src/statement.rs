//! The statements that the front carries out.

use std::sync::Arc;

use crate::copy::{self, CopyStatement};
use crate::sql::{Cursor, Token};
use crate::unload::{self, UnloadStatement};
use crate::wire::{Backend, BackendError, Report, Session};

/// A COPY or an UNLOAD.
#[derive(Debug)]
pub(crate) enum Statement {
    Copy(CopyStatement),
    Unload(UnloadStatement),
}

/// What the client hears of a statement that came through.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) notices: Vec<Report>,
    pub(crate) command: &'static str,
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

impl Statement {
    /// Reads one statement's tokens. `None`: it is not the front's.
    pub(crate) fn parse(tokens: &[Token<'_>]) -> Option<Result<Arc<Statement>, Box<Report>>> {
        let mut cursor = Cursor::new(tokens);
        if cursor.take_word("copy") {
            let copy = CopyStatement::parse(cursor).map(Statement::Copy);
            return Some(copy.map(Arc::new).map_err(|error| Box::new(error.into())));
        }
        if cursor.take_word("unload") {
            let unload = UnloadStatement::parse(cursor).map(Statement::Unload);
            return Some(unload.map(Arc::new).map_err(|error| Box::new(error.into())));
        }
        None
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
    }
}
