//! `holds:` and `and:`.

use crate::{
    model::Condition,
    syntax::{Diagnostic, Fields, Node, unknown},
};

const KINDS: [&str; 4] = ["rows", "objects", "file", "calls"];

pub(super) fn conditions(node: &Node) -> Result<Vec<Condition>, Diagnostic> {
    node.list()?.iter().map(condition).collect()
}

fn condition(node: &Node) -> Result<Condition, Diagnostic> {
    let [(kind, body)] = node.map()? else { return Err(node.expected("one condition with one key")) };
    match kind.text()? {
        "rows" => rows(body),
        "objects" => objects(body),
        "file" => file(body),
        "calls" => calls(body),
        other => Err(unknown("condition", other, kind, &KINDS)),
    }
}

fn rows(node: &Node) -> Result<Condition, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let of = fields.text("of")?;
    let condition = match fields.optional("count") {
        Some(count) => Condition::RowCount { of, count: count.number()? },
        None => Condition::RowsEqual { of, file: fields.text("equal")?.into() },
    };
    fields.finish()?;
    Ok(condition)
}

fn objects(node: &Node) -> Result<Condition, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let bucket = fields.text("in")?;
    let under = fields.optional_text("under")?.unwrap_or_default();
    let count = fields.required("count")?;
    let condition = match count.text()? {
        "some" => Condition::ObjectsLeft { bucket },
        _ => Condition::ObjectCount { bucket, under, count: count.number()? },
    };
    fields.finish()?;
    Ok(condition)
}

fn file(node: &Node) -> Result<Condition, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let condition = Condition::FileEquals { of: fields.text("of")?, file: fields.text("equal")?.into() };
    fields.finish()?;
    Ok(condition)
}

fn calls(node: &Node) -> Result<Condition, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let by = fields.text("by")?;
    let condition = match fields.optional_text("action")? {
        Some(action) => Condition::CallsBy { action, by },
        None => Condition::CallsOnly { by, actions: fields.required("only")?.texts()? },
    };
    fields.finish()?;
    Ok(condition)
}
