//! From a file's text to a scenario. Pure.

mod conditions;
mod flow;
mod pins;
mod pulled;
mod scenario;
mod when;

pub(crate) use scenario::read;
pub use scenario::{LoadError, load, load_all};
