//! Reports of a run: for people on the terminal, for machines as JSON.

mod document;
mod equality;
mod minimized;
mod terminal;

pub use document::{Report, WriteError};
pub use equality::{KnownDifference, Outcome, differences, known_differences, outcomes};
pub use minimized::{least_documents, least_documents_json};
pub use terminal::{Style, progress_line, table};
