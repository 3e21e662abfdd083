//! Nothing is left when the process that holds a lease dies.
