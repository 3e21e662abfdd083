//! UNLOAD to S3: parse -> plan -> execute.
use crate::sql::{Cursor, SyntaxError};
use crate::statement::{Completion, Failure};
use crate::wire::{Backend, Session};
#[derive(Debug)]
pub(crate) struct UnloadStatement {}
impl UnloadStatement {
    pub(crate) fn parse(cursor: Cursor<'_, '_>) -> Result<UnloadStatement, SyntaxError> {
        Err(cursor.unexpected())
    }
}
pub(crate) async fn run(_: &UnloadStatement, _: &mut Backend, _: &Session) -> Result<Completion, Failure> {
    Ok(Completion { notices: Vec::new(), command: "UNLOAD" })
}
