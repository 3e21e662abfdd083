//! Which trials a scenario takes. Pure.

use crate::model::{Cell, Expected, Outcome, Pull, Scenario, cells};

/// One trial: a scenario in a cell, with every pin in or one pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its point of the matrix.
    pub cell: Cell,
    /// None for the baseline.
    pub pulled: Option<(Pull, &'a Expected)>,
}

/// A cell's baseline and the pulls that follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellPlan<'a> {
    /// Every pin in.
    pub baseline: Trial<'a>,
    /// One pin pulled each.
    pub pulls: Vec<Trial<'a>>,
}

/// Every cell of a scenario with its trials.
pub fn plan(scenario: &Scenario) -> Vec<CellPlan<'_>> {
    cells(&scenario.matrix).into_iter().map(|cell| plan_cell(scenario, cell)).collect()
}

fn plan_cell(scenario: &Scenario, cell: Cell) -> CellPlan<'_> {
    let here = |name: &str| scenario.pins.iter().any(|pin| pin.name == name && pin.when.covers(&cell));
    let pulls = scenario.pulled.iter().filter(|line| here(&line.pull.pin)).filter_map(|line| {
        let outcome: &Outcome = line.outcomes.iter().find(|outcome| outcome.when.covers(&cell))?;
        Some(Trial { scenario, cell: cell.clone(), pulled: Some((line.pull.clone(), &outcome.expected)) })
    });
    CellPlan { pulls: pulls.collect(), baseline: Trial { scenario, cell: cell.clone(), pulled: None } }
}
