//! Trials, carried out.

mod agent;
mod causes;
mod conditions;
mod database;
mod fixtures;
mod minimize;
mod owners;
mod progress;
mod runner;
mod steps;
mod time;
mod trial;
mod workbench;
mod world;

pub use causes::NeededBy;
pub use minimize::MinimizeError;
pub use progress::{ProgramOutput, Progress, TrialReport};
pub use runner::{Runner, RunnerConfig};
pub use workbench::{CredentialSource, Workbench, WorkbenchError};
