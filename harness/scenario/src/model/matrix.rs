//! The matrix a scenario spans, and its cells.

use std::collections::BTreeMap;

/// One dimension of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// `region` sets the cluster's region; every other name is the scenario's own.
    pub name: String,
    /// In the order of the file.
    pub values: Vec<String>,
}

/// One point of the matrix: a value for each axis.
pub type Cell = BTreeMap<String, String>;

/// The cells in which something holds: all of them, when it names no axis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When(pub(crate) Vec<(String, Vec<String>)>);

impl When {
    /// Whether a cell is one of them.
    pub fn covers(&self, cell: &Cell) -> bool {
        self.0.iter().all(|(axis, values)| cell.get(axis).is_some_and(|value| values.contains(value)))
    }
}

/// Every cell, the last axis fastest.
pub(crate) fn cells(axes: &[Axis]) -> Vec<Cell> {
    axes.iter().fold(vec![Cell::new()], |cells, axis| {
        let with = |cell: &Cell, value: &String| {
            let mut cell = cell.clone();
            cell.insert(axis.name.clone(), value.clone());
            cell
        };
        cells.iter().flat_map(|cell| axis.values.iter().map(move |value| with(cell, value))).collect()
    })
}
