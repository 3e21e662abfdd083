//! The write: local parts -> bucket -> COPY -> target table, batch by batch.

use crate::authentication::Environment;
use crate::connection::Connection;
use crate::database::Session;
use crate::error::{Cause, Step, StepError, at, with_left};
use crate::local::{self, RunName, StagingFolder};
use crate::outcome;
use crate::plan::{self, Operation, Target};
use crate::rows::Rows;
use crate::s3::Bucket;
use crate::signing::Signing;
use crate::statement::Statement;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// What is done with the rows.
    pub operation: Operation,
    /// The target: `table` or `schema.table`.
    pub table: String,
    /// The columns that tell which rows are the same; none for an insert.
    pub key: Vec<String>,
    /// The rows: CSV with a header. Nothing between two commas is NULL, a pair of quotes is the empty string.
    pub rows: PathBuf,
    /// What a task may say besides.
    pub extras: Extras,
}

/// What a task may say besides what is written where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// How many rows a batch has; none: all rows are one. Each batch is a transaction of its own.
    pub batch: Option<NonZeroUsize>,
    /// Statements before the first batch; when they fail nothing is loaded.
    pub pre_sql: Option<String>,
    /// Statements behind the last batch.
    pub post_sql: Option<String>,
    /// The statement that makes the temporary table, with `{temp}` and `{target}` in the tables' places.
    pub temp_table: Option<String>,
    /// What is done to the target in the end, outside any transaction.
    pub upkeep: Vec<Upkeep>,
}

/// What keeps a table in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upkeep {
    /// `VACUUM`
    Vacuum,
    /// `ANALYZE`
    Analyze,
}

/// What a write did.
#[derive(Debug, Clone)]
pub struct WriteReport {
    /// How many rows were loaded.
    pub rows: usize,
    /// What the keys of the staged objects started with.
    pub staged_prefix: String,
    /// The file with an entry for each row; a hosted agent writes none.
    pub success_file: Option<PathBuf>,
}

/// A write that has been checked.
struct Job<'a> {
    connection: &'a Connection,
    request: &'a Write,
    name: RunName,
    rows: Rows,
    target: Target,
    signing: Signing,
    bucket: Bucket,
}

/// What became of the batches.
#[derive(Default)]
struct Outcome {
    written: Vec<Rows>,
    refused: Vec<(Rows, String)>,
    /// The first thing that failed.
    error: Option<StepError>,
}

/// Writes rows into a table.
///
/// An error at the step `clean-up` means that the rows were committed and that something is left behind; one of a
/// batch, that the other batches may have been.
pub async fn write(connection: &Connection, request: Write) -> Result<WriteReport, StepError> {
    let job = Job::prepare(connection, &request).await?;
    job.bucket.check_policy().await.map_err(at(Step::Preflight))?;
    let folder =
        StagingFolder::create(connection.staging_dir.as_deref(), &job.name).map_err(at(Step::Stage))?;
    let mut staged = Vec::new();
    let outcome = job.batches(&folder, &mut staged).await;
    let outcome = job.report(outcome);
    let left = job.clean_up(folder, &staged).await;
    with_left(outcome, left)
}

impl<'a> Job<'a> {
    /// Everything that can be found wrong without a request is found before the first.
    async fn prepare(connection: &'a Connection, request: &'a Write) -> Result<Self, StepError> {
        let preflight = at(Step::Preflight);
        plan::check(connection).map_err(|error| preflight(error.into()))?;
        for dir in connection.staging_dir.iter().chain(outcome_dirs(connection)) {
            local::check_writable(dir).map_err(&preflight)?;
        }
        let rows = read_rows(request).map_err(&preflight)?;
        let name = RunName::new();
        let target = Target::new(request.operation, &request.table, &rows.columns, &request.key);
        let target = target.map_err(|error| preflight(error.into()))?;
        let target = target.with_temp_table(request.extras.temp_table.as_ref());
        plan::endpoint(connection).map_err(|error| preflight(error.into()))?;
        let signing = Signing::obtain(connection).await.map_err(&preflight)?;
        let bucket = Bucket::new(connection, &signing.own).map_err(|error| preflight(error.into()))?;
        let job = Self { connection, request, name, rows, target, signing, bucket };
        job.statements(0).map_err(|error| preflight(error.into()))?;
        Ok(job)
    }

    fn statements(&self, batch: usize) -> Result<Vec<(Step, Statement)>, plan::PlanError> {
        let (prefix, temp_table) = (self.prefix(batch), self.name.temp_table(batch));
        self.target.statements(self.connection, self.signing.commands.as_ref(), &prefix, &temp_table)
    }

    /// What the keys of a batch's objects start with.
    fn prefix(&self, batch: usize) -> String {
        format!("{}batch_{batch:04}_", self.name.key_prefix(self.connection))
    }

    /// There is always a batch: a task without rows loads nothing, and still goes all the way.
    fn parted(&self) -> Vec<Rows> {
        let Some(size) = self.request.extras.batch.filter(|_| !self.rows.rows.is_empty()) else {
            return vec![self.rows.clone()];
        };
        let batch = |rows: &[_]| Rows { columns: self.rows.columns.clone(), rows: rows.to_vec() };
        self.rows.rows.chunks(size.get()).map(batch).collect()
    }

    /// A batch that the database refuses does not keep the others back; anything else ends the task.
    async fn batches(&self, folder: &StagingFolder, staged: &mut Vec<String>) -> Outcome {
        let mut outcome = Outcome::default();
        let mut session = None;
        for (number, rows) in self.parted().into_iter().enumerate() {
            match self.batch(number, &rows, folder, staged, &mut session).await {
                Ok(()) => outcome.written.push(rows),
                Err(error) => {
                    let refused = matches!(error.step, Step::TempTable | Step::Copy | Step::Apply);
                    if refused {
                        outcome.refused.push((rows, error.cause.to_string()));
                    }
                    outcome.error.get_or_insert(error);
                    if !refused {
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
        &self,
        number: usize,
        rows: &Rows,
        folder: &StagingFolder,
        staged: &mut Vec<String>,
        session: &mut Option<Session>,
    ) -> Result<(), StepError> {
        self.stage(number, rows, folder, staged).await?;
        let session = match session {
            Some(session) => session,
            None => session.insert(self.open().await?),
        };
        let statements = self.statements(number).map_err(|error| at(Step::Preflight)(error.into()))?;
        transact(session, &statements).await
    }

    /// Writes the parts and puts them into the bucket; `staged` holds the keys that were put, also after a failure.
    async fn stage(
        &self,
        number: usize,
        rows: &Rows,
        folder: &StagingFolder,
        staged: &mut Vec<String>,
    ) -> Result<(), StepError> {
        let dialect = plan::staged_dialect(&self.connection.copy_options);
        let prefix = self.name.key_prefix(self.connection);
        for part in folder.write_parts(number, rows, dialect).map_err(at(Step::Stage))? {
            let path = folder.file(&part);
            let body = std::fs::read(&path).map_err(|source| at(Step::Stage)(Cause::io(&path, source)))?;
            let key = format!("{prefix}{part}");
            self.bucket.put(&key, body).await.map_err(at(Step::Stage))?;
            staged.push(key);
        }
        Ok(())
    }

    /// Opens the session, and runs what comes before the first batch.
    async fn open(&self) -> Result<Session, StepError> {
        let session = Session::open(self.connection).await.map_err(at(Step::Connect))?;
        if let Some(sql) = &self.request.extras.pre_sql {
            session.run_sql(sql).await.map_err(at(Step::PreSql))?;
        }
        Ok(session)
    }

    /// Runs what comes behind the last batch.
    async fn finish(&self, session: &Session) -> Result<(), StepError> {
        let extras = &self.request.extras;
        if let Some(sql) = &extras.post_sql {
            session.run_sql(sql).await.map_err(at(Step::PostSql))?;
        }
        for upkeep in &extras.upkeep {
            let (step, word) = match upkeep {
                Upkeep::Vacuum => (Step::Vacuum, "VACUUM"),
                Upkeep::Analyze => (Step::Analyze, "ANALYZE"),
            };
            session.run_sql(&format!("{word} {}", self.target.table())).await.map_err(at(step))?;
        }
        Ok(())
    }

    /// Writes the success and the error file.
    fn report(&self, outcome: Outcome) -> Result<WriteReport, StepError> {
        let Outcome { written, refused, error } = outcome;
        let rows = written.iter().map(|batch| batch.rows.len()).sum();
        let mut files = Ok(None);
        if outcome_dirs(self.connection).next().is_some() {
            files = self.write_files(&written, &refused).map_err(at(Step::Report));
        }
        match (error, files) {
            (None, files) => Ok(WriteReport {
                rows,
                staged_prefix: self.name.key_prefix(self.connection),
                success_file: files?,
            }),
            (Some(mut error), files) => {
                error.also.extend(files.err());
                Err(error)
            }
        }
    }

    /// Returns where the success file is, if there is one.
    fn write_files(&self, written: &[Rows], refused: &[(Rows, String)]) -> Result<Option<PathBuf>, Cause> {
        let name = |outcome| self.name.outcome_file(&self.request.table, outcome);
        if !refused.is_empty() {
            outcome::write_error(&self.connection.error_dir, &name("error"), refused)?;
        }
        if written.is_empty() {
            return Ok(None);
        }
        outcome::write_success(&self.connection.success_dir, &name("success"), written).map(Some)
    }

    /// Deletes the staged objects, each of them whatever becomes of the others, and the local folder.
    async fn clean_up(&self, folder: StagingFolder, staged: &[String]) -> Vec<StepError> {
        let mut left = self.bucket.delete_all(staged).await;
        left.extend(folder.remove().err().map(at(Step::CleanUp)));
        left
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

/// The folders of success and error files; a hosted agent has none.
fn outcome_dirs(connection: &Connection) -> impl Iterator<Item = &PathBuf> {
    let has = !matches!(connection.environment, Environment::Hosted);
    [&connection.success_dir, &connection.error_dir].into_iter().filter(move |_| has)
}

fn read_rows(request: &Write) -> Result<Rows, Cause> {
    let text = std::fs::read_to_string(&request.rows).map_err(|source| Cause::io(&request.rows, source))?;
    Rows::from_csv(&text).map_err(|source| Cause::Rows { file: request.rows.display().to_string(), source })
}
