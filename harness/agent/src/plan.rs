//! What a write or a read sends to the database, and who signs what. Pure: a connection and a request in, statements out.

use crate::authentication::{self, AuthenticationError};
use crate::connection::Connection;
use crate::encryption::{Encryption, EncryptionError};
use crate::error::Step;
use crate::jdbc::{JdbcUrl, UrlError};
use crate::jvm::JvmOptionError;
use crate::options::{CopyOptions, Switch, UnloadOptions};
use crate::rows::Dialect;
use crate::statement::{Authorization, Statement, literal};
use crate::task::TaskError;
use crate::trust_store::TrustStore;
use aws_credential_types::Credentials;
use std::fmt;

/// Stands for NULL in staged and unloaded files: no backslash, which string literals would change.
pub(crate) const NULL: &str = "@NULL@";

/// What is done with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Adds them.
    Insert,
    /// Changes the rows that have their keys.
    Update,
    /// Replaces the rows that have their keys, and adds the others.
    Upsert,
    /// Deletes the rows that have their keys.
    Delete,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
        })
    }
}

/// A request that cannot be carried out; found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The JDBC URL is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Nothing authorizes the cluster.
    #[error(
        "nothing authorizes {command} at S3: give access keys in the connection, or AWS_IAM_ROLE in the {command} options"
    )]
    NoAuthorization {
        /// COPY or UNLOAD.
        command: &'static str,
    },
    /// The connection's fields do not go together.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The connection's fields of encryption do not go together.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The task's settings do not go together, or with its rows.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The agent's JVM options name no trust store.
    #[error(transparent)]
    Jvm(#[from] JvmOptionError),
    /// The endpoint is encrypted or no URL.
    #[error("the S3 endpoint `{endpoint}` is not supported: expected a URL that starts with `http://`")]
    Endpoint {
        /// What was given.
        endpoint: String,
    },
    /// The endpoint is AWS's own.
    #[error(
        "the connection names no S3 endpoint, and AWS's own is not supported: give a URL that starts with `http://`"
    )]
    NoEndpoint,
    /// The operation finds rows by their key.
    #[error("{operation} needs the key columns of `{table}`")]
    NoKey {
        /// The operation.
        operation: Operation,
        /// The target table.
        table: String,
    },
    /// An insert has no use for a key.
    #[error("insert has no use for the key `{key}`: leave it out, or choose upsert")]
    NeedlessKey {
        /// The key columns.
        key: String,
    },
    /// A key column is not among the rows' columns.
    #[error("the key column `{column}` is not among the rows' columns: {columns}")]
    UnknownKey {
        /// The key column.
        column: String,
        /// The rows' columns.
        columns: String,
    },
    /// An update changes something.
    #[error("update needs a column besides the key")]
    NothingToUpdate,
    /// The table's name is none.
    #[error("expected `table` or `schema.table`, got `{name}`")]
    TableName {
        /// What was given.
        name: String,
    },
    /// V1 takes lower-case names alone (documented).
    #[error("the target `{name}` must be written in lower case")]
    UpperCase {
        /// What was given.
        name: String,
    },
    /// A mapping with such a name fails (documented).
    #[error("the target `{name}` holds a slash: the connector takes none")]
    Slash {
        /// What was given.
        name: String,
    },
}

/// What can be found wrong with a connection without a request; the endpoint of its URL is Redshift's own, whatever
/// address the agent dials.
pub(crate) fn check(connection: &Connection) -> Result<(), PlanError> {
    let url = JdbcUrl::parse(&connection.jdbc_url)?;
    url.must_be_redshift()?;
    authentication::check(connection, &url)?;
    Encryption::of(&connection.encryption)?;
    Ok(connection.trust_store.as_ref().map_or(Ok(()), TrustStore::check)?)
}

/// Where the agent's own requests go.
pub(crate) fn endpoint(connection: &Connection) -> Result<&str, PlanError> {
    let endpoint = connection.s3_endpoint.as_deref().ok_or(PlanError::NoEndpoint)?;
    if endpoint.starts_with("http://") {
        Ok(endpoint)
    } else {
        Err(PlanError::Endpoint { endpoint: endpoint.to_owned() })
    }
}

/// The dialect of staged files.
pub(crate) fn staged_dialect(options: &CopyOptions) -> Dialect {
    Dialect { delimiter: options.delimiter, quote: options.quote, null: NULL }
}

/// The dialect of unloaded files: UNLOAD always quotes with `"` (documented).
pub(crate) fn unloaded_dialect(options: &UnloadOptions) -> Dialect {
    Dialect { delimiter: options.delimiter.unwrap_or(','), quote: '"', null: NULL }
}

/// What a write does, before it is known where its objects are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    operation: Operation,
    table: String,
    columns: Vec<String>,
    key: Vec<String>,
    temp_table: String,
}

/// The temporary table follows its target (documented; the vendor's own form of it is lost).
const TEMP_TABLE: &str = "CREATE TEMP TABLE {temp} (LIKE {target})";

impl Target {
    pub(crate) fn new(
        operation: Operation,
        table: &str,
        columns: &[String],
        key: &[String],
    ) -> Result<Self, PlanError> {
        match (operation, key.is_empty()) {
            (Operation::Insert, false) => return Err(PlanError::NeedlessKey { key: key.join(", ") }),
            (Operation::Insert, true) | (_, false) => {}
            (_, true) => return Err(PlanError::NoKey { operation, table: table.to_owned() }),
        }
        if let Some(column) = key.iter().find(|column| !columns.contains(column)) {
            return Err(PlanError::UnknownKey { column: column.clone(), columns: columns.join(", ") });
        }
        if operation == Operation::Update && columns.iter().all(|column| key.contains(column)) {
            return Err(PlanError::NothingToUpdate);
        }
        let quoted = |names: &[String]| names.iter().map(|name| identifier(name)).collect();
        let temp_table = TEMP_TABLE.to_owned();
        Ok(Self {
            operation,
            table: table_name(table)?,
            columns: quoted(columns),
            key: quoted(key),
            temp_table,
        })
    }

    /// Makes the temporary table by another statement, in which `{temp}` and `{target}` stand for the tables' names.
    pub(crate) fn with_temp_table(self, ddl: Option<&String>) -> Self {
        Self { temp_table: ddl.cloned().unwrap_or(self.temp_table), ..self }
    }

    /// The statements of the load, each with its step; they run in one transaction. An insert needs no temporary table.
    pub(crate) fn statements(
        &self,
        connection: &Connection,
        keys: Option<&Credentials>,
        staged_prefix: &str,
        temp_table: &str,
    ) -> Result<Vec<(Step, Statement)>, PlanError> {
        let temp_table = identifier(temp_table);
        if self.operation == Operation::Insert {
            return Ok(vec![(Step::Copy, self.copy(connection, keys, &self.table, staged_prefix)?)]);
        }
        let make = self.temp_table.replace("{temp}", &temp_table).replace("{target}", &self.table);
        let mut statements = vec![
            (Step::TempTable, Statement::plain(make)),
            (Step::Copy, self.copy(connection, keys, &temp_table, staged_prefix)?),
        ];
        let apply = |sql| (Step::Apply, Statement::plain(sql));
        match self.operation {
            Operation::Insert => {}
            Operation::Update => statements.push(apply(self.update(&temp_table))),
            Operation::Delete => statements.push(apply(self.delete(&temp_table))),
            Operation::Upsert => {
                statements.extend([apply(self.delete(&temp_table)), apply(self.insert(&temp_table))]);
            }
        }
        Ok(statements)
    }

    /// What is done with the rows.
    #[cfg(test)]
    pub(crate) const fn operation(&self) -> Operation {
        self.operation
    }

    fn copy(
        &self,
        connection: &Connection,
        keys: Option<&Credentials>,
        into: &str,
        staged_prefix: &str,
    ) -> Result<Statement, PlanError> {
        let options = &connection.copy_options;
        let encryption = Encryption::of(&connection.encryption)?;
        let authorization = Authorization::choose("COPY", options.role.as_ref(), keys, &encryption)?;
        let from = literal(&format!("s3://{}/{staged_prefix}", connection.bucket));
        let mut after = format!(
            " CSV QUOTE {} DELIMITER {} NULL AS {} GZIP",
            character(options.quote),
            character(options.delimiter),
            literal(NULL)
        );
        if let Some(replacement) = options.accept_inv_chars {
            after.push_str(&format!(" ACCEPTINVCHARS {}", character(replacement)));
        }
        if let Some(state) = options.comp_update {
            after.push_str(&format!(" COMPUPDATE {}", on_or_off(state)));
        }
        after.push_str(&region(options.region.as_ref()));
        Ok(authorization.statement(&format!("COPY {into} ({}) FROM {from}", self.columns.join(", ")), &after))
    }

    fn update(&self, temp_table: &str) -> String {
        let changed = self.columns.iter().filter(|column| !self.key.contains(column));
        let assignments: Vec<_> = changed.map(|column| format!("{column} = {temp_table}.{column}")).collect();
        format!(
            "UPDATE {} SET {} FROM {temp_table} WHERE {}",
            self.table,
            assignments.join(", "),
            self.same_key(temp_table)
        )
    }

    fn delete(&self, temp_table: &str) -> String {
        format!("DELETE FROM {} USING {temp_table} WHERE {}", self.table, self.same_key(temp_table))
    }

    fn insert(&self, temp_table: &str) -> String {
        let columns = self.columns.join(", ");
        format!("INSERT INTO {} ({columns}) SELECT {columns} FROM {temp_table}", self.table)
    }

    fn same_key(&self, temp_table: &str) -> String {
        let table = &self.table;
        let equal: Vec<_> =
            self.key.iter().map(|column| format!("{table}.{column} = {temp_table}.{column}")).collect();
        equal.join(" AND ")
    }
}

/// The UNLOAD of a read. With the manifest, the agent finds the parts without listing the bucket.
pub(crate) fn unload(
    connection: &Connection,
    keys: Option<&Credentials>,
    query: &str,
    prefix: &str,
) -> Result<Statement, PlanError> {
    let options = &connection.unload_options;
    let encryption = Encryption::of(&connection.encryption)?;
    let authorization = Authorization::choose("UNLOAD", options.role.as_ref(), keys, &encryption)?;
    let to = literal(&format!("s3://{}/{prefix}", connection.bucket));
    let mut after = " CSV".to_owned();
    if let Some(delimiter) = options.delimiter {
        after.push_str(&format!(" DELIMITER {}", character(delimiter)));
    }
    after.push_str(&format!(" HEADER NULL AS {} GZIP MANIFEST", literal(NULL)));
    if let Some(state) = options.parallel {
        after.push_str(&format!(" PARALLEL {}", on_or_off(state)));
    }
    if let Encryption::Kms(key) = &encryption {
        after.push_str(&format!(" KMS_KEY_ID {} ENCRYPTED", literal(key)));
    }
    after.push_str(&region(options.region.as_ref()));
    Ok(authorization.statement(&format!("UNLOAD ({}) TO {to}", literal(query)), &after))
}

fn region(region: Option<&String>) -> String {
    region.map(|region| format!(" REGION {}", literal(region))).unwrap_or_default()
}

const fn on_or_off(state: Switch) -> &'static str {
    match state {
        Switch::On => "ON",
        Switch::Off => "OFF",
    }
}

/// A character as an option's argument: an octal code unless it shows.
fn character(character: char) -> String {
    if character.is_ascii_graphic() {
        return literal(&character.to_string());
    }
    format!("'\\{:03o}'", u32::from(character))
}

pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table, as statements name it.
pub(crate) fn table_name(name: &str) -> Result<String, PlanError> {
    let parts: Vec<_> = name.split('.').collect();
    if parts.len() > 2 || parts.iter().any(|part| part.is_empty()) {
        return Err(PlanError::TableName { name: name.to_owned() });
    }
    if name.contains(char::is_uppercase) {
        return Err(PlanError::UpperCase { name: name.to_owned() });
    }
    if name.contains('/') {
        return Err(PlanError::Slash { name: name.to_owned() });
    }
    Ok(parts.into_iter().map(identifier).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
pub(crate) mod tests;
