//! The scenario language: what it refuses, and how it says so.

mod diagnostics;
