//! Every scenario as a test of its own name, and what each check of the gateway is for.

mod checks;
mod files;
mod run;
