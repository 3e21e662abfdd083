//! The `Condition` element.

mod date;
mod network;
mod number;
mod operator;
mod test;

pub(crate) use operator::{Condition, Operator};
