//! What must hold after a flow.

use std::path::PathBuf;

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
    /// So many objects lie in a bucket.
    ObjectCount {
        /// The scenario's name of the bucket.
        bucket: String,
        /// Only keys that start with this.
        under: String,
        /// How many.
        count: u64,
    },
    /// At least one object lies in a bucket.
    ObjectsLeft {
        /// The scenario's name of the bucket.
        bucket: String,
    },
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
    /// Every call that needed this action was made by this principal, and there was one.
    CallsBy {
        /// `s3:PutObject` and the like.
        action: String,
        /// A user's or role's name.
        by: String,
    },
}
