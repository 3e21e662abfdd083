//! Copies of whole folders.

use crate::account::Account;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// A file or folder could not be copied.
#[derive(Debug, thiserror::Error)]
#[error("cannot copy to `{}`: {source}{}", .path.display(), advice(.source))]
pub(crate) struct CopyError {
    path: PathBuf,
    source: io::Error,
}

/// What to do about an input or output error of ours, to go after its text.
pub(crate) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space, or set TMPDIR to a larger disk"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose a folder that the user may use"
        }
        _ => "",
    }
}

/// Makes a folder that only its owner may enter, and gives it to `owner`.
pub(crate) fn make_private(path: &Path, owner: &Account) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)?;
    owner.give(path)
}

/// Copies the folder `from` to `to`, which must not exist, and gives everything in it to `owner`.
pub(crate) fn copy(from: &Path, to: &Path, owner: &Account) -> Result<(), CopyError> {
    let failed = |path: &Path, source| CopyError { path: path.to_owned(), source };
    make_private(to, owner).map_err(|source| failed(to, source))?;
    for entry in fs::read_dir(from).map_err(|source| failed(to, source))? {
        let entry = entry.map_err(|source| failed(to, source))?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(|source| failed(&target, source))?.is_dir() {
            copy(&entry.path(), &target, owner)?;
        } else {
            fs::copy(entry.path(), &target).map_err(|source| failed(&target, source))?;
            owner.give(&target).map_err(|source| failed(&target, source))?;
        }
    }
    Ok(())
}
