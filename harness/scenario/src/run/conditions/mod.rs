//! What must hold after a flow: of tables, stored objects, files and calls.

mod calls;
mod judge;
mod stored;
mod tables;

pub(crate) use calls::told;
pub(crate) use judge::holds;
