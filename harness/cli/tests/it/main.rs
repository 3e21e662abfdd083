//! The program as its users see it, the documents, and the invariants of the code's structure.

// The attribute tells clippy that helpers, too, may panic here.
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod minimize;
#[cfg(test)]
mod program;
#[cfg(test)]
mod readme;
