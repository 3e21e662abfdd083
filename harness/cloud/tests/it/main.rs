//! The embedded services, called directly, against tables of calls that read without Rust: `tests/cases/*.calls`;
//! and through the gateway's road, with the AWS SDK.

mod calls;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod identities;
#[cfg(test)]
mod imds;
// The attribute tells clippy that helpers, too, may panic here.
#[cfg(test)]
mod script;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod wire;
