//! The cache folder: templates, fetched installations and the authority of certificates, shared by all runs.

use crate::tree::advice;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Entries are made under this name, then renamed: whoever holds the lock may remove what a dead run left.
const UNFINISHED: &str = ".new-";
const LOCK: &str = "lock";
/// Entries that no run has used for so long are removed: each change of the template's SQL makes a new one.
const STALE: Duration = Duration::from_hours(7 * 24);

/// The cache folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Nothing says where it is.
    #[error("no folder for the cache: set LINCHPIN_CACHE_DIR, XDG_CACHE_HOME or HOME")]
    Nowhere,
    /// The file system refused something.
    #[error("cannot use the cache folder `{}`: {source}{}; LINCHPIN_CACHE_DIR names another", .path.display(), advice(.source))]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What the file system answered.
        source: io::Error,
    },
}

/// One folder of cache entries: entries are complete once they bear their name, and never change.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// The right to add entries, held by one process at a time.
pub struct Writer<'a> {
    cache: &'a Cache,
    _lock: File,
}

impl Cache {
    /// The part `kind` of the cache.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn open(kind: &str) -> Result<Self, CacheError> {
        let folder = root().ok_or(CacheError::Nowhere)?.join(kind);
        fs::create_dir_all(&folder).map_err(|source| unusable(&folder, source))?;
        Ok(Self { folder })
    }

    /// The entry of that name, if it is there. Its folder's time tells when it was last used.
    pub fn entry(&self, name: &str) -> Option<PathBuf> {
        let path = Some(self.folder.join(name)).filter(|path| path.is_dir())?;
        // Another user's entry can be used but not marked.
        let _ = File::open(&path).and_then(|folder| folder.set_modified(SystemTime::now()));
        Some(path)
    }

    /// Waits for other processes that add entries.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn writer(&self) -> Result<Writer<'_>, CacheError> {
        let path = self.folder.join(LOCK);
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock =
            lock.and_then(|lock| lock.lock().map(|()| lock)).map_err(|source| unusable(&path, source))?;
        let writer = Writer { cache: self, _lock: lock };
        writer.remove_unfinished()?;
        writer.remove_stale();
        Ok(writer)
    }
}

impl Writer<'_> {
    /// A path for the entry while it is being made; nothing is there yet.
    pub fn unfinished(&self, name: &str) -> PathBuf {
        self.cache.folder.join(format!("{UNFINISHED}{name}"))
    }

    /// Gives the unfinished entry its name.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn finish(&self, name: &str) -> Result<PathBuf, CacheError> {
        let path = self.cache.folder.join(name);
        fs::rename(self.unfinished(name), &path).map_err(|source| unusable(&path, source))?;
        Ok(path)
    }

    fn remove_unfinished(&self) -> Result<(), CacheError> {
        let folder = &self.cache.folder;
        for entry in fs::read_dir(folder).map_err(|source| unusable(folder, source))?.flatten() {
            if is_unfinished(&entry) {
                fs::remove_dir_all(entry.path()).map_err(|source| unusable(&entry.path(), source))?;
            }
        }
        Ok(())
    }

    /// Takes the name away first: nobody may find an entry that is half there.
    fn remove_stale(&self) {
        for entry in fs::read_dir(&self.cache.folder).into_iter().flatten().flatten() {
            let unfinished = self.unfinished(&entry.file_name().to_string_lossy());
            if is_stale(&entry) && fs::rename(entry.path(), &unfinished).is_ok() {
                // What cannot be removed now is removed by the next writer.
                let _ = fs::remove_dir_all(&unfinished);
            }
        }
    }
}

fn is_unfinished(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED))
}

fn is_stale(entry: &fs::DirEntry) -> bool {
    let age = entry
        .metadata()
        .ok()
        .filter(fs::Metadata::is_dir)
        .and_then(|found| found.modified().ok()?.elapsed().ok());
    age.is_some_and(|age| age > STALE)
}

/// An entry that failed half-way goes at once.
impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is reported to the next writer.
        let _ = self.remove_unfinished();
    }
}

fn unusable(path: &Path, source: io::Error) -> CacheError {
    CacheError::Unusable { path: path.to_owned(), source }
}

/// Root's home is closed to the user that runs root's servers, so root's cache is the system's.
fn root() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set("LINCHPIN_CACHE_DIR") {
        return Some(folder);
    }
    if rustix::process::geteuid().is_root() {
        return Some(PathBuf::from("/var/cache/linchpin"));
    }
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("linchpin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_writer_removes_what_is_unfinished_or_stale() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { folder: folder.path().to_owned() };
        for name in ["fresh", "old", "old-but-used", ".new-dead"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("file"), "").unwrap();
        }
        for name in ["old", "old-but-used"] {
            let long_ago = SystemTime::now() - 2 * STALE;
            File::open(folder.path().join(name)).unwrap().set_modified(long_ago).unwrap();
        }
        assert_eq!(cache.entry("old-but-used"), Some(folder.path().join("old-but-used")));
        assert_eq!(cache.entry("missing"), None);

        let writer = cache.writer().unwrap();
        assert_eq!(names(folder.path()), ["fresh", "lock", "old-but-used"]);
        fs::create_dir(writer.unfinished("new")).unwrap();
        assert_eq!(cache.entry("new"), None);
        writer.finish("new").unwrap();
        fs::create_dir(writer.unfinished("given up")).unwrap();
        drop(writer);
        assert_eq!(names(folder.path()), ["fresh", "lock", "new", "old-but-used"]);
    }
}
