//! What only the public face shows.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail the test, as clippy.toml says of tests"
)]

mod fuzz;
