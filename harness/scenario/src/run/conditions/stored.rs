//! The conditions on what lies in a bucket, or in a folder of the agent.

use std::path::{Path, PathBuf};

use super::judge::holds;
use super::tables::Table;
use crate::run::world::World;
use crate::{
    model::{Count, Files, Objects},
    text::matches,
};

/// The column of error files that holds the message.
const MESSAGE: &str = "error_message";

impl World {
    pub(crate) async fn objects(&self, objects: &Objects) -> Result<(), String> {
        let Objects { bucket, under, named, count, encryption } = objects;
        let keys = self.keys_in(bucket, &self.filled(under)?).await?;
        let named = named.as_deref().map(|named| self.filled(named)).transpose()?;
        let meant = |key: &&String| named.as_ref().is_none_or(|named| matches(named, key));
        let found: Vec<&String> = keys.iter().filter(meant).collect();
        holds(count.allows(found.len() as u64), || match count {
            Count::Some => format!("the bucket `{bucket}` holds no such object, but {keys:?}"),
            Count::Exactly(count) => {
                format!("the bucket `{bucket}` holds {} such objects, not {count}: {keys:?}", found.len())
            }
        })?;
        for key in found {
            if let Some(told) = encryption {
                self.encrypted(bucket, key, told).await?;
            }
        }
        Ok(())
    }

    async fn keys_in(&self, bucket: &str, under: &str) -> Result<Vec<String>, String> {
        let name = self.filled(&format!("${{bucket:{bucket}}}"))?;
        let listed = self.owners_s3(bucket).list_objects_v2().bucket(name).prefix(under).send().await;
        let listed = listed.map_err(|error| format!("the bucket `{bucket}` cannot be listed: {error:?}"))?;
        Ok(listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect())
    }

    async fn encrypted(&self, bucket: &str, key: &str, told: &str) -> Result<(), String> {
        let name = self.filled(&format!("${{bucket:{bucket}}}"))?;
        let head = self.owners_s3(bucket).head_object().bucket(name).key(key).send().await;
        let head = head.map_err(|error| format!("the object `{key}` cannot be read: {error:?}"))?;
        let found = head.server_side_encryption().map_or("nothing", |found| found.as_str());
        holds(found == told, || format!("the object `{key}` is encrypted with {found}, not {told}"))
    }

    pub(crate) fn files(&self, files: &Files) -> Result<(), String> {
        let Files { folder, of, count, named, rows: told, equal, message } = files;
        let named = named.as_deref().map(|named| self.filled(named)).transpose()?;
        let files = files_in(&self.agent_named(of.as_deref())?.folder(*folder))?;
        let (number, folder) = (files.len() as u64, folder.name());
        holds(count.allows(number), || format!("the folder `{folder}` holds {number} files, not {count}"))?;
        let mut names = files.iter().map(|file| name(file));
        let other = names.find(|file| named.as_ref().is_some_and(|named| !matches(named, file)));
        holds(other.is_none(), || {
            format!("the file `{}` in `{folder}` is named otherwise", other.unwrap_or_default())
        })?;
        if told.is_none() && equal.is_none() && message.is_none() {
            return Ok(());
        }
        let all = together(&files)?;
        let found = all.rows.len() as u64;
        let told = told.unwrap_or(found);
        holds(found == told, || format!("the files in `{folder}` hold {found} records, not {told}"))?;
        self.records(&format!("the files in `{folder}`"), all, equal.as_deref(), message.as_deref())
    }

    /// What stands in success and error files; the errors' messages are compared apart from the rows.
    fn records(
        &self,
        what: &str,
        mut all: Table,
        equal: Option<&Path>,
        message: Option<&str>,
    ) -> Result<(), String> {
        let messages = all.take_column(MESSAGE);
        if let Some(message) = message {
            let message = self.filled(message)?;
            let other = messages.iter().find(|found| !found.contains(&message));
            holds(other.is_none() && !messages.is_empty(), || match other {
                Some(other) => format!("a record of {what} says `{other}`, not `{message}`"),
                None => format!("{what} hold no `{MESSAGE}`"),
            })?;
        }
        equal.map_or(Ok(()), |file| self.compare(what, &all, file))
    }
}

/// The records of all files.
fn together(files: &[PathBuf]) -> Result<Table, String> {
    let mut all = Table::default();
    for file in files {
        let table = Table::read(file)?;
        all.header = table.header;
        all.rows.extend(table.rows);
    }
    Ok(all)
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A folder that is not there holds nothing.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error: std::io::Error| format!("`{}` cannot be read: {error}", folder.display());
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => {
            let entries = entries.map_err(unreadable)?.map(|entry| entry.map(|entry| entry.path()));
            entries.collect::<Result<_, _>>().map_err(unreadable)
        }
    }
}
