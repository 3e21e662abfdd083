//! What only the server can tell: navigation of SUPER, aliases that a SELECT list names itself, what a procedure gives back, and
//! the types of what a table is made of.

use crate::modifiers;
use crate::sql;
use crate::wire::{Backend, BackendError};

/// What the server says of a query that it cannot prepare; nothing is run, and the transaction stays as it is.
const MISTAKE_SQL: &str = "SELECT state, message FROM pg_catalog.linchpin_mistake($1)";

/// How the arguments of a procedure go that takes so many and gives others back, by the letters of `pg_proc`.
const MODES_SQL: &str = "SELECT pg_catalog.linchpin_argument_modes($1, $2::int)";

/// PostgreSQL's SQLSTATE of a column that is not there.
const UNDEFINED_COLUMN: &str = "42703";

/// Those of tables and schemas that are not there, other databases, too many names, and subscripts.
const OF_NAVIGATION: [&str; 5] = ["42P01", "3F000", "0A000", "42601", "42804"];

/// An expression may name aliases before it, so one round may bring up the next; one that names itself never ends.
const ROUNDS: usize = 100;

/// Why a query cannot be prepared.
struct Mistake {
    state: String,
    message: String,
}

impl Mistake {
    async fn of(query: &str, backend: &mut Backend) -> Result<Option<Mistake>, BackendError> {
        let rows = backend.query(MISTAKE_SQL, &[query]).await?;
        let mut fields = rows.into_iter().flatten().flatten();
        Ok(fields.next().zip(fields.next()).map(|(state, message)| Mistake { state, message }))
    }

    /// The column that the query names by itself and nothing in its FROM has, if that is what is wrong.
    fn missing_column(&self) -> Option<&str> {
        let name = self.message.strip_prefix("column \"")?.strip_suffix("\" does not exist")?;
        (self.state == UNDEFINED_COLUMN).then_some(name)
    }

    /// Whether it may be what the server makes of navigation.
    fn may_be_navigation(&self) -> bool {
        OF_NAVIGATION.contains(&self.state.as_str())
    }
}

/// `sql` as PostgreSQL takes it: navigation has become calls, and every alias that is no column its expression.
pub(crate) async fn resolve(backend: &mut Backend, mut sql: String) -> Result<String, BackendError> {
    if let Some(called) = with_outputs(backend, &sql).await? {
        return Ok(called);
    }
    for _ in 0..ROUNDS {
        let Some(query) = asking(&sql) else { break };
        let Some(mistake) = Mistake::of(query, backend).await? else { break };
        let expanded = mistake.missing_column().and_then(|name| sql::expand(&sql, name));
        let next = match expanded {
            None if mistake.may_be_navigation() => navigated(backend, &sql).await?,
            expanded => expanded,
        };
        match next {
            Some(next) => sql = next,
            None => break,
        }
    }
    with_modifiers(backend, sql).await
}

/// What a table is made of has Redshift's precision, scale and lengths.
async fn with_modifiers(backend: &mut Backend, sql: String) -> Result<String, BackendError> {
    let tokens = sql::tokenize(&sql).unwrap_or_default();
    let Some(query) = sql::query_of_table(&tokens) else { return Ok(sql) };
    let (Some(first), text) = (query.first(), sql::text_of(&sql, query)) else { return Ok(sql) };
    let brought = modifiers::with_modifiers(backend, text).await?;
    Ok(brought
        .map_or_else(|| sql.clone(), |query| sql.get(..first.offset).unwrap_or_default().to_owned() + &query))
}

/// The CALL with something in the places of what only comes back; `None` if it is none, or has nothing such.
async fn with_outputs(backend: &mut Backend, sql: &str) -> Result<Option<String>, BackendError> {
    let tokens = sql::tokenize(sql).unwrap_or_default();
    let Some(call) = sql::Call::of(sql, &tokens) else { return Ok(None) };
    let rows = backend.query(MODES_SQL, &[call.name, &call.arguments.len().to_string()]).await?;
    Ok(rows.into_iter().flatten().flatten().next().map(|modes| call.with_outputs(&modes)))
}

/// The statement with calls in place of its navigation. Names before dots that are no columns either stay, for the server's words.
async fn navigated(backend: &mut Backend, sql: &str) -> Result<Option<String>, BackendError> {
    let tokens = sql::tokenize(sql).unwrap_or_default();
    let tokens = sql::query(&tokens);
    let (Some(first), Some(navigated)) = (tokens.first(), sql::navigate(sql, tokens)) else {
        return Ok(None);
    };
    let mistake = Mistake::of(&navigated.sql, backend).await?;
    let missing = mistake.as_ref().and_then(Mistake::missing_column);
    let known = missing.is_none_or(|name| !navigated.columns.contains(name));
    Ok(known.then(|| sql.get(..first.offset).unwrap_or_default().to_owned() + &navigated.sql))
}

/// The query of a statement, if it may navigate or name aliases of its own.
fn asking(sql: &str) -> Option<&str> {
    let tokens = sql::tokenize(sql).ok()?;
    let query = sql::query(&tokens);
    (sql::refers(&tokens) || sql::navigates(&tokens)).then(|| sql::text_of(sql, query))
}
