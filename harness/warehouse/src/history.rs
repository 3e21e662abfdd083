//! What loads and unloads leave in the system tables, written outside the client's transaction: a row does not prove a
//! commit (documented).

use std::time::Instant;

use tokio_postgres::types::ToSql;

use crate::private::PrivateError;
use crate::wire::Session;

const LOAD_SQL: &str = "INSERT INTO pg_internal.loads SELECT \
     (SELECT usesysid::int FROM pg_catalog.pg_user WHERE usename = $1), $2, $3, pg_catalog.current_database(), $4, $5, \
     finished - $6::int8 * interval '1 microsecond', finished, $6::int8, $7, $8, $9, $10, $11 \
     FROM (SELECT pg_catalog.clock_timestamp() AT TIME ZONE 'UTC' AS finished) AS now";

const FILE_SQL: &str = "INSERT INTO pg_internal.stl_unload_log SELECT \
     (SELECT usesysid::int FROM pg_catalog.pg_user WHERE usename = $1), $2, $3, $4, $5, \
     finished - $6::int8 * interval '1 microsecond', finished, $7, $8, $9, pg_catalog.current_database() \
     FROM (SELECT pg_catalog.clock_timestamp() AT TIME ZONE 'UTC' AS finished) AS now";

const UNLOAD_SQL: &str = "INSERT INTO pg_internal.unloads SELECT \
     (SELECT usesysid::int FROM pg_catalog.pg_user WHERE usename = $1), $2, $3, pg_catalog.current_database(), \
     finished - $4::int8 * interval '1 microsecond', finished, $4::int8, $5, $6, $7, $8 \
     FROM (SELECT pg_catalog.clock_timestamp() AT TIME ZONE 'UTC' AS finished) AS now";

const QUERY_SQL: &str = "INSERT INTO pg_internal.queries SELECT \
     (SELECT usesysid::int FROM pg_catalog.pg_user WHERE usename = $1), $2, $3, $4, $5, pg_catalog.current_database(), $6, $7, \
     finished - $8::int8 * interval '1 microsecond', finished, $8::int8, $9 \
     FROM (SELECT pg_catalog.clock_timestamp() AT TIME ZONE 'UTC' AS finished) AS now";

/// A statement that has a query number, and ended.
#[derive(Debug)]
pub(crate) struct QueryRecord<'a> {
    pub(crate) query: i32,
    /// The session's `query_group`.
    pub(crate) label: &'a str,
    pub(crate) transaction: i64,
    /// The statement's first word.
    pub(crate) kind: &'static str,
    /// Without secrets.
    pub(crate) text: &'a str,
    pub(crate) started: Instant,
    pub(crate) error: Option<String>,
}

/// Writes a statement down.
pub(crate) async fn query(session: &Session, query: QueryRecord<'_>) -> Result<(), PrivateError> {
    let values: [&(dyn ToSql + Sync); 9] = [
        &session.user,
        &query.query,
        &query.label,
        &query.transaction,
        &session.key.0,
        &query.kind,
        &query.text,
        &micros(query.started),
        &query.error,
    ];
    insert(session, QUERY_SQL, &values).await
}

/// How a load ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadStatus {
    Completed,
    Aborted,
    /// Aborted after it had started, and no block of the client's with it: the session still knows its number (documented).
    AbortedAlone,
}

/// A load that ended.
#[derive(Debug)]
pub(crate) struct LoadRecord<'a> {
    pub(crate) query: i32,
    pub(crate) status: LoadStatus,
    pub(crate) table: &'a str,
    pub(crate) started: Instant,
    pub(crate) source: String,
    pub(crate) format: &'static str,
    pub(crate) rows: u64,
    pub(crate) errors: u64,
}

/// A file that an UNLOAD wrote.
#[derive(Debug)]
pub(crate) struct UnloadedFile {
    pub(crate) query: i32,
    pub(crate) slice: usize,
    pub(crate) path: String,
    pub(crate) started: Instant,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) format: &'static str,
}

/// An UNLOAD that ended.
#[derive(Debug)]
pub(crate) struct UnloadRecord {
    pub(crate) query: i32,
    pub(crate) started: Instant,
    pub(crate) format: &'static str,
    pub(crate) compression: &'static str,
    pub(crate) location: String,
    pub(crate) error: Option<String>,
}

fn micros(started: Instant) -> i64 {
    i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX)
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes a load down.
pub(crate) async fn load(session: &Session, load: LoadRecord<'_>) -> Result<(), PrivateError> {
    let status = match load.status {
        LoadStatus::Completed => "completed",
        LoadStatus::Aborted | LoadStatus::AbortedAlone => "aborted",
    };
    let values: [&(dyn ToSql + Sync); 11] = [
        &session.user,
        &i64::from(load.query),
        &session.key.0,
        &status,
        &load.table,
        &micros(load.started),
        &load.source,
        &load.format,
        &count(load.rows),
        &count(load.errors),
        &(load.status == LoadStatus::AbortedAlone),
    ];
    insert(session, LOAD_SQL, &values).await
}

/// Writes a file down.
pub(crate) async fn unloaded(session: &Session, file: UnloadedFile) -> Result<(), PrivateError> {
    let values: [&(dyn ToSql + Sync); 9] = [
        &session.user,
        &file.query,
        &i32::try_from(file.slice).unwrap_or_default(),
        &session.key.0,
        &file.path,
        &micros(file.started),
        &count(file.rows),
        &count(file.bytes),
        &file.format,
    ];
    insert(session, FILE_SQL, &values).await
}

/// Writes an UNLOAD down.
pub(crate) async fn unload(session: &Session, unload: UnloadRecord) -> Result<(), PrivateError> {
    let values: [&(dyn ToSql + Sync); 8] = [
        &session.user,
        &i64::from(unload.query),
        &session.key.0,
        &micros(unload.started),
        &unload.format,
        &unload.compression,
        &unload.location,
        &unload.error,
    ];
    insert(session, UNLOAD_SQL, &values).await
}

async fn insert(session: &Session, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<(), PrivateError> {
    let database = &session.database;
    let client = session.cluster.private.client(database).await?;
    client.execute(sql, values).await.map(drop).map_err(|source| PrivateError::new(database, source))
}
