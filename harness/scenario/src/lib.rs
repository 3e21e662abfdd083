//! The scenario language, pins, matrix, trials, runner and verdicts.

mod load;
mod minimize;
mod model;
mod plan;
mod run;
mod syntax;
mod text;
mod verdict;

pub use load::{LoadError, load, load_all, load_connector, load_requirements, load_wordings};
pub use minimize::{LeastDocument, Minimized, Narrowed, Needed, TargetError, Told, UnusedBy};
pub use model::{Connector, Pull, Requirement, RequirementKind, Scenario, Sureness, Wording, Wordings};
pub use run::{
    CredentialSource, MinimizeError, NeededBy, ProgramOutput, Progress, Runner, RunnerConfig, TrialReport,
    Workbench, WorkbenchError,
};
pub use syntax::{Colours, Diagnostic};
pub use verdict::Verdict;
