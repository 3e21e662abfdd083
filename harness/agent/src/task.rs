//! What a task says: which rows go where, and how. Pure.

use crate::authentication::Asker;
use crate::connection::Connection;
use crate::plan::Operation;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// What is done with the rows.
    pub rows_as: RowsAs,
    /// The target: `table` or `schema.table`.
    pub table: String,
    /// The columns that tell which rows are the same, by their names in the target; none for an insert.
    pub key: Vec<String>,
    /// The rows: CSV with a header. Nothing between two commas is NULL, a pair of quotes is the empty string.
    pub rows: PathBuf,
    /// What a task may say besides.
    pub extras: Extras,
}

/// "Treat source rows as" (documented).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowsAs {
    /// All of them alike.
    Operation(Operation),
    /// Each as a column of it says: `I`, `U` or `D`. The column is none of the target's.
    DataDriven {
        /// The column.
        column: String,
    },
}

impl fmt::Display for RowsAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(operation) => operation.fmt(f),
            Self::DataDriven { .. } => f.write_str("data driven"),
        }
    }
}

/// What a task may say besides what is written where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// What kind of task it is.
    pub kind: TaskKind,
    /// How many rows a batch has; none: all rows are one. Each batch is a transaction of its own.
    pub batch: Option<NonZeroUsize>,
    /// How much time passes between two batches.
    pub between_batches: Duration,
    /// Over how many files a batch is spread at most; none: four, so that a load has to find them by their prefix.
    pub parts: Option<NonZeroUsize>,
    /// "Wait time in milliseconds for S3 file consistency": how long the agent waits between what it staged and the load.
    pub s3_wait: Duration,
    /// "Part size": a staged file with more bytes is uploaded in parts of so many; none: every file is put whole.
    pub part_size: Option<NonZeroUsize>,
    /// "Number of concurrent connections": how many uploads are under way at a time; none: one.
    pub connections: Option<NonZeroUsize>,
    /// "Preserve record order on write", for rows that tell their operations.
    pub record_order: RecordOrder,
    /// What becomes of the staged objects when the task is over.
    pub staged: Staged,
    /// The refused batch that ends the task; none: every batch is tried.
    pub max_errors: Option<NonZeroUsize>,
    /// What becomes of empty strings.
    pub empty_strings: EmptyStrings,
    /// Makes the target where it is not there, with columns named in this way; none: it must be there.
    pub create: Option<ColumnNames>,
    /// Statements before the first batch; when they fail nothing is loaded.
    pub pre_sql: Option<String>,
    /// Statements behind the last batch.
    pub post_sql: Option<String>,
    /// The statement that makes the temporary table, with `{temp}` and `{target}` in the tables' places.
    pub temp_table: Option<String>,
    /// What is done to the target in the end, outside any transaction.
    pub upkeep: Vec<Upkeep>,
}

/// The kinds of tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TaskKind {
    /// A mapping.
    #[default]
    Mapping,
    /// Application or database ingestion, its initial load.
    Ingestion,
    /// Application or database ingestion, an incremental load: it keeps a recovery table beside its target.
    IncrementalIngestion,
}

/// In which order the rows of a batch that tell their operations take effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RecordOrder {
    /// As they stand.
    #[default]
    Kept,
    /// Inserts, then updates, then deletes: a load for each (inferred; what the vendor's does is not known).
    ByOperation,
}

/// What becomes of the staged objects when a task is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Staged {
    /// They are deleted.
    #[default]
    Deleted,
    /// They stay (V1's targets may be told to: documented).
    Kept,
}

/// "Require Null Value for Char and Varchar".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EmptyStrings {
    /// They are loaded as they are.
    #[default]
    Kept,
    /// They are loaded as NULL.
    Null,
}

/// How the columns of a target that is made at run time are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnNames {
    /// As in the source ("exact source field names").
    Exact,
    /// With `_` for each special character (documented); letters, digits and `_` are taken to be the others.
    Plain,
}

/// What keeps a table in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upkeep {
    /// `VACUUM`
    Vacuum,
    /// `ANALYZE`
    Analyze,
}

/// A task that cannot be carried out; found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// Ingestion has a bound (documented).
    #[error("an ingestion task takes at most {MOST_KEY_COLUMNS} key columns, `{table}` has {count}")]
    KeyColumns {
        /// The target table.
        table: String,
        /// How many it has.
        count: usize,
    },
    /// Ingestion assumes roles with the EC2 role (documented).
    #[error("an ingestion task assumes `{role}` with the EC2 role alone: choose it, or leave the role out")]
    AssumesWithKeys {
        /// The role.
        role: String,
    },
    /// Rows with one operation are in no order of operations.
    #[error(
        "the record order is of a data driven task: leave it out, since every row is treated as {operation}"
    )]
    NeedlessOrder {
        /// The operation of all.
        operation: Operation,
    },
    /// Two columns of the source would be one of the target.
    #[error("the columns `{first}` and `{second}` would both be named `{name}`: ask for exact names")]
    SameName {
        /// A column of the source.
        first: String,
        /// Another.
        second: String,
        /// The column of the target.
        name: String,
    },
    /// The rows lack the column that tells their operation.
    #[error("the rows lack the column `{column}`, which tells the operation of each; they have {columns}")]
    NoOperationColumn {
        /// The column.
        column: String,
        /// The rows' columns.
        columns: String,
    },
    /// A row tells no operation.
    #[error("row {row}, column `{column}`: expected `I`, `U` or `D`, got `{value}`")]
    RowOperation {
        /// The row's number, from 1.
        row: usize,
        /// The column.
        column: String,
        /// What stands there; nothing for NULL.
        value: String,
    },
}

/// How many key columns an ingestion task takes (documented).
const MOST_KEY_COLUMNS: usize = 32;

impl Write {
    /// What ingestion asks for beyond a mapping.
    pub(crate) fn check(&self, connection: &Connection) -> Result<(), TaskError> {
        if self.extras.kind == TaskKind::Mapping {
            return Ok(());
        }
        let count = self.key.len();
        if count > MOST_KEY_COLUMNS {
            return Err(TaskError::KeyColumns { table: self.table.clone(), count });
        }
        match &connection.assume {
            Some(role) if role.asked_by == Asker::Keys => {
                Err(TaskError::AssumesWithKeys { role: role.arn.clone() })
            }
            _ => Ok(()),
        }
    }
}
