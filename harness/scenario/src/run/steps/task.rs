//! What a write says besides, from the scenario's words.

use std::{num::NonZeroUsize, time::Duration};

use linchpin_agent::{
    ColumnNames, EmptyStrings, Extras, Operation, RecordOrder, RowsAs, Staged, TaskKind, Upkeep,
};

use crate::run::world::World;
use crate::{
    model,
    text::{UnknownName, duration},
};

impl World {
    /// What is done with the rows.
    pub(crate) fn rows_as(&self, operation: &str, told: &model::Extras) -> Result<RowsAs, String> {
        use model::Operation as Word;
        let word = self.filled(operation)?;
        let known = Word::WORDS.iter().find(|(name, _)| *name == word).map(|(_, operation)| *operation);
        let operation = match (known, self.given(&told.rows_as)?) {
            (Some(Word::DataDriven), Some(column)) => return Ok(RowsAs::DataDriven { column }),
            (Some(Word::DataDriven), None) => {
                return Err("the task is data driven, and `rows as` names no column".to_owned());
            }
            (_, Some(column)) => {
                return Err(format!("`rows as` names `{column}`, and the task is not data driven"));
            }
            (Some(Word::Insert), None) => Operation::Insert,
            (Some(Word::Update), None) => Operation::Update,
            (Some(Word::Upsert), None) => Operation::Upsert,
            (Some(Word::Delete), None) => Operation::Delete,
            (None, None) => {
                let words = Word::WORDS.map(|(name, _)| name).join(", ");
                return Err(format!("`{word}` is not an operation: expected one of {words}"));
            }
        };
        Ok(RowsAs::Operation(operation))
    }

    pub(crate) fn extras(&self, told: &model::Extras) -> Result<Extras, String> {
        Ok(Extras {
            kind: self.kind(told)?,
            batch: told.batch,
            between_batches: told.between_batches,
            parts: self.number("parts", &told.parts)?,
            s3_wait: self.time("s3 wait", &told.s3_wait)?,
            part_size: self.number("part size", &told.part_size)?,
            connections: self.number("connections", &told.connections)?,
            record_order: self.record_order(told)?,
            staged: self.staged(told)?,
            max_errors: self.number("max errors", &told.max_errors)?,
            empty_strings: match self.is_yes("null for empty", &told.null_for_empty)? {
                true => EmptyStrings::Null,
                false => EmptyStrings::Kept,
            },
            create: self.column_names(told)?,
            pre_sql: self.given(&told.pre_sql)?,
            post_sql: self.given(&told.post_sql)?,
            temp_table: told.temp_table.as_ref().map(|text| self.filled(text)).transpose()?,
            upkeep: told.upkeep.iter().map(upkeep).collect(),
        })
    }

    fn kind(&self, told: &model::Extras) -> Result<TaskKind, String> {
        match self.given(&told.job)?.as_deref() {
            None => Ok(TaskKind::Mapping),
            Some("ingestion") => Ok(TaskKind::Ingestion),
            Some("incremental ingestion") => Ok(TaskKind::IncrementalIngestion),
            Some(other) => Err(format!("`job` takes {}, got `{other}`", model::Extras::JOBS.join(" or "))),
        }
    }

    fn record_order(&self, told: &model::Extras) -> Result<RecordOrder, String> {
        match self.given(&told.record_order)?.as_deref() {
            None | Some("kept") => Ok(RecordOrder::Kept),
            Some("by operation") => Ok(RecordOrder::ByOperation),
            Some(other) => {
                Err(format!("`record order` takes {}, got `{other}`", model::Extras::ORDERS.join(" or ")))
            }
        }
    }

    fn staged(&self, told: &model::Extras) -> Result<Staged, String> {
        match self.given(&told.staged)?.as_deref() {
            None | Some("deleted") => Ok(Staged::Deleted),
            Some("kept") => Ok(Staged::Kept),
            Some(other) => {
                Err(format!("`staged objects` takes {}, got `{other}`", model::Extras::STAGED.join(" or ")))
            }
        }
    }

    /// A time that is not given is none.
    fn time(&self, what: &str, told: &Option<String>) -> Result<Duration, String> {
        let time = |text: String| {
            duration(&text).ok_or_else(|| format!("`{what}` takes a time such as `500 ms`, got `{text}`"))
        };
        Ok(self.given(told)?.map(time).transpose()?.unwrap_or_default())
    }

    fn column_names(&self, told: &model::Extras) -> Result<Option<ColumnNames>, String> {
        match self.given(&told.create)?.as_deref() {
            None => Ok(None),
            Some("exact names") => Ok(Some(ColumnNames::Exact)),
            Some("plain names") => Ok(Some(ColumnNames::Plain)),
            Some(other) => {
                Err(format!("`create` takes {}, got `{other}`", model::Extras::NAMES.join(" or ")))
            }
        }
    }

    pub(crate) fn number(&self, what: &str, told: &Option<String>) -> Result<Option<NonZeroUsize>, String> {
        let number = |text: String| {
            text.parse::<NonZeroUsize>()
                .map_err(|_| format!("`{what}` takes a whole number, from 1, got `{text}`"))
        };
        self.given(told)?.map(number).transpose()
    }

    /// An answer that is not given is no.
    pub(crate) fn is_yes(&self, what: &str, told: &Option<String>) -> Result<bool, String> {
        match self.given(told)?.as_deref() {
            Some("yes") => Ok(true),
            None | Some("no") => Ok(false),
            Some(other) => Err(format!("`{what}` takes yes or no, got `{other}`")),
        }
    }

    /// Names, of which one text may hold several with commas between them, or none.
    pub(crate) fn list(&self, names: &[String]) -> Result<Vec<String>, UnknownName> {
        let filled = names.iter().map(|name| self.names.fill(name)).collect::<Result<Vec<_>, _>>()?;
        let parts = filled.iter().flat_map(|text| text.split(',')).map(str::trim);
        Ok(parts.filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }
}

fn upkeep(told: &model::Upkeep) -> Upkeep {
    match told {
        model::Upkeep::Vacuum => Upkeep::Vacuum,
        model::Upkeep::Analyze => Upkeep::Analyze,
    }
}
