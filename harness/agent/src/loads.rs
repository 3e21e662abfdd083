//! From a task's rows to batches, and from a batch to the loads of its transaction. Pure.

use crate::plan::{Operation, PlanError, Target};
use crate::rows::{Rows, Value};
use crate::task::{ColumnNames, EmptyStrings, RecordOrder, RowsAs, TaskError, Write};

/// What one transaction loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The rows, as success and error files tell them.
    pub(crate) rows: Rows,
    /// One after another, so that rows take effect in their order.
    pub(crate) loads: Vec<Load>,
}

/// Rows with one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Load {
    /// Its number among all of the task.
    pub(crate) number: usize,
    pub(crate) target: Target,
    /// As they are staged.
    pub(crate) rows: Rows,
}

/// A stretch of rows with one operation.
type Stretch = (Operation, Rows);

/// There is always a batch, with a load: a task without rows loads nothing, and still goes all the way.
pub(crate) fn batches(write: &Write, rows: &Rows) -> Result<Vec<Batch>, PlanError> {
    let size = write.extras.batch.map_or(usize::MAX, Into::into);
    let mut number = 0;
    let mut batches = Vec::new();
    for (at, batch) in chunks(rows, size).into_iter().enumerate() {
        let mut loads = Vec::new();
        for (operation, rows) in stretches(write, &batch, at.saturating_mul(size))? {
            let rows = staged(write, rows)?;
            loads.push(Load { number, target: target(write, operation, &rows)?, rows });
            number += 1;
        }
        batches.push(Batch { rows: batch, loads });
    }
    Ok(batches)
}

fn chunks(rows: &Rows, size: usize) -> Vec<Rows> {
    let chunk = |chunk: &[Vec<Value>]| Rows { columns: rows.columns.clone(), rows: chunk.to_vec() };
    if rows.rows.is_empty() { vec![rows.clone()] } else { rows.rows.chunks(size).map(chunk).collect() }
}

/// Rows with the same operation, consecutive ones where their order is kept; `before` rows stand in front of them.
fn stretches(write: &Write, rows: &Rows, before: usize) -> Result<Vec<Stretch>, TaskError> {
    let order = write.extras.record_order;
    let column = match (&write.rows_as, order) {
        (RowsAs::Operation(operation), RecordOrder::Kept) => return Ok(vec![(*operation, rows.clone())]),
        (RowsAs::Operation(operation), RecordOrder::ByOperation) => {
            return Err(TaskError::NeedlessOrder { operation: *operation });
        }
        (RowsAs::DataDriven { column }, _) => column,
    };
    let mut columns = rows.columns.clone();
    let at = columns.iter().position(|name| name == column).ok_or_else(|| TaskError::NoOperationColumn {
        column: column.clone(),
        columns: columns.join(", "),
    })?;
    columns.remove(at);
    let none = |columns: &Vec<String>| Rows { columns: columns.clone(), rows: Vec::new() };
    let mut stretches: Vec<Stretch> = Vec::new();
    for (index, row) in rows.rows.iter().enumerate() {
        let mut row = row.clone();
        let told = row.remove(at).unwrap_or_default();
        let operation = operation(&told).ok_or_else(|| TaskError::RowOperation {
            row: before + index + 1,
            column: column.clone(),
            value: told,
        })?;
        let open = match order {
            RecordOrder::Kept => stretches.last_mut(),
            RecordOrder::ByOperation => stretches.iter_mut().find(|(known, _)| *known == operation),
        };
        match open {
            Some((last, rows)) if *last == operation => rows.rows.push(row),
            _ => stretches.push((operation, Rows { rows: vec![row], ..none(&columns) })),
        }
    }
    if stretches.is_empty() {
        stretches.push((Operation::Insert, none(&columns)));
    }
    if order == RecordOrder::ByOperation {
        stretches.sort_by_key(|(operation, _)| *operation);
    }
    Ok(stretches)
}

fn operation(told: &str) -> Option<Operation> {
    match told {
        "I" => Some(Operation::Insert),
        "U" => Some(Operation::Update),
        "D" => Some(Operation::Delete),
        _ => None,
    }
}

/// The key is for the operations that look rows up by it.
fn target(write: &Write, operation: Operation, rows: &Rows) -> Result<Target, PlanError> {
    let all_alike = matches!(write.rows_as, RowsAs::Operation(_));
    let key = if all_alike || operation != Operation::Insert { write.key.as_slice() } else { &[] };
    let target = Target::new(operation, &write.table, &rows.columns, key)?;
    Ok(target.with_temp_table(write.extras.temp_table.as_ref()))
}

fn staged(write: &Write, mut rows: Rows) -> Result<Rows, TaskError> {
    if write.extras.create == Some(ColumnNames::Plain) {
        rows.columns = plain_names(&rows.columns)?;
    }
    if write.extras.empty_strings == EmptyStrings::Null {
        let values = rows.rows.iter_mut().flatten();
        values.filter(|value| value.as_ref().is_some_and(String::is_empty)).for_each(|value| *value = None);
    }
    Ok(rows)
}

fn plain_names(columns: &[String]) -> Result<Vec<String>, TaskError> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        let plain = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '_' };
        let name: String = column.chars().map(plain).collect();
        if let Some((first, _)) = columns.iter().zip(&names).find(|(_, other)| **other == name) {
            return Err(TaskError::SameName { first: first.clone(), second: column.clone(), name });
        }
        names.push(name);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Extras;
    use std::num::NonZeroUsize;

    fn write(rows_as: RowsAs, key: &[&str], extras: Extras) -> Write {
        let key = key.iter().map(ToString::to_string).collect();
        Write { rows_as, table: "t".to_owned(), key, rows: "/nowhere".into(), extras }
    }

    fn data_driven() -> RowsAs {
        RowsAs::DataDriven { column: "op".to_owned() }
    }

    /// `NUMBER OPERATION CSV`, with `/` for the CSV's line ends and `|` between batches.
    fn shown(write: &Write, csv: &str) -> String {
        let rows = Rows::from_csv(&csv.replace('/', "\n")).unwrap();
        let load = |load: &Load| {
            let csv = load.rows.to_csv().replace('\n', "/");
            format!("{} {} {csv}", load.number, load.target.operation())
        };
        match batches(write, &rows) {
            Ok(batches) => batches
                .iter()
                .map(|batch| batch.loads.iter().map(load).collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
                .join(" | "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn rows_fall_into_batches_and_loads() {
        let insert = || RowsAs::Operation(Operation::Insert);
        let of = |size| Extras { batch: NonZeroUsize::new(size), ..Extras::default() };
        let by_operation = || Extras { record_order: RecordOrder::ByOperation, ..Extras::default() };
        let plain = || Extras { create: Some(ColumnNames::Plain), ..Extras::default() };
        for (write, csv, expected) in [
            (write(insert(), &[], of(0)), "a/1/2/3/", "0 insert a/1/2/3/"),
            (write(insert(), &[], of(2)), "a/1/2/3/", "0 insert a/1/2/ | 1 insert a/3/"),
            (write(insert(), &[], of(2)), "a/", "0 insert a/"),
            (
                write(data_driven(), &["a"], of(0)),
                "a,op,b/1,I,x/2,I,y/1,U,z/2,D,/",
                "0 insert a,b/1,x/2,y/ 1 update a,b/1,z/ 2 delete a,b/2,/",
            ),
            (
                write(data_driven(), &["a"], of(1)),
                "a,op,b/1,I,x/1,D,x/",
                "0 insert a,b/1,x/ | 1 delete a,b/1,x/",
            ),
            (write(data_driven(), &["a"], of(0)), "a,op/", "0 insert a/"),
            (
                write(data_driven(), &["a"], by_operation()),
                "a,op,b/1,D,x/1,U,y/1,I,z/2,D,w/3,I,v/",
                "0 insert a,b/1,z/3,v/ 1 update a,b/1,y/ 2 delete a,b/1,x/2,w/",
            ),
            (
                write(insert(), &[], by_operation()),
                "a/1/",
                "the record order is of a data driven task: leave it out, since every row is treated as insert",
            ),
            (write(data_driven(), &[], of(0)), "a,op/1,D/", "delete needs the key columns of `t`"),
            (
                write(data_driven(), &["a"], of(1)),
                "a,op/1,I/2,X/",
                "row 2, column `op`: expected `I`, `U` or `D`, got `X`",
            ),
            (
                write(data_driven(), &["a"], of(0)),
                "a/1/",
                "the rows lack the column `op`, which tells the operation of each; they have a",
            ),
            (write(insert(), &[], plain()), "a b,c-d,e_1/1,2,3/", "0 insert a_b,c_d,e_1/1,2,3/"),
            (
                write(insert(), &[], plain()),
                "a b,a-b/1,2/",
                "the columns `a b` and `a-b` would both be named `a_b`: ask for exact names",
            ),
            (
                write(insert(), &[], Extras { create: Some(ColumnNames::Exact), ..Extras::default() }),
                "a b,a-b/1,2/",
                "0 insert a b,a-b/1,2/",
            ),
            (
                write(insert(), &[], Extras { empty_strings: EmptyStrings::Null, ..Extras::default() }),
                "a,b/1,\"\"/\"\",x/",
                "0 insert a,b/1,/,x/",
            ),
            (write(insert(), &[], Extras::default()), "a,b/1,\"\"/", "0 insert a,b/1,\"\"/"),
        ] {
            assert_eq!(shown(&write, csv), expected, "{write:?}");
        }
    }
}
