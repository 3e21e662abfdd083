//! Trials, carried out.

mod agents;
mod calls;
mod cause;
mod conditions;
mod connection;
mod database;
mod external;
mod fixtures;
mod kms;
mod owners;
mod progress;
mod runner;
mod s3;
mod service_calls;
mod sessions;
mod steps;
mod stored;
mod tables;
mod task;
mod time;
mod trial;
mod workbench;
mod world;

pub use progress::{Progress, TrialReport};
pub use runner::{Runner, RunnerConfig};
pub use workbench::{Workbench, WorkbenchError};
