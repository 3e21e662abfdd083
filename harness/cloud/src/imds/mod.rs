//! The instance metadata service, version 2: a listener for each instance.

mod answers;
mod credentials;
mod instance;
mod tokens;

pub use instance::Instance;
