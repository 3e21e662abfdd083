//! A scenario as the runner sees it: plain data, nothing read from YAML any more.

mod condition;
mod flow;
mod matrix;
mod pin;
mod requirement;
mod scenario;

pub use condition::{CallFilter, Condition, Count, Files, Objects};
pub use flow::{FlowStep, Operation, SqlUser, StepKind};
pub(crate) use matrix::cells;
pub use matrix::{Axis, Cell, When};
pub use pin::{Each, Pin, PinKind, Pull};
pub use requirement::{Requirement, RequirementKind};
pub use scenario::{Connection, Expected, Outcome, Pulled, Scenario, Use};
