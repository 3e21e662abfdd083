//! The program as its users see it, the documents, and the invariants of the code's structure.

mod architecture;
mod program;
mod readme;
