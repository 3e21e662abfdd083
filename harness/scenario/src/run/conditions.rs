//! What must hold after a flow, looked up.

use std::path::Path;

use super::{calls::is_by, database::describe, tables::Table, world::World};
use crate::model::Condition;

impl World {
    /// The conditions that do not hold, each in words.
    pub(crate) async fn unmet(&self, conditions: &[Condition]) -> Vec<String> {
        let mut unmet = Vec::new();
        for condition in conditions {
            if let Err(why) = self.check(condition).await {
                unmet.push(why);
            }
        }
        unmet
    }

    async fn check(&self, condition: &Condition) -> Result<(), String> {
        match condition {
            Condition::RowCount { of, count } => {
                let rows = self.table(&format!("select * from {of}")).await?.rows.len() as u64;
                equal(&format!("the table `{of}` has {rows} rows, not {count}"), rows == *count)
            }
            Condition::RowsEqual { of, file } => {
                let table = self.table(&format!("select * from {of}")).await?;
                self.compare(&format!("the table `{of}`"), &table, file)
            }
            Condition::ObjectCount { bucket, under, count } => {
                let objects = self.objects(bucket, under).await?;
                equal(
                    &format!("the bucket `{bucket}` holds {objects} objects, not {count}"),
                    objects == *count,
                )
            }
            Condition::ObjectsLeft { bucket } => {
                equal(&format!("the bucket `{bucket}` is empty"), self.objects(bucket, "").await? > 0)
            }
            Condition::FileEquals { of, file } => {
                let table = Table::read(&self.agent_folder.path().join(of))?;
                self.compare(&format!("the file `{of}`"), &table, file)
            }
            Condition::CallsOnly { by, actions } => self.calls_only(by, actions),
            Condition::CallsBy { action, by } => self.calls_all_by(action, by),
        }
    }

    fn compare(&self, what: &str, table: &Table, file: &Path) -> Result<(), String> {
        let file = self.names.fill(&file.to_string_lossy()).map_err(|error| error.to_string())?;
        let expected = Table::read(&self.fixtures.join(file))?;
        match table.difference(&expected) {
            None => Ok(()),
            Some(difference) => Err(format!("{what} {difference}")),
        }
    }

    /// A query's rows as text; NULL is the empty text, as in CSV.
    async fn table(&self, query: &str) -> Result<Table, String> {
        let words = |error: tokio_postgres::Error| format!("`{query}` failed: {}", describe(&error));
        let session = self.master().await.map_err(words)?;
        let messages = session.client.simple_query(query).await.map_err(words)?;
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

    async fn objects(&self, bucket: &str, under: &str) -> Result<u64, String> {
        let name = self.names.fill(&format!("${{bucket:{bucket}}}")).map_err(|error| error.to_string())?;
        let s3 = self.owners_s3(bucket);
        let listed = s3.list_objects_v2().bucket(name).prefix(under).send().await;
        let listed = listed.map_err(|error| format!("the bucket `{bucket}` cannot be listed: {error:?}"))?;
        Ok(listed.contents().len() as u64)
    }

    fn calls_only(&self, by: &str, actions: &[String]) -> Result<(), String> {
        let calls = self.calls_by(by);
        let used =
            calls.iter().flat_map(|event| &event.decisions).find(|used| !actions.contains(&used.action));
        match used {
            Some(used) => Err(format!("`{by}` also called for `{}` on `{}`", used.action, used.resource)),
            None if calls.is_empty() => Err(format!("`{by}` made no call at all")),
            None => Ok(()),
        }
    }

    fn calls_all_by(&self, action: &str, by: &str) -> Result<(), String> {
        let calls = self.calls();
        let mut needing = calls
            .iter()
            .filter(|event| event.decisions.iter().any(|decided| decided.action == action))
            .peekable();
        if needing.peek().is_none() {
            return Err(format!("nobody called for `{action}`"));
        }
        match needing.find(|event| !is_by(event, by)) {
            Some(event) => Err(format!("`{}` called for `{action}`, not only `{by}`", event.principal)),
            None => Ok(()),
        }
    }
}

fn equal(otherwise: &str, holds: bool) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
