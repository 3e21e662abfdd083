//! Aliases that a SELECT list names itself: which of them are no columns, the server tells.

use crate::sql;
use crate::wire::{Backend, BackendError};

/// The column that the server misses in a query; nothing is run, and the transaction stays as it is.
const MISSING_SQL: &str = "SELECT pg_catalog.linchpin_missing_column($1)";

/// An expression may name aliases before it, so one round may bring up the next; one that names itself never ends.
const ROUNDS: usize = 100;

/// `sql` as PostgreSQL takes it: every alias that is no column has become its expression.
pub(crate) async fn resolve(backend: &mut Backend, mut sql: String) -> Result<String, BackendError> {
    for _ in 0..ROUNDS {
        let Some(query) = referring(&sql) else { break };
        let rows = backend.query(MISSING_SQL, &[query]).await?;
        let missing = rows.into_iter().flatten().flatten().next();
        match missing.and_then(|name| sql::expand(&sql, &name)) {
            Some(expanded) => sql = expanded,
            None => break,
        }
    }
    Ok(sql)
}

/// The query of a statement, if it may name aliases of its own.
fn referring(sql: &str) -> Option<&str> {
    let tokens = sql::tokenize(sql).ok()?;
    sql::refers(&tokens).then(|| sql::query(sql, &tokens))
}
