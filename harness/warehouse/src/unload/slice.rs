//! A slice of an UNLOAD: a task of its own that encodes, packs and uploads its files.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_s3::Client;
use linchpin_formats::MasterKey;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::encode::{EncodeError, Encoder, Shape};
use super::manifest::WrittenFile;
use super::parse::{Output, Parallel, RowForm};
use super::rows::lines;
use super::upload::{Upload, UploadError, delete};
use crate::s3::{Encryption, Location};

/// How many turns wait for a slice.
const TURNS: usize = 4;

/// What every slice needs to know of the statement.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) client: Client,
    pub(super) output: Output,
    pub(super) shape: Shape,
    pub(super) encryption: Encryption,
    /// The key of client-side encryption.
    pub(super) master_key: Option<MasterKey>,
}

/// What a slice is told.
#[derive(Debug)]
pub(super) enum Turn {
    /// Files go under this folder from now on.
    Folder(String),
    /// Lines of COPY text.
    Rows(Vec<u8>),
    /// There are no more rows. Without it, the statement has failed.
    Finish,
}

/// Why a slice failed.
#[derive(Debug, Error)]
pub(crate) enum SliceError {
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The statement has failed elsewhere.
    #[error("the statement has ended")]
    Ended,
    /// Its task died.
    #[error("a slice of the unload died")]
    Died,
}

/// A slice at work. When it is dropped in the middle, because the client went or cancelled, its task removes what was
/// written.
#[derive(Debug)]
pub(super) struct Slice {
    turns: mpsc::Sender<Turn>,
    task: JoinHandle<Result<WrittenFiles, SliceError>>,
}

impl Slice {
    pub(super) fn start(plan: Arc<Plan>, number: usize) -> Slice {
        let (sender, turns) = mpsc::channel(TURNS);
        let work = Work {
            written: WrittenFiles::none(&plan.client),
            plan,
            number,
            folder: String::new(),
            parts: HashMap::new(),
            open: None,
        };
        Slice { turns: sender, task: tokio::spawn(work.run(turns)) }
    }

    /// Tells the slice something; false: it has failed, as `end` will say.
    pub(super) async fn tell(&self, turn: Turn) -> bool {
        self.turns.send(turn).await.is_ok()
    }

    /// Waits for the slice's end.
    pub(super) async fn end(self) -> Result<WrittenFiles, SliceError> {
        drop(self.turns);
        self.task.await.map_err(|_| SliceError::Died)?
    }
}

/// Files that an UNLOAD has written. Unless they are kept, they are removed, as far as the credentials may.
#[derive(Debug)]
pub(super) struct WrittenFiles {
    client: Client,
    files: Vec<WrittenFile>,
}

impl WrittenFiles {
    pub(super) fn none(client: &Client) -> WrittenFiles {
        WrittenFiles { client: client.clone(), files: Vec::new() }
    }

    pub(super) fn keep(mut self) -> Vec<WrittenFile> {
        std::mem::take(&mut self.files)
    }

    pub(super) fn files(&self) -> &[WrittenFile] {
        &self.files
    }

    /// Adds another slice's; the names' order, whichever was full first.
    pub(super) fn join(&mut self, other: WrittenFiles) {
        self.files.extend(other.keep());
        self.files.sort_by(|one, other| one.object.at.key.cmp(&other.object.at.key));
    }

    pub(super) async fn remove(self) {
        let client = self.client.clone();
        for file in self.keep() {
            delete(&client, &file.object.at).await;
        }
    }
}

impl Drop for WrittenFiles {
    fn drop(&mut self) {
        let (client, files) = (self.client.clone(), std::mem::take(&mut self.files));
        if let (false, Ok(runtime)) = (files.is_empty(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(WrittenFiles { client, files }.remove());
        }
    }
}

/// A file, and the rows on their way into it.
#[derive(Debug)]
struct File {
    upload: Upload,
    encoder: Encoder,
    /// Lines in it, the header's too (documented for manifests).
    records: u64,
}

struct Work {
    plan: Arc<Plan>,
    number: usize,
    folder: String,
    /// The number of the next file in each folder.
    parts: HashMap<String, usize>,
    open: Option<File>,
    written: WrittenFiles,
}

impl Work {
    async fn run(mut self, turns: mpsc::Receiver<Turn>) -> Result<WrittenFiles, SliceError> {
        let result = self.follow(turns).await;
        if let Some(file) = self.open.take() {
            file.upload.abandon().await;
        }
        match result {
            Ok(()) => Ok(self.written),
            Err(error) => {
                self.written.remove().await;
                Err(error)
            }
        }
    }

    async fn follow(&mut self, mut turns: mpsc::Receiver<Turn>) -> Result<(), SliceError> {
        loop {
            match turns.recv().await.ok_or(SliceError::Ended)? {
                Turn::Folder(folder) => {
                    self.close().await?;
                    self.folder = folder;
                }
                Turn::Rows(rows) => self.rows(&rows).await?,
                Turn::Finish => return self.finish().await,
            }
        }
    }

    async fn rows(&mut self, rows: &[u8]) -> Result<(), SliceError> {
        if self.open.is_some() && self.has_room_for(rows) {
            return self.push(rows).await;
        }
        for row in lines(rows) {
            if !self.has_room_for(row) {
                self.close().await?;
            }
            self.push(row).await?;
        }
        Ok(())
    }

    /// Whether the open file, if there is one, may grow by `rows`, which may double when they are escaped.
    fn has_room_for(&self, rows: &[u8]) -> bool {
        let size = |file: &File| file.upload.size() + file.encoder.held() + 2 * rows.len() as u64;
        self.open.as_ref().is_none_or(|file| size(file) <= self.plan.output.max_file_size)
    }

    async fn push(&mut self, rows: &[u8]) -> Result<(), SliceError> {
        let file = self.file()?;
        file.records += file.encoder.push(rows)?;
        let ready = file.encoder.take();
        if !ready.is_empty() {
            file.upload.write(&ready).await?;
        }
        Ok(())
    }

    /// The open file; a new one if there is none.
    fn file(&mut self) -> Result<&mut File, SliceError> {
        if self.open.is_none() {
            let part = self.parts.entry(self.folder.clone()).or_default();
            let at = self.plan.file(&self.folder, self.number, *part);
            *part += 1;
            let Plan { client, output, shape, encryption, master_key } = &*self.plan;
            let upload = Upload::new(client.clone(), at, encryption.clone(), master_key.as_ref());
            let encoder = Encoder::new(output, shape)?;
            self.open = Some(File { upload, encoder, records: u64::from(output.header) });
        }
        self.open.as_mut().ok_or(SliceError::Died)
    }

    async fn close(&mut self) -> Result<(), SliceError> {
        let Some(file) = &mut self.open else { return Ok(()) };
        file.encoder.finish()?;
        let rest = file.encoder.take();
        file.upload.write(&rest).await?;
        let object = file.upload.finish().await?;
        self.written.files.push(WrittenFile { object, records: file.records, slice: self.number });
        self.open = None;
        Ok(())
    }

    /// Text has a file for each slice, even without rows; JSON and Parquet have none then (documented).
    async fn finish(&mut self) -> Result<(), SliceError> {
        let text = matches!(self.plan.output.form, RowForm::Text(_)) && self.plan.output.partition.is_none();
        if text && self.written.files.is_empty() {
            self.file()?;
        }
        self.close().await
    }
}

impl Plan {
    /// The `part`-th file of a slice.
    fn file(&self, folder: &str, slice: usize, part: usize) -> Location {
        let output = &self.output;
        let name = match output.parallel {
            Parallel::On => format!("{slice:04}_part_{part:02}"),
            Parallel::Off => format!("{part:03}"),
        };
        let own = if output.form == RowForm::Parquet { ".parquet" } else { output.compression.extension() };
        let extension = output.extension.as_deref().unwrap_or(own);
        self.output.object(&format!("{folder}{name}{extension}"))
    }
}
