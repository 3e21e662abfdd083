//! Leases on real servers.

mod death;
mod leases;
mod support;
