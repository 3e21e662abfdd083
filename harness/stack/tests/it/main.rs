//! A whole stack, as clients see it.

mod faults;
