//! The road itself: every request passes the same stages, in the same order.

mod calls;
mod checksums;
mod context;
mod details;
mod encryption;
mod objects;
mod ownership;
mod payload;
mod range;
mod rest;
mod roles;
mod stages;
mod trip;
mod uploads;
mod web_identity;

pub use checksums::CHECKSUMS;
pub use payload::{AsSent, read_whole};
pub use roles::is_role_arn;
pub(crate) use stages::{Dropped, Road};
