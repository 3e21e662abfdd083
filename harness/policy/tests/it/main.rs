//! The policy engine against tables of cases that read without Rust: `tests/cases/*.jsonl`.

// The attribute tells clippy that helpers, too, may panic here.
#[cfg(test)]
mod case;
mod decisions;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod fuzz;
mod laws;
mod malformed;
#[cfg(test)]
mod random;
#[cfg(test)]
mod random_laws;
#[cfg(test)]
mod whole;
