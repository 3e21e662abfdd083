//! Which trials a scenario takes. Pure.

use std::{collections::BTreeMap, sync::Arc};

use crate::model::{Cell, Expected, Pull, Pulled, Scenario, cells};

/// One trial: a scenario in a cell, with every pin in or one pulled.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// Its point of the matrix.
    pub cell: Cell,
    /// None for the baseline.
    pub pulled: Option<Pull>,
    /// What the pull must lead to; none for the baseline.
    pub expected: Option<Expected>,
    /// Texts that stand in the place of pins' documents, by the pins' names; none: that policy is left out.
    pub documents: BTreeMap<String, Option<String>>,
}

impl Trial {
    /// Whether a pin, or a part of one's document, may be left out.
    pub(crate) fn lacks_something(&self) -> bool {
        self.pulled.is_some() || !self.documents.is_empty()
    }
}

/// A cell's baseline and the pulls that follow it.
#[derive(Clone, Debug)]
pub struct CellPlan {
    /// Every pin in.
    pub baseline: Trial,
    /// One pin pulled each.
    pub pulls: Vec<Trial>,
}

/// Every cell of a scenario with its trials.
pub fn plan(scenario: &Arc<Scenario>) -> Vec<CellPlan> {
    cells(&scenario.matrix).into_iter().map(|cell| plan_cell(scenario, &cell)).collect()
}

fn plan_cell(scenario: &Arc<Scenario>, cell: &Cell) -> CellPlan {
    let trial = |pulled, expected| Trial {
        scenario: Arc::clone(scenario),
        cell: cell.clone(),
        pulled,
        expected,
        documents: BTreeMap::new(),
    };
    let here =
        |line: &&Pulled| scenario.pins.iter().any(|pin| pin.name == line.pull.pin && pin.when.covers(cell));
    let pulls = scenario.pulled.iter().filter(here).filter_map(|line| {
        let outcome = line.outcomes.iter().find(|outcome| outcome.when.covers(cell))?;
        Some(trial(Some(line.pull.clone()), Some(outcome.expected.clone())))
    });
    CellPlan { pulls: pulls.collect(), baseline: trial(None, None) }
}
