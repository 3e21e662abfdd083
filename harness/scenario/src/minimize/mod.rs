//! The least documents that a flow needs: what is looked at, what was used, what is proposed. Pure but for the files.

mod least;
mod target;
#[cfg(test)]
mod tests;
mod usage;

pub use least::{LeastDocument, Minimized, Narrowed, Needed, Told, UnusedBy};
pub use target::TargetError;
pub(crate) use target::{Holder, Target, targets, untouched};
pub(crate) use usage::{Covering, Right, narrowed, never_used, used};
