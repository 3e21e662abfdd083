//! The scenario language: what it refuses, and how it says so.

// The attribute tells clippy that helpers, too, may panic here.
#[cfg(test)]
mod diagnostics;
