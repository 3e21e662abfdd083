//! The write: local parts -> bucket -> COPY -> target table.

use crate::connection::Connection;
use crate::database::Session;
use crate::error::{Cause, Step, StepError, at, with_left};
use crate::local::{self, RunName, StagingFolder};
use crate::outcome;
use crate::plan::{self, Operation, Statement, Target};
use crate::rows::Rows;
use crate::s3::Bucket;
use aws_sdk_s3::primitives::ByteStream;
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
}

/// What a write did.
#[derive(Debug, Clone)]
pub struct WriteReport {
    /// How many rows were loaded.
    pub rows: usize,
    /// The statements that were sent, with their secrets masked.
    pub statements: Vec<String>,
    /// What the keys of the staged objects started with.
    pub staged_prefix: String,
    /// The file with an entry for each row.
    pub success_file: PathBuf,
}

/// A write that has been checked: nothing has been sent yet.
struct Job<'a> {
    connection: &'a Connection,
    request: &'a Write,
    name: RunName,
    rows: Rows,
    statements: Vec<(Step, Statement)>,
    bucket: Bucket,
}

/// Writes rows into a table.
///
/// An error at the step `clean-up` means that the rows were committed and that something is left behind.
pub async fn write(connection: &Connection, request: Write) -> Result<WriteReport, StepError> {
    let job = Job::prepare(connection, &request)?;
    job.bucket.check_policy().await.map_err(at(Step::Preflight))?;
    let folder = StagingFolder::create(&connection.staging_dir, &job.name).map_err(at(Step::Stage))?;
    let mut staged = Vec::new();
    let loaded = match job.stage(&folder, &mut staged).await {
        Ok(()) => job.load().await,
        Err(error) => Err(error),
    };
    let outcome = match loaded {
        Ok(()) => job.report_success(),
        Err(error) => Err(job.report_failure(error)),
    };
    let left = job.clean_up(folder, &staged).await;
    with_left(outcome, left)
}

impl<'a> Job<'a> {
    /// Everything that can be found wrong without a request is found here.
    fn prepare(connection: &'a Connection, request: &'a Write) -> Result<Self, StepError> {
        let preflight = at(Step::Preflight);
        for dir in [&connection.staging_dir, &connection.success_dir, &connection.error_dir] {
            local::check_writable(dir).map_err(&preflight)?;
        }
        plan::url(connection).map_err(|error| preflight(error.into()))?;
        let bucket = Bucket::new(connection).map_err(|error| preflight(error.into()))?;
        let rows = read_rows(request).map_err(&preflight)?;
        let name = RunName::new();
        let target = Target::new(request.operation, &request.table, &rows.columns, &request.key);
        let statements = target.and_then(|target| {
            target.statements(connection, &name.key_prefix(connection), &name.temp_table())
        });
        let statements = statements.map_err(|error| preflight(error.into()))?;
        Ok(Self { connection, request, name, rows, statements, bucket })
    }

    /// Writes the parts and puts them into the bucket; `staged` holds the keys that were put, also after a failure.
    async fn stage(&self, folder: &StagingFolder, staged: &mut Vec<String>) -> Result<(), StepError> {
        let dialect = plan::staged_dialect(&self.connection.copy_options);
        let prefix = self.name.key_prefix(self.connection);
        for part in folder.write_parts(&self.rows, dialect).map_err(at(Step::Stage))? {
            let path = folder.file(&part);
            let body = std::fs::read(&path).map_err(|source| at(Step::Stage)(Cause::io(&path, source)))?;
            let key = format!("{prefix}{part}");
            self.bucket.put(&key, ByteStream::from(body)).await.map_err(at(Step::Stage))?;
            staged.push(key);
        }
        Ok(())
    }

    /// All on one session, in one transaction: a failure leaves the target untouched.
    async fn load(&self) -> Result<(), StepError> {
        let session = Session::open(self.connection).await.map_err(at(Step::Connect))?;
        let loaded = self.transact(&session).await;
        session.close().await;
        loaded
    }

    async fn transact(&self, session: &Session) -> Result<(), StepError> {
        session.run_sql("BEGIN").await.map_err(at(Step::Connect))?;
        for (step, statement) in &self.statements {
            session.run(statement).await.map_err(at(*step))?;
        }
        session.run_sql("COMMIT").await.map_err(at(Step::Apply))?;
        Ok(())
    }

    fn report_success(&self) -> Result<WriteReport, StepError> {
        let file = self.name.outcome_file(&self.request.table, "success");
        let success_file = outcome::write_success(&self.connection.success_dir, &file, &self.rows);
        Ok(WriteReport {
            rows: self.rows.rows.len(),
            statements: self.statements.iter().map(|(_, statement)| statement.to_string()).collect(),
            staged_prefix: self.name.key_prefix(self.connection),
            success_file: success_file.map_err(at(Step::Report))?,
        })
    }

    /// Rows that the database refused go to the error file; before that step there is no batch yet.
    fn report_failure(&self, mut error: StepError) -> StepError {
        if matches!(error.step, Step::TempTable | Step::Copy | Step::Apply) {
            let file = self.name.outcome_file(&self.request.table, "error");
            let written =
                outcome::write_error(&self.connection.error_dir, &file, &self.rows, &error.cause.to_string());
            error.also.extend(written.err().map(at(Step::Report)));
        }
        error
    }

    /// Deletes the staged objects, each of them whatever becomes of the others, and the local folder.
    async fn clean_up(&self, folder: StagingFolder, staged: &[String]) -> Vec<StepError> {
        let mut left = self.bucket.delete_all(staged).await;
        left.extend(folder.remove().err().map(at(Step::CleanUp)));
        left
    }
}

fn read_rows(request: &Write) -> Result<Rows, Cause> {
    let text = std::fs::read_to_string(&request.rows).map_err(|source| Cause::io(&request.rows, source))?;
    Rows::from_csv(&text).map_err(|source| Cause::Rows { file: request.rows.display().to_string(), source })
}
