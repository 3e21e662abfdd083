//! The steps that the connector takes.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use super::Call;

/// One step of the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowStep {
    /// The step's name in expectations: its kind, unless the scenario names it.
    pub name: String,
    /// What it does.
    pub kind: StepKind,
}

/// What a write may say besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// One of [`Extras::JOBS`]; none: a mapping.
    pub job: Option<String>,
    /// How many rows a batch has.
    pub batch: Option<NonZeroUsize>,
    /// How much time passes in the trial's accounts between two batches.
    pub between_batches: Duration,
    /// Over how many files a batch is spread.
    pub parts: Option<String>,
    /// How long the agent waits between what it staged and the load.
    pub s3_wait: Option<String>,
    /// From how many bytes on a staged file goes in parts.
    pub part_size: Option<String>,
    /// How many uploads are under way at a time.
    pub connections: Option<String>,
    /// One of [`Extras::ORDERS`]; none: the first.
    pub record_order: Option<String>,
    /// One of [`Extras::STAGED`]; none: the first.
    pub staged: Option<String>,
    /// The refused batch that ends the task.
    pub max_errors: Option<String>,
    /// `yes` or `no`: whether empty strings are loaded as NULL.
    pub null_for_empty: Option<String>,
    /// The column that tells the operation of each row.
    pub rows_as: Option<String>,
    /// One of [`Extras::NAMES`]: the target is made at run time; none: it must be there.
    pub create: Option<String>,
    /// Statements before the load.
    pub pre_sql: Option<String>,
    /// Statements behind the load.
    pub post_sql: Option<String>,
    /// The statement that makes the temporary table, with `{temp}` and `{target}` in it.
    pub temp_table: Option<String>,
    /// `vacuum`, `analyze`.
    pub upkeep: Vec<Upkeep>,
}

impl Extras {
    /// The words of `job:`.
    pub const JOBS: [&str; 2] = ["ingestion", "incremental ingestion"];
    /// The words of `record order:`.
    pub const ORDERS: [&str; 2] = ["kept", "by operation"];
    /// The words of `staged objects:`.
    pub const STAGED: [&str; 2] = ["deleted", "kept"];
    /// The words of `create:`.
    pub const NAMES: [&str; 2] = ["exact names", "plain names"];
}

/// What keeps a table in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upkeep {
    /// `VACUUM`
    Vacuum,
    /// `ANALYZE`
    Analyze,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The agent writes rows into a table.
    Write {
        /// How the rows meet those that are there.
        operation: String,
        /// The table.
        into: String,
        /// A CSV file with a header, under `fixtures/`.
        from: PathBuf,
        /// The columns that rows are matched by.
        key: Vec<String>,
        /// What the task says besides.
        extras: Box<Extras>,
    },
    /// The agent reads the rows of a query into a file.
    Read {
        /// The query, without a semicolon at its end.
        query: String,
        /// The file's name; conditions name it so.
        to: String,
    },
    /// Statements, in a session of their own or in one that earlier steps opened.
    Sql {
        /// One or more statements.
        statements: String,
        /// Who runs them.
        runs_as: SqlUser,
        /// The session's name; none: it ends with the step.
        session: Option<String>,
    },
    /// `sts:AssumeRole`; the session's keys are for the connection from then on.
    Assume {
        /// The role's name.
        role: String,
        /// The user who assumes it.
        by: String,
        /// The session's name.
        session: String,
    },
    /// A call to KMS.
    Kms {
        /// Which.
        call: KmsCall,
        /// The scenario's name of the key.
        key: String,
        /// The user or session whose keys sign it.
        by: String,
    },
    /// A call to another service of AWS.
    Call(Call),
    /// The clocks of the trial's accounts go on.
    Clock {
        /// By how much: `20 min`, or a name that stands for such a text.
        ahead: String,
    },
    /// An object put with the connection's keys.
    Put {
        /// Under `fixtures/`.
        from: PathBuf,
        /// The object's key in the connection's bucket.
        to: String,
        /// The number of the one part that it is put as; none: it is put whole.
        part: Option<String>,
    },
}

/// The calls to KMS that a step can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KmsCall {
    /// `kms:DescribeKey`.
    DescribeKey,
    /// `kms:Encrypt`.
    Encrypt,
    /// `kms:GenerateDataKey`.
    GenerateDataKey,
    /// `kms:ReEncrypt`, of what the account's root encrypted, with the same key.
    ReEncrypt,
    /// `kms:Decrypt`, of what the account's root encrypted.
    Decrypt,
}

impl KmsCall {
    /// The words of the language: KMS's own.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("DescribeKey", Self::DescribeKey),
        ("Encrypt", Self::Encrypt),
        ("GenerateDataKey", Self::GenerateDataKey),
        ("ReEncrypt", Self::ReEncrypt),
        ("Decrypt", Self::Decrypt),
    ];
}

/// Who runs the statements of a step or a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlUser {
    /// The connection's login.
    Connection,
    /// The cluster's master user.
    Master,
    /// A login that a pin made.
    Login(String),
}

/// How written rows meet those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Added.
    Insert,
    /// Changed where the key is there.
    Update,
    /// Changed where the key is there, else added.
    Upsert,
    /// Removed where the key is there.
    Delete,
    /// Each row as a column of it says.
    DataDriven,
}

impl Operation {
    /// The words of the language.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("insert", Self::Insert),
        ("update", Self::Update),
        ("upsert", Self::Upsert),
        ("delete", Self::Delete),
        ("data driven", Self::DataDriven),
    ];
}
