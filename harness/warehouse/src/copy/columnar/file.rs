//! An object as a file that is read at any place.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use linchpin_formats::FileBytes;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::copy::worker::Job;
use crate::s3::{self, Location, S3Error};

/// An object, as a file whose bytes are fetched when they are needed.
pub(super) struct S3File {
    job: Arc<Job>,
    at: Location,
    tail: s3::Tail,
    runtime: Handle,
    /// What is fetched ahead, by its start: at most one range for each column.
    coming: Mutex<HashMap<u64, JoinHandle<Result<Bytes, S3Error>>>>,
}

impl S3File {
    /// The object at `at`, the end of which is `tail`. To be made on the runtime that fetches.
    pub(super) fn new(job: Arc<Job>, at: Location, tail: s3::Tail) -> S3File {
        S3File { job, at, tail, runtime: Handle::current(), coming: Mutex::default() }
    }

    /// A range that is in the tail already.
    fn held(&self, start: u64, length: u64) -> Option<Bytes> {
        let start = usize::try_from(start.checked_sub(self.tail.start)?).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        (end <= self.tail.bytes.len()).then(|| self.tail.bytes.slice(start..end))
    }

    fn coming(&self) -> MutexGuard<'_, HashMap<u64, JoinHandle<Result<Bytes, S3Error>>>> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for S3File {
    fn drop(&mut self) {
        self.coming().drain().for_each(|(_, fetching)| fetching.abort());
    }
}

impl FileBytes for S3File {
    fn length(&self) -> u64 {
        self.tail.length
    }

    fn read(&self, start: u64, length: u64) -> io::Result<Bytes> {
        if let Some(bytes) = self.held(start, length) {
            return Ok(bytes);
        }
        let coming = self.coming().remove(&start);
        let fetched = match coming.map(|fetching| self.runtime.block_on(fetching)) {
            Some(Ok(fetched)) => fetched,
            // Nobody aborts a fetch that is waited for, and it does not panic: fetched again all the same.
            Some(Err(_)) | None => {
                self.runtime.block_on(s3::get_range(&self.job.client, &self.at, start, length))
            }
        };
        let bytes = fetched.map_err(io::Error::other)?;
        Ok(bytes.slice(..bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX))))
    }

    fn ahead(&self, start: u64, length: u64) {
        if self.held(start, length).is_none() {
            let (job, at) = (Arc::clone(&self.job), self.at.clone());
            let fetch = async move { s3::get_range(&job.client, &at, start, length).await };
            self.coming().insert(start, self.runtime.spawn(fetch));
        }
    }
}
