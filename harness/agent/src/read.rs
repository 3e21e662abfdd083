//! The read: UNLOAD -> bucket -> local parts -> one CSV file.

use crate::connection::Connection;
use crate::database::Session;
use crate::error::{Cause, Step, StepError, at, with_left};
use crate::local::{self, RunName, StagingFolder};
use crate::plan;
use crate::rows::Rows;
use crate::s3::Bucket;
use crate::signing::Signing;
use crate::statement::Statement;
use serde::Deserialize;
use std::path::PathBuf;

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The query.
    pub query: String,
    /// The file that the rows go to: CSV with a header. Nothing between two commas is NULL, a pair of quotes is the empty string.
    pub to: PathBuf,
}

/// What a read did.
#[derive(Debug, Clone)]
pub struct ReadReport {
    /// How many rows were read.
    pub rows: usize,
    /// The statement that was sent, with its secrets masked.
    pub statement: String,
    /// What the keys of the unloaded objects started with.
    pub unloaded_prefix: String,
}

/// What UNLOAD says that it wrote.
#[derive(Debug, Deserialize)]
struct Manifest {
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    url: String,
}

/// A read that has been checked: nothing has been sent yet.
struct Job<'a> {
    connection: &'a Connection,
    request: &'a Read,
    prefix: String,
    statement: Statement,
    signing: Signing,
    bucket: Bucket,
}

/// Reads the rows of a query into a file.
///
/// An error at the step `clean-up` means that the file is complete and that something is left behind.
pub async fn read(connection: &Connection, request: Read) -> Result<ReadReport, StepError> {
    let name = RunName::new();
    Job::check(connection)?;
    let signing = Signing::obtain(connection).await.map_err(at(Step::Preflight))?;
    let job = Job::prepare(connection, &request, &name, signing)?;
    job.bucket.check_policy().await.map_err(at(Step::Preflight))?;
    let folder = StagingFolder::create(connection.staging_dir.as_deref(), &name).map_err(at(Step::Fetch))?;
    job.unload().await?;
    let mut unloaded = vec![job.manifest_key()];
    let fetched = job.fetch(&folder, &mut unloaded).await.map_err(at(Step::Fetch));
    let left = job.clean_up(folder, &unloaded).await;
    with_left(fetched, left)
}

impl<'a> Job<'a> {
    /// Everything that can be found wrong without a request is found here.
    fn check(connection: &Connection) -> Result<(), StepError> {
        let preflight = at(Step::Preflight);
        plan::check(connection).map_err(|error| preflight(error.into()))?;
        connection.staging_dir.iter().try_for_each(|dir| local::check_writable(dir)).map_err(preflight)
    }

    fn prepare(
        connection: &'a Connection,
        request: &'a Read,
        name: &RunName,
        signing: Signing,
    ) -> Result<Self, StepError> {
        let preflight = at(Step::Preflight);
        let bucket = Bucket::new(connection, &signing.own).map_err(|error| preflight(error.into()))?;
        let prefix = name.key_prefix(connection);
        let statement = plan::unload(connection, signing.commands.as_ref(), &request.query, &prefix);
        let statement = statement.map_err(|error| preflight(error.into()))?;
        Ok(Self { connection, request, prefix, statement, signing, bucket })
    }

    /// UNLOAD puts the manifest beside the parts.
    fn manifest_key(&self) -> String {
        format!("{}manifest", self.prefix)
    }

    async fn unload(&self) -> Result<(), StepError> {
        let session = Session::open(self.connection, &self.signing.own).await.map_err(at(Step::Connect))?;
        let unloaded = session.run(&self.statement).await;
        session.close().await;
        unloaded.map(drop).map_err(at(Step::Unload))
    }

    /// Fetches the parts into the local folder, then puts their rows together; `unloaded` gets the parts' keys.
    async fn fetch(&self, folder: &StagingFolder, unloaded: &mut Vec<String>) -> Result<ReadReport, Cause> {
        let keys = self.parts().await?;
        unloaded.extend(keys.iter().cloned());
        let mut whole = Rows::default();
        for (number, key) in keys.iter().enumerate() {
            let path = folder.file(&format!("part_{number:04}.csv.gz"));
            let body = self.bucket.get_part(key).await?;
            std::fs::write(&path, &body).map_err(|source| Cause::io(&path, source))?;
            let part = self.rows_of(key, &body)?;
            whole.columns = part.columns;
            whole.rows.extend(part.rows);
        }
        let to = &self.request.to;
        std::fs::write(to, whole.to_csv()).map_err(|source| Cause::io(to, source))?;
        Ok(ReadReport {
            rows: whole.rows.len(),
            statement: self.statement.to_string(),
            unloaded_prefix: self.prefix.clone(),
        })
    }

    /// The keys of the parts, from the manifest.
    async fn parts(&self) -> Result<Vec<String>, Cause> {
        let key = self.manifest_key();
        let body = self.bucket.get(&key).await?;
        let damaged = |message| Cause::Manifest { key: key.clone(), message };
        let manifest: Manifest = serde_json::from_slice(&body).map_err(|error| damaged(error.to_string()))?;
        let bucket = format!("s3://{}/", self.connection.bucket);
        let keys = manifest.entries.into_iter().map(|entry| match entry.url.strip_prefix(&bucket) {
            Some(key) => Ok(key.to_owned()),
            None => Err(damaged(format!("expected URLs that start with `{bucket}`, got `{}`", entry.url))),
        });
        keys.collect()
    }

    fn rows_of(&self, key: &str, body: &[u8]) -> Result<Rows, Cause> {
        let text = local::decompress(body)
            .map_err(|error| Cause::Object { key: key.to_owned(), message: error.to_string() })?;
        Rows::parse(&text, plan::unloaded_dialect(&self.connection.unload_options))
            .map_err(|source| Cause::Rows { file: key.to_owned(), source })
    }

    /// Deletes the unloaded objects, each of them whatever becomes of the others, and the local folder.
    async fn clean_up(&self, folder: StagingFolder, unloaded: &[String]) -> Vec<StepError> {
        let mut left = self.bucket.delete_all(unloaded).await;
        left.extend(folder.remove().err().map(at(Step::CleanUp)));
        left
    }
}
