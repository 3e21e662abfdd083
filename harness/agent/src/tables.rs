//! The tables that a task makes where they are not there yet. Their types are this agent's choice: the vendor's are not
//! documented. Pure.

use crate::error::Step;
use crate::plan::{PlanError, identifier, table_name};
use crate::task::{TaskKind, Write};

/// The statements that make them, each with its step; the target gets the `columns` that are staged.
pub(crate) fn made(write: &Write, columns: &[String]) -> Result<Vec<(Step, String)>, PlanError> {
    let mut made = Vec::new();
    if write.extras.create.is_some() {
        let columns: Vec<_> =
            columns.iter().map(|name| format!("{} VARCHAR(256)", identifier(name))).collect();
        made.push((Step::CreateTable, create(&table_name(&write.table)?, &columns.join(", "))));
    }
    if write.extras.kind == TaskKind::IncrementalIngestion {
        let schema = write.table.split_once('.').map(|(schema, _)| format!("{}.", identifier(schema)));
        let table = format!("{}informatica_cdc_recovery", schema.unwrap_or_default());
        made.push((Step::RecoveryTable, create(&table, "task VARCHAR(256), restart_point VARCHAR(4096)")));
    }
    Ok(made)
}

fn create(table: &str, columns: &str) -> String {
    format!("CREATE TABLE IF NOT EXISTS {table} ({columns})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Operation;
    use crate::task::{ColumnNames, Extras, RowsAs};

    #[test]
    fn tables_that_are_made() {
        let of = |create, kind| Extras { create, kind, ..Extras::default() };
        let recovery = |table: &str| {
            format!(
                "recovery-table: CREATE TABLE IF NOT EXISTS {table} (task VARCHAR(256), restart_point VARCHAR(4096))"
            )
        };
        for (table, extras, expected) in [
            ("t", Extras::default(), vec![]),
            ("t", of(None, TaskKind::Ingestion), vec![]),
            (
                "s.t",
                of(Some(ColumnNames::Exact), TaskKind::Mapping),
                vec!["create-table: CREATE TABLE IF NOT EXISTS \"s\".\"t\" (\"a\" VARCHAR(256), \"b \"\"c\" VARCHAR(256))".to_owned()],
            ),
            ("t", of(None, TaskKind::IncrementalIngestion), vec![recovery("informatica_cdc_recovery")]),
            ("s.t", of(None, TaskKind::IncrementalIngestion), vec![recovery("\"s\".informatica_cdc_recovery")]),
        ] {
            let rows_as = RowsAs::Operation(Operation::Insert);
            let write = Write { rows_as, table: table.to_owned(), key: vec![], rows: "/nowhere".into(), extras };
            let made = made(&write, &["a".to_owned(), "b \"c".to_owned()]).unwrap();
            let made: Vec<_> = made.iter().map(|(step, sql)| format!("{step}: {sql}")).collect();
            assert_eq!(made, expected);
        }
    }
}
