//! What a load writes down while it runs, on a connection of its own: clients roll back first, and read then.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::load_error::{FieldDetail, LoadError, Replacement, excerpt};
use super::plan::Target;
use super::rows::FinishedFile;
use crate::private::PrivateError;
use crate::wire::Session;

/// How many errors of a slice `stl_loaderror_detail` has (documented).
const DETAILED: u32 = 20;

const LOAD_ERROR_SQL: &str = "INSERT INTO pg_internal.stl_load_errors (userid, slice, tbl, starttime, session, query, \
     filename, line_number, colname, type, col_length, position, raw_line, raw_field_value, err_code, err_reason, \
     is_partial, start_offset, copy_job_id) VALUES ($1, $2, $3, pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', $4, \
     $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, 0)";

const DETAIL_SQL: &str = "INSERT INTO pg_internal.stl_loaderror_detail (userid, slice, session, query, filename, \
     line_number, field, colname, value, is_null, type, col_length) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const REPLACEMENT_SQL: &str = "INSERT INTO pg_internal.stl_replacements (userid, query, slice, tbl, starttime, session, \
     filename, line_number, colname, raw_line) \
     VALUES ($1, $2, $3, $4, pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', $5, $6, $7, $8, $9)";

const COMMIT_SQL: &str = "INSERT INTO pg_internal.stl_load_commits (userid, query, slice, name, filename, \
     byte_offset, lines_scanned, errors, curtime, status, file_format, is_partial, start_offset, copy_job_id, bytes) \
     VALUES ($1, $2, $3, $4, $4, 0, $5, 0, pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 1, $6, 0, 0, 0, $7)";

type Inserted = Result<u64, tokio_postgres::Error>;

/// Writes down what happens to one load.
#[derive(Debug)]
pub(super) struct Record<'a> {
    session: &'a Session,
    query: i32,
    target: &'a Target,
    /// How many errors of each slice have their fields written down.
    detailed: HashMap<i32, u32>,
}

impl<'a> Record<'a> {
    pub(super) fn new(session: &'a Session, query: i32, target: &'a Target) -> Record<'a> {
        Record { session, query, target, detailed: HashMap::new() }
    }

    async fn client(&self) -> Result<std::sync::Arc<Client>, PrivateError> {
        self.session.cluster.private.client(&self.session.database).await
    }

    fn failed(&self, source: tokio_postgres::Error) -> PrivateError {
        PrivateError::new(&self.session.database, source)
    }

    pub(super) async fn errors(&mut self, errors: &[LoadError]) -> Result<(), PrivateError> {
        let client = self.client().await?;
        let prepare = async |sql| client.prepare(sql).await.map_err(|source| self.failed(source));
        let (insert, detail) = (prepare(LOAD_ERROR_SQL).await?, prepare(DETAIL_SQL).await?);
        let inserts = errors.iter().map(|error| self.error(error, &client, &insert));
        try_join_all(inserts).await.map_err(|source| self.failed(source))?;
        for error in errors {
            let detailed = self.detailed.entry(error.slice).or_default();
            *detailed += 1;
            if *detailed <= DETAILED {
                let fields = (1..).zip(&error.fields);
                let inserts =
                    fields.map(|(number, field)| self.detail(error, number, field, &client, &detail));
                try_join_all(inserts).await.map_err(|source| self.failed(source))?;
            }
        }
        Ok(())
    }

    async fn error(&self, error: &LoadError, client: &Client, insert: &Statement) -> Inserted {
        let (kind, length) = error.column.as_ref().map_or(("", String::new()), |c| c.kind.catalog_names());
        let column = error.column.as_ref().map_or("", |column| &column.name);
        let values: [&(dyn ToSql + Sync); 15] = [
            &self.target.user_oid,
            &error.slice,
            &self.target.oid,
            &self.session.key.0,
            &self.query,
            &cut(&error.file, 256),
            &count(error.line),
            &cut(column, 127),
            &cut(kind, 10),
            &cut(&length, 10),
            &error.position,
            &excerpt(&error.raw_line),
            &excerpt(&error.raw_value),
            &error.mistake.code(),
            &error.mistake.reason(),
        ];
        client.execute(insert, &values).await
    }

    async fn detail(
        &self,
        error: &LoadError,
        number: i32,
        field: &FieldDetail,
        client: &Client,
        insert: &Statement,
    ) -> Inserted {
        let (kind, length) = field.column.kind.catalog_names();
        let values: [&(dyn ToSql + Sync); 12] = [
            &self.target.user_oid,
            &error.slice,
            &self.session.key.0,
            &self.query,
            &cut(&error.file, 256),
            &count(error.line),
            &number,
            &cut(&field.column.name, 1024),
            &excerpt(field.value.as_deref().unwrap_or_default()),
            &i32::from(field.value.is_none()),
            &cut(kind, 10),
            &cut(&length, 10),
        ];
        client.execute(insert, &values).await
    }

    pub(super) async fn replacements(&self, rows: &[Replacement]) -> Result<(), PrivateError> {
        let client = self.client().await?;
        for row in rows {
            let values: [&(dyn ToSql + Sync); 9] = [
                &self.target.user_oid,
                &self.query,
                &row.slice,
                &self.target.oid,
                &self.session.key.0,
                &cut(&row.file, 256),
                &count(row.line),
                &cut(&row.column, 127),
                &excerpt(&row.raw_line),
            ];
            client.execute(REPLACEMENT_SQL, &values).await.map_err(|source| self.failed(source))?;
        }
        Ok(())
    }

    /// A file that was read to its end.
    pub(super) async fn file(&self, file: &FinishedFile, format: &str) -> Result<(), PrivateError> {
        let (name, lines) = (cut(&file.url, 256), count(file.lines));
        let values: [&(dyn ToSql + Sync); 7] =
            [&self.target.user_oid, &self.query, &file.slice, &name, &lines, &format, &count(file.bytes)];
        let inserted = self.client().await?.execute(COMMIT_SQL, &values).await;
        inserted.map(drop).map_err(|source| self.failed(source))
    }
}

/// Cuts a value to the width of its column.
fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
