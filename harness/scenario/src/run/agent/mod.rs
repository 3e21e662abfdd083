//! Who takes the writes and reads: the built-in agent, or a program in its place.

mod agents;
mod connection;
mod external;
mod program;

pub(crate) use agents::{Agent, as_agent};
pub(crate) use external::Request;
