//! What only the public face shows.

mod fuzz;
