//! `when:`: the cells that something is for.

use crate::{
    model::{Axis, When},
    syntax::{Diagnostic, Fields, Node, unknown},
};

/// `when: { AXIS: VALUE or [VALUES] }`; without it, always. Axes and values must be the matrix's.
pub(super) fn when(fields: &mut Fields<'_>, matrix: &[Axis]) -> Result<When, Diagnostic> {
    let Some(node) = fields.optional("when") else { return Ok(When::default()) };
    let axes = node.map()?.iter().map(|(axis, values)| point(axis, values, matrix));
    Ok(When(axes.collect::<Result<_, Diagnostic>>()?))
}

fn point(axis: &Node, values: &Node, matrix: &[Axis]) -> Result<(String, Vec<String>), Diagnostic> {
    let name = axis.text()?;
    let axes: Vec<&str> = matrix.iter().map(|axis| axis.name.as_str()).collect();
    let known = matrix.iter().find(|known| known.name == name);
    let known = known.ok_or_else(|| unknown("axis of the matrix", name, axis, &axes))?;
    let points: Vec<&str> = known.values.iter().map(String::as_str).collect();
    for value in values.items() {
        if !points.contains(&value.text()?) {
            return Err(unknown("value of the axis", value.text()?, value, &points));
        }
    }
    Ok((name.to_owned(), values.texts()?))
}
