//! A whole stack, as clients see it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail the test, as clippy.toml says of tests"
)]

mod faults;
