//! `write:`.

use std::{num::NonZeroUsize, time::Duration};

use crate::{
    model::{Extras, Operation, StepKind, Upkeep},
    syntax::{Diagnostic, Fields, Node, choice},
    text::{duration, names_in},
};

pub(super) fn write(fields: &mut Fields<'_>) -> Result<StepKind, Diagnostic> {
    let operation = fields.required("operation")?;
    let rows_as = fields.optional("rows as");
    if names_in(operation.text()?).next().is_none() {
        data_driven(operation, rows_as)?;
    }
    Ok(StepKind::Write {
        operation: operation.text()?.to_owned(),
        into: fields.text("into")?,
        from: fields.text("from")?.into(),
        key: fields.optional("key").map(Node::texts).transpose()?.unwrap_or_default(),
        extras: Box::new(extras(fields, rows_as)?),
    })
}

/// Rows that tell their operations themselves do it in a column.
fn data_driven(operation: &Node, rows_as: Option<&Node>) -> Result<(), Diagnostic> {
    match (choice(operation, "operation", &Operation::WORDS)?, rows_as) {
        (Operation::DataDriven, None) => {
            Err(operation.expected("a key `rows as`, which names the column of each row's operation"))
        }
        (Operation::DataDriven, Some(_)) | (_, None) => Ok(()),
        (_, Some(column)) => Err(column.expected("`operation: data driven` where rows tell theirs")),
    }
}

fn extras(fields: &mut Fields<'_>, rows_as: Option<&Node>) -> Result<Extras, Diagnostic> {
    let upkeep = [("vacuum", Upkeep::Vacuum), ("analyze", Upkeep::Analyze)];
    let then = fields.optional("then").map(|node| {
        node.items().iter().map(|word| choice(word, "upkeep", &upkeep)).collect::<Result<Vec<_>, _>>()
    });
    Ok(Extras {
        job: fields.optional_text("job")?,
        batch: fields.optional("batch").map(batch).transpose()?,
        between_batches: fields.optional("between batches").map(between).transpose()?.unwrap_or_default(),
        parts: fields.optional("parts").map(number).transpose()?,
        s3_wait: fields.optional("s3 wait").map(time).transpose()?,
        part_size: fields.optional("part size").map(number).transpose()?,
        connections: fields.optional("connections").map(number).transpose()?,
        record_order: fields.optional_text("record order")?,
        staged: fields.optional_text("staged objects")?,
        max_errors: fields.optional("max errors").map(number).transpose()?,
        null_for_empty: fields.optional_text("null for empty")?,
        rows_as: rows_as.map(|node| node.text().map(str::to_owned)).transpose()?,
        create: fields.optional_text("create")?,
        pre_sql: fields.optional_text("pre-sql")?,
        post_sql: fields.optional_text("post-sql")?,
        temp_table: fields.optional_text("temp table")?,
        upkeep: then.transpose()?.unwrap_or_default(),
    })
}

fn batch(node: &Node) -> Result<NonZeroUsize, Diagnostic> {
    let rows = usize::try_from(node.number()?).ok().and_then(NonZeroUsize::new);
    rows.ok_or_else(|| node.expected("a number of rows, from 1"))
}

/// A number from 1, or a name that stands for one.
pub(super) fn number(node: &Node) -> Result<String, Diagnostic> {
    let text = node.text()?;
    let is_number = names_in(text).next().is_some() || text.parse::<NonZeroUsize>().is_ok();
    if is_number { Ok(text.to_owned()) } else { Err(node.expected("a whole number, from 1")) }
}

/// A time, or a name that stands for one.
fn time(node: &Node) -> Result<String, Diagnostic> {
    let text = node.text()?;
    let is_time = names_in(text).next().is_some() || duration(text).is_some();
    if is_time {
        Ok(text.to_owned())
    } else {
        Err(node.expected("a time such as `500 ms`, in ms, s, min or h"))
    }
}

fn between(node: &Node) -> Result<Duration, Diagnostic> {
    duration(node.text()?).ok_or_else(|| node.expected("a time such as `20 min`, in ms, s, min or h"))
}
