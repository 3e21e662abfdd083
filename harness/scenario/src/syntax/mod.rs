//! YAML with positions, and errors that show them.

mod diagnostic;
mod fields;
mod node;

pub use diagnostic::{Colours, Diagnostic};
pub(crate) use fields::{Fields, choice, unknown};
pub(crate) use node::{Node, Value, parse};
