//! The batches of a write: each is staged, and is a transaction of its own.

use super::{Job, Outcome};
use crate::database::Session;
use crate::error::{Cause, Step, StepError, at, with_left};
use crate::loads::{Batch, Load};
use crate::local::StagingFolder;
use crate::plan;
use crate::rows::Rows;
use crate::s3::Bucket;
use crate::statement::Statement;
use crate::upload::Uploads;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

impl Job<'_> {
    /// Writes every batch until one ends the task, then what comes behind the last. `staged` holds the keys that were
    /// put, also after a failure.
    pub(super) async fn batches(&mut self, folder: &StagingFolder, staged: &mut Vec<String>) -> Outcome {
        let mut outcome = Outcome::default();
        let mut session = None;
        let extras = &self.request.extras;
        for (number, batch) in std::mem::take(&mut self.batches).into_iter().enumerate() {
            if number > 0 && !extras.between_batches.is_zero() {
                self.connection.time.pass(extras.between_batches).await;
            }
            match self.batch(&batch, folder, staged, &mut session).await {
                Ok(()) => outcome.written.push(batch.rows),
                Err(error) => {
                    if outcome.failed(batch.rows, error, extras.max_errors).is_break() {
                        break;
                    }
                }
            }
        }
        if let Some(session) = session {
            if outcome.error.is_none() {
                outcome.error = self.finish(&session).await.err();
            }
            session.close().await;
        }
        outcome
    }

    async fn batch(
        &mut self,
        batch: &Batch,
        folder: &StagingFolder,
        staged: &mut Vec<String>,
        session: &mut Option<Session>,
    ) -> Result<(), StepError> {
        self.renew().await.map_err(at(Step::Stage))?;
        for load in &batch.loads {
            self.stage(load, folder, staged).await?;
        }
        let wait = self.request.extras.s3_wait;
        if !wait.is_zero() {
            self.connection.time.pass(wait).await;
        }
        let session = match session {
            Some(session) => session,
            None => session.insert(self.open().await?),
        };
        let statements = batch.loads.iter().map(|load| self.statements(load)).collect::<Result<Vec<_>, _>>();
        let statements = statements.map_err(|error| at(Step::Preflight)(error.into()))?;
        transact(session, &statements.concat()).await
    }

    /// Takes a new session where the old one is over, and the connection says to.
    pub(super) async fn renew(&mut self) -> Result<(), Cause> {
        if let Some(signing) = self.signing.renewed(self.connection).await? {
            self.bucket = Bucket::new(self.connection, &signing.own)?;
            self.signing = signing;
        }
        Ok(())
    }

    /// Writes the parts and puts them into the bucket.
    async fn stage(
        &self,
        load: &Load,
        folder: &StagingFolder,
        staged: &mut Vec<String>,
    ) -> Result<(), StepError> {
        let dialect = plan::staged_dialect(&self.connection.copy_options);
        let prefix = self.name.key_prefix(self.connection);
        let extras = &self.request.extras;
        let parts = folder.write_parts(load.number, &load.rows, dialect, extras.parts);
        let parts = parts.map_err(at(Step::Stage))?;
        let files = parts.iter().map(|part| (folder.file(part), format!("{prefix}{part}"))).collect();
        let uploads = Uploads::new(&self.bucket, extras.part_size, extras.connections);
        let (uploaded, failed) = uploads.all(files).await;
        staged.extend(uploaded);
        with_left(Ok(()), failed.into_iter().map(at(Step::Stage)).collect())
    }
}

impl Outcome {
    /// A batch that the database refuses does not keep the others back, until there are too many; anything else ends
    /// the task.
    fn failed(&mut self, rows: Rows, error: StepError, most: Option<NonZeroUsize>) -> ControlFlow<()> {
        let refused = matches!(error.step, Step::TempTable | Step::Copy | Step::Apply);
        if refused {
            self.refused.push((rows, error.cause.to_string()));
        }
        self.error.get_or_insert(error);
        let enough = most.is_some_and(|most| self.refused.len() >= most.get());
        if refused && !enough { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// A batch is one transaction: a failure leaves the target untouched.
async fn transact(session: &Session, statements: &[(Step, Statement)]) -> Result<(), StepError> {
    session.run_sql("BEGIN").await.map_err(at(Step::Connect))?;
    for (step, statement) in statements {
        if let Err(cause) = session.run(statement).await {
            // A session that broke off has rolled back by itself.
            let _ = session.run_sql("ROLLBACK").await;
            return Err(at(*step)(cause));
        }
    }
    session.run_sql("COMMIT").await.map_err(at(Step::Apply))?;
    Ok(())
}
