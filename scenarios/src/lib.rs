//! The stock scenarios. They are the YAML files beside this crate; `tests/` makes a test of each.
