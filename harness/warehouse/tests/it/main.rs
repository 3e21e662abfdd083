//! The warehouse against a throwaway PostgreSQL and a fake S3, driven by real clients.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helpers of tests are tests too"
)]

mod cases;
mod copy;
mod faults;
mod fixture;
mod logins;
mod postgres;
mod protocol;
mod raw;
mod round_trips;
mod s3;
mod sessions;
mod unload;
mod values;
