//! The warehouse against a throwaway PostgreSQL and a fake S3, driven by real clients.

mod copy;
mod fixture;
mod postgres;
mod s3;
mod sessions;
