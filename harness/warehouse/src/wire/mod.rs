//! The PostgreSQL wire protocol: the only module that knows message bytes.

mod auth;
mod authenticate;
mod backend;
mod block;
mod cancel;
mod expected;
mod frame;
#[cfg(test)]
pub(crate) mod fuzz;
mod intercept;
mod link;
mod message;
mod private;
mod pump;
mod report;
mod session;
mod startup;

pub(crate) use backend::{Backend, BackendError, ColumnDescription};
pub(crate) use block::Block;
pub(crate) use cancel::CancelRegistry;
pub(crate) use message::{SUPER, VARBYTE};
pub(crate) use private::PrivateAddress;
pub(crate) use report::Report;
pub(crate) use session::{Session, serve};
pub(crate) use startup::SESSION_OPTIONS;
