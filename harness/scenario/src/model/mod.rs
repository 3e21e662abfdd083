//! A scenario as the runner sees it: plain data, nothing read from YAML any more.

mod agent;
mod call;
mod condition;
mod connector;
mod flow;
mod matrix;
mod pin;
mod requirement;
mod scenario;
mod wording;

pub use agent::{AgentFolder, Assumes, Encryption, IamLogin};
pub use call::{Call, CalledService};
pub use condition::{CallFilter, Condition, Count, Files, Objects};
pub use connector::Connector;
pub use flow::{Extras, FlowStep, KmsCall, Operation, SqlUser, StepKind, Upkeep};
pub(crate) use matrix::cells;
pub use matrix::{Axis, Cell, When};
pub use pin::{Each, Pin, PinKind, Pull};
pub use requirement::{Requirement, RequirementKind};
pub use scenario::{Connection, Expected, Outcome, Pulled, Scenario, Use};
pub use wording::{Sureness, Wording, Wordings};
