//! Reports of a run: for people on the terminal, for machines as JSON.

mod document;
mod terminal;

pub use document::{Report, WriteError};
pub use terminal::{Style, progress_line, table};
