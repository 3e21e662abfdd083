//! The write: local parts -> bucket -> COPY -> target table, batch by batch.

use crate::authentication::Environment;
use crate::connection::Connection;
use crate::database::Session;
use crate::error::{Cause, Step, StepError, at, with_left};
use crate::loads::{self, Batch, Load};
use crate::local::{self, RunName, StagingFolder};
use crate::outcome;
use crate::plan;
use crate::rows::Rows;
use crate::s3::Bucket;
use crate::signing::Signing;
use crate::statement::Statement;
use crate::tables;
use crate::task::{Staged, Upkeep, Write};
use std::path::PathBuf;

mod batches;

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
    batches: Vec<Batch>,
    /// What comes before the first batch.
    before: Vec<(Step, String)>,
    table: String,
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
    let mut job = Job::prepare(connection, &request).await?;
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
        request.check(connection).map_err(|error| preflight(plan::PlanError::from(error).into()))?;
        for dir in connection.staging_dir.iter().chain(outcome_dirs(connection)) {
            local::check_writable(dir).map_err(&preflight)?;
        }
        let rows = read_rows(request).map_err(&preflight)?;
        let batches = loads::batches(request, &rows).map_err(|error| preflight(error.into()))?;
        let before = before(request, &batches).map_err(|error| preflight(error.into()))?;
        let table = plan::table_name(&request.table).map_err(|error| preflight(error.into()))?;
        plan::endpoint(connection).map_err(|error| preflight(error.into()))?;
        let signing = Signing::obtain(connection).await.map_err(&preflight)?;
        let bucket = Bucket::new(connection, &signing.own).map_err(|error| preflight(error.into()))?;
        let name = RunName::new();
        let job = Self { connection, request, name, batches, before, table, signing, bucket };
        for load in job.batches.iter().flat_map(|batch| &batch.loads) {
            job.statements(load).map_err(|error| preflight(error.into()))?;
        }
        Ok(job)
    }

    fn statements(&self, load: &Load) -> Result<Vec<(Step, Statement)>, plan::PlanError> {
        let (prefix, temp_table) = (self.prefix(load.number), self.name.temp_table(load.number));
        load.target.statements(self.connection, self.signing.commands.as_ref(), &prefix, &temp_table)
    }

    /// What the keys of a load's objects start with.
    fn prefix(&self, load: usize) -> String {
        format!("{}batch_{load:04}_", self.name.key_prefix(self.connection))
    }

    /// Opens the session, and runs what comes before the first batch.
    async fn open(&self) -> Result<Session, StepError> {
        let session = Session::open(self.connection, &self.signing.own).await.map_err(at(Step::Connect))?;
        for (step, sql) in &self.before {
            session.run_sql(sql).await.map_err(at(*step))?;
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
            session.run_sql(&format!("{word} {}", self.table)).await.map_err(at(step))?;
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

    /// Deletes the staged objects, unless they are to stay, each of them whatever becomes of the others, and the local
    /// folder.
    async fn clean_up(&mut self, folder: StagingFolder, staged: &[String]) -> Vec<StepError> {
        let renewed = self.renew().await;
        let mut left: Vec<_> = renewed.err().map(at(Step::CleanUp)).into_iter().collect();
        if self.request.extras.staged == Staged::Deleted {
            left.extend(self.bucket.delete_all(staged).await);
        }
        left.extend(folder.remove().err().map(at(Step::CleanUp)));
        left
    }
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

/// The pre-SQL may make what the tables stand in.
fn before(request: &Write, batches: &[Batch]) -> Result<Vec<(Step, String)>, plan::PlanError> {
    let first = batches.iter().flat_map(|batch| &batch.loads).next();
    let columns = first.map(|load| load.rows.columns.as_slice()).unwrap_or_default();
    let pre_sql = request.extras.pre_sql.clone().map(|sql| (Step::PreSql, sql));
    Ok(pre_sql.into_iter().chain(tables::made(request, columns)?).collect())
}
