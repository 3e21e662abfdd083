//! Leases on real servers.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test, as clippy.toml says of tests")]

#[cfg(target_os = "linux")]
mod death;
mod leases;
mod support;
