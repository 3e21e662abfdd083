//! From a file's text to a scenario. Pure.

mod conditions;
mod connector;
mod flow;
mod names;
mod pins;
mod pulled;
mod requirements;
mod resolve;
mod scenario;
mod task;
mod when;
mod wordings;

pub use connector::load_connector;
pub(crate) use names::{ROOT, names_of_keys};
pub use requirements::load_requirements;
pub(crate) use scenario::read;
pub use scenario::{LoadError, load, load_all};
pub use wordings::load_wordings;
