//! What must hold after a flow.

use std::path::PathBuf;

use super::{AgentFolder, SqlUser};

/// How many there must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exactly(u64),
    /// At least one.
    Some,
}

impl Count {
    /// Whether a number is right.
    pub fn allows(self, number: u64) -> bool {
        match self {
            Self::Exactly(count) => number == count,
            Self::Some => number > 0,
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(count) => write!(f, "{count}"),
            Self::Some => f.write_str("some"),
        }
    }
}

/// Which recorded calls are meant; what is not named does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// A user's or role's name.
    pub by: Option<String>,
    /// `s3:PutObject` and the like, or a pattern with `*`.
    pub action: Option<String>,
}

/// Objects in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objects {
    /// The scenario's name of the bucket.
    pub bucket: String,
    /// Only keys that start with this.
    pub under: String,
    /// Only keys that match this pattern, in which `*` stands for anything.
    pub named: Option<String>,
    /// How many.
    pub count: Count,
    /// How each of them is encrypted: `AES256` or `aws:kms`.
    pub encryption: Option<String>,
}

/// Files in one of the agent's folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Which.
    pub folder: AgentFolder,
    /// The agent's name; none: the first.
    pub of: Option<String>,
    /// How many.
    pub count: Count,
    /// Every file's name matches this pattern, in which `*` stands for anything.
    pub named: Option<String>,
    /// How many records all of them hold, without their headers.
    pub rows: Option<u64>,
    /// All of them together hold the rows, in any order, of a CSV file with a header under `fixtures/`, but for the
    /// errors' messages.
    pub equal: Option<PathBuf>,
    /// Every record's error message holds this text.
    pub message: Option<String>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The table has this many rows.
    RowCount {
        /// The table.
        of: String,
        /// How many.
        count: u64,
    },
    /// The table's rows, in any order, are those of a CSV file with a header.
    RowsEqual {
        /// The table.
        of: String,
        /// Under `fixtures/`.
        file: PathBuf,
    },
    /// A query gives these rows, in this order; NULL is the empty text.
    Query {
        /// The query.
        query: String,
        /// Who runs it.
        runs_as: SqlUser,
        /// A text for each column of each row.
        gives: Vec<Vec<String>>,
    },
    /// So many objects lie in a bucket.
    Objects(Objects),
    /// So many files lie in one of the agent's folders.
    Files(Files),
    /// A file that a read made has the rows, in any order, of a CSV file with a header.
    FileEquals {
        /// The name in the step's `to`.
        of: String,
        /// Under `fixtures/`.
        file: PathBuf,
    },
    /// A principal made no calls but of these actions.
    CallsOnly {
        /// A user's or role's name.
        by: String,
        /// `s3:PutObject` and the like.
        actions: Vec<String>,
    },
    /// These principals made calls, for these actions each, and nobody else made any.
    CallsOf {
        /// Users' and roles' names with their actions.
        of: Vec<(String, Vec<String>)>,
    },
    /// Every call that needed this action was made by this principal, and there was one.
    CallsBy {
        /// `s3:PutObject` and the like.
        action: String,
        /// A user's or role's name.
        by: String,
    },
    /// So many calls were made.
    CallCount {
        /// Which.
        calls: CallFilter,
        /// How many.
        count: Count,
    },
    /// Calls for these actions were made one after another; other calls may stand between them.
    CallsInOrder {
        /// `s3:PutObject` and the like.
        actions: Vec<String>,
    },
    /// The agent warned of this, over all its steps: each text stands in a warning; without any, there was none.
    Warns {
        /// The texts.
        texts: Vec<String>,
    },
    /// Every call was made in this region, on resources of this partition, and there was one.
    CallsIn {
        /// The region of the credential scope.
        region: String,
    },
}
