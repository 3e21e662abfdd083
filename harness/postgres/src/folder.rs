//! The folder of a run: made under a name of its own, locked while the run lives, removed by it or by the next run.

use crate::account::Account;
use crate::tree::{self, advice};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A live run's folder is `linchpin-<process id>-<random>`.
const PREFIX: &str = "linchpin-";
/// A folder gets its name only after its lock is held, so that no other run takes it for a dead one's.
const UNFINISHED: &str = ".linchpin-new-";
const LOCK: &str = "lock";
/// A folder without a lock file is being made, or half removed: the first takes far less than this.
const SETTLED: Duration = Duration::from_secs(60);
/// What a run should find free in a folder in memory before it puts its servers there.
const ROOM: u64 = 256 << 20;

/// A run's folder could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make the servers' folder in `{}`: {source}{}", .root.display(), advice(.source))]
pub struct FolderError {
    root: PathBuf,
    source: io::Error,
}

/// The folder of this run; removed on drop, or by the next run when this one was killed.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Removes the folders of dead runs in `root`, then makes this run's.
    pub(crate) fn create(root: &Path, owner: &Account) -> Result<Self, FolderError> {
        let failed = |source| FolderError { root: root.to_owned(), source };
        reap(root).map_err(failed)?;
        let name = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
        let (unfinished, path) =
            (root.join(format!("{UNFINISHED}{name}")), root.join(format!("{PREFIX}{name}")));
        tree::make_private(&unfinished, owner).map_err(failed)?;
        let locked = File::create_new(unfinished.join(LOCK)).and_then(|lock| lock.lock().map(|()| lock));
        match locked.and_then(|lock| fs::rename(&unfinished, &path).map(|()| lock)) {
            Ok(lock) => Ok(Self { path, _lock: lock }),
            Err(source) => {
                let _ = fs::remove_dir_all(&unfinished);
                Err(failed(source))
            }
        }
    }

    /// A folder for other files of a run than its servers', in the usual temporary folder.
    ///
    /// # Errors
    /// [`FolderError`] when it cannot be made.
    pub fn in_temporary_folder() -> Result<Self, FolderError> {
        Self::create(&std::env::temp_dir(), &Account::Own)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Where servers live unless the caller says otherwise: in memory if there is room, else the usual temporary folder.
pub(crate) fn default_root() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let has_room =
        rustix::fs::statvfs(memory).is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) >= ROOM);
    if has_room { memory.to_owned() } else { std::env::temp_dir() }
}

/// Removes the folders of runs that are dead: those whose lock is free.
fn reap(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)?.flatten() {
        let name = entry.file_name();
        let is_run =
            |prefix| name.to_str().and_then(|name| name.strip_prefix(prefix)).is_some_and(is_run_name);
        // An unfinished folder's lock is free for a moment.
        if is_run(PREFIX) || (is_run(UNFINISHED) && is_settled(&entry.path())) {
            remove_if_dead(&entry.path());
        }
    }
    Ok(())
}

/// Other folders of the user's may begin like a run's: only `<process id>-<8 hexadecimal digits>` is one.
fn is_run_name(name: &str) -> bool {
    name.split_once('-').is_some_and(|(process, random)| {
        process.parse::<u32>().is_ok() && random.len() == 8 && u32::from_str_radix(random, 16).is_ok()
    })
}

/// Errors are no business of the run that starts: the folder may be another user's, or another run may be removing it.
fn remove_if_dead(path: &Path) {
    match File::open(path.join(LOCK)) {
        Ok(lock) => {
            if lock.try_lock().is_ok() {
                let _ = fs::remove_dir_all(path);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_settled(path) => {
            let _ = fs::remove_dir_all(path);
        }
        Err(_) => {}
    }
}

fn is_settled(path: &Path) -> bool {
    let modified = fs::symlink_metadata(path).and_then(|found| found.modified());
    modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > SETTLED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn a_start_removes_the_folders_of_dead_runs_only() {
        let root = tempfile::tempdir().unwrap();
        let live = RunFolder::create(root.path(), &Account::Own).unwrap();
        // Name, whether it has a lock file, whether it is old, whether it stays: dead, half removed, being removed,
        // dead before it was finished, being made, and three that are no run's.
        let rows = [
            ("linchpin-1-00000001", true, false, false),
            ("linchpin-2-0000000a", false, true, false),
            ("linchpin-3-00000003", false, false, true),
            (".linchpin-new-4-00000004", true, true, false),
            (".linchpin-new-5-00000005", true, false, true),
            ("linchpin-stack-a1b2c3", true, true, true),
            ("linchpin-6-mine", true, true, true),
            ("linchpins-7-00000007", true, true, true),
        ];
        for (name, lock, old, _) in rows {
            let path = root.path().join(name);
            fs::create_dir(&path).unwrap();
            if lock {
                fs::write(path.join(LOCK), "").unwrap();
            }
            if old {
                File::open(&path).unwrap().set_modified(SystemTime::now() - 2 * SETTLED).unwrap();
            }
        }
        let next = RunFolder::create(root.path(), &Account::Own).unwrap();
        for (name, .., stays) in rows {
            assert_eq!(root.path().join(name).exists(), stays, "{name}");
        }
        let paths = [live.path().to_owned(), next.path().to_owned()];
        assert!(paths.iter().all(|path| path.join(LOCK).exists()));
        drop((live, next));
        assert!(paths.iter().all(|path| !path.exists()));
    }
}
