//! `CALL`: Redshift's leaves out the arguments that only come back, PostgreSQL's wants something in their places.

use super::alter::name_length;
use super::expression::{list, parenthesized};
use super::token::{Token, text_of};

/// A call of a procedure.
pub(crate) struct Call<'a> {
    /// As written.
    pub(crate) name: &'a str,
    pub(crate) arguments: Vec<&'a str>,
}

impl<'a> Call<'a> {
    /// The call that a statement is.
    pub(crate) fn of(sql: &'a str, tokens: &[Token<'_>]) -> Option<Call<'a>> {
        let (_, rest) = tokens.split_first().filter(|(verb, _)| verb.is_word("call"))?;
        let (name, rest) = rest.split_at_checked(name_length(rest))?;
        let (inner, _) = parenthesized(rest)?;
        let given = if inner.is_empty() { Vec::new() } else { list(inner) };
        let arguments = given.into_iter().map(|argument| text_of(sql, argument)).collect();
        Some(Call { name: text_of(sql, name), arguments })
    }

    /// The statement with NULL for each argument whose mode is `o`, as `pg_proc` spells modes.
    pub(crate) fn with_outputs(&self, modes: &str) -> String {
        let mut given = self.arguments.iter().copied();
        let arguments: Vec<_> = modes
            .chars()
            .map(|mode| if mode == 'o' { "NULL" } else { given.next().unwrap_or_default() })
            .collect();
        format!("CALL {}({})", self.name, arguments.join(", "))
    }
}
