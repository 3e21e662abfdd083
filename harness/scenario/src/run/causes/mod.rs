//! Why a flow broke, and who needed what was pulled.

mod happened;
mod needed_by;
mod pulled;

pub(crate) use happened::{Task, broken_part};
pub use needed_by::NeededBy;
pub(crate) use needed_by::of_pull as needed_by;
pub(crate) use pulled::of_pull as cause;
