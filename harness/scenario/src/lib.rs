//! The scenario language, pins, matrix, trials, runner and verdicts.

mod load;
mod model;
mod plan;
mod syntax;
mod text;

pub use load::{LoadError, load, load_all};
pub use syntax::Diagnostic;
