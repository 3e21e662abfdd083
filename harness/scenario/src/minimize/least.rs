//! What came of looking for the least documents of a flow.

use serde::Serialize;

use crate::model::Cell;

/// The documents of one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Minimized {
    /// Its name.
    pub scenario: String,
    /// The cells of its matrix in which the flow was run.
    pub cells: Vec<Cell>,
    /// The cells that the connector does not offer, each with the reason.
    pub left_out: Vec<String>,
    /// How many trials it took.
    pub trials: usize,
    /// In the order of the pins.
    pub documents: Vec<LeastDocument>,
    /// Documents that were not looked at.
    pub untouched: Vec<String>,
}

/// One document.
#[derive(Clone, Debug, Serialize)]
pub struct LeastDocument {
    /// The pin that gives it.
    pub pin: String,
    /// Under the fixtures.
    pub file: String,
    /// Whose it is: `connector`, `bucket stage`, `key staging`.
    pub of: Vec<String>,
    /// What no call was allowed by.
    pub never_used: Vec<Told>,
    /// What one of several users and roles never used.
    pub never_used_by: Vec<UnusedBy>,
    /// What grants more than was asked for, and what stands in its place.
    pub narrowed: Vec<Narrowed>,
    /// What covers a call, and the flow holds without it.
    pub needless: Vec<Told>,
    /// What the flow breaks without.
    pub needed: Vec<Needed>,
    /// What was not tried, and why.
    pub kept: Vec<String>,
    /// The least document, as JSON text with the scenario's names in it; none: the flow needs no such policy.
    pub least: Option<String>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// In words.
    pub part: String,
    /// `FILE:LINE:COLUMN`
    pub place: String,
}

/// What a user or role never used of a document that others use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnusedBy {
    /// The user's or role's name.
    pub by: String,
    /// The part.
    #[serde(flatten)]
    pub told: Told,
}

/// A list with wildcards, and the list of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Narrowed {
    /// The list.
    #[serde(flatten)]
    pub told: Told,
    /// What stands there instead.
    pub to: Vec<String>,
}

/// A part that was taken out, and how the flow broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Needed {
    /// The part.
    #[serde(flatten)]
    pub told: Told,
    /// Where it broke.
    pub step: String,
    /// What the user would see.
    pub error: String,
}
