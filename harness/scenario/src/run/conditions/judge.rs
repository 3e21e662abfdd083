//! What must hold afterwards, looked at as the account's root and the cluster's master.

use std::path::Path;

use super::tables::Table;
use crate::model::{Condition, Scenario};
use crate::run::database::{Session, describe};
use crate::run::world::World;

impl World {
    /// The conditions that do not hold, in words.
    pub(crate) async fn unmet(&self, scenario: &Scenario, conditions: &[Condition]) -> Vec<String> {
        let mut unmet = Vec::new();
        for condition in conditions {
            if let Err(why) = self.check(scenario, condition).await {
                unmet.push(why);
            }
        }
        unmet
    }

    async fn check(&self, scenario: &Scenario, condition: &Condition) -> Result<(), String> {
        match condition {
            Condition::RowCount { of, count } => {
                let of = self.filled(of)?;
                let rows = self.table(&of).await?.rows.len() as u64;
                holds(rows == *count, || format!("the table `{of}` has {rows} rows, not {count}"))
            }
            Condition::RowsEqual { of, file } => {
                let of = self.filled(of)?;
                self.compare(&format!("the table `{of}`"), &self.table(&of).await?, file)
            }
            Condition::Query { query, runs_as, gives } => {
                let query = self.filled(query)?;
                let session = self.open(scenario, runs_as).await?.map_err(|error| describe(&error))?;
                let rows = rows(&session, &query).await?.rows;
                let told = gives.iter().map(|row| row.iter().map(|text| self.filled(text)).collect());
                let told = told.collect::<Result<Vec<Vec<_>>, _>>()?;
                holds(rows == told, || format!("`{query}` gives {rows:?}, not {told:?}"))
            }
            Condition::Objects(objects) => self.objects(objects).await,
            Condition::Files(files) => self.files(files),
            Condition::FileEquals { of, file } => {
                let table = Table::read(&self.agent_named(None)?.path().join(of))?;
                self.compare(&format!("the file `{of}`"), &table, file)
            }
            Condition::CallsOnly { by, actions } => self.calls_only(by, actions),
            Condition::CallsOf { of } => self.calls_of(of),
            Condition::CallsBy { action, by } => self.calls_all_by(action, by),
            Condition::CallCount { calls, count } => self.call_count(calls, *count),
            Condition::CallsInOrder { actions } => self.calls_in_order(actions),
            Condition::Warns { texts } => self.warns(texts),
            Condition::CallsIn { region } => self.calls_in(&self.filled(region)?),
        }
    }

    fn warns(&self, texts: &[String]) -> Result<(), String> {
        let warnings = &self.warnings;
        if texts.is_empty() {
            return holds(warnings.is_empty(), || format!("the agent warned: {}", warnings.join("; ")));
        }
        for text in texts {
            let text = self.filled(text)?;
            holds(warnings.iter().any(|warning| warning.contains(&text)), || {
                format!("the agent did not warn of `{text}`, but said {warnings:?}")
            })?;
        }
        Ok(())
    }

    pub(crate) fn compare(&self, what: &str, table: &Table, file: &Path) -> Result<(), String> {
        let file = self.filled(&file.to_string_lossy())?;
        let expected = Table::read(&self.fixtures.join(file))?;
        match table.difference(&expected) {
            None => Ok(()),
            Some(difference) => Err(format!("{what} {difference}")),
        }
    }

    /// The whole of a table, as the master sees it.
    async fn table(&self, table: &str) -> Result<Table, String> {
        let session = self.master().await.map_err(|error| describe(&error))?;
        rows(&session, &format!("select * from {table}")).await
    }
}

/// A query's rows as text; NULL is the empty text, as in CSV.
async fn rows(session: &Session, query: &str) -> Result<Table, String> {
    let messages = session.client.simple_query(query).await;
    let messages = messages.map_err(|error| format!("`{query}` failed: {}", describe(&error)))?;
    let mut table = Table { header: Vec::new(), rows: Vec::new() };
    for message in messages {
        match message {
            tokio_postgres::SimpleQueryMessage::RowDescription(columns) => {
                table.header = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                let fields = (0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned());
                table.rows.push(fields.collect());
            }
            _ => {}
        }
    }
    Ok(table)
}

/// A condition's answer, with what is so instead.
pub(crate) fn holds(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
