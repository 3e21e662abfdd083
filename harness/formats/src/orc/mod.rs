//! ORC: stripes of columns, decoded into arrays.

mod reader;
mod tail;

pub use reader::{OrcError, OrcReader};
pub use tail::TailError;
