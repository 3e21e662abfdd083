//! The operating system's user that the servers run as.
//!
//! `initdb` and `postgres` refuse to run as root, so root gives them to an ordinary user.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::{fmt, fs, io};

const PASSWD: &str = "/etc/passwd";

/// Who runs the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// The user who runs this program.
    Own,
    /// This program runs as root, and hands the servers to this user.
    Other { uid: u32, gid: u32 },
}

/// No user was found that could run the servers.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The list of users could not be read.
    #[error(
        "PostgreSQL refuses to run as root, and `{PASSWD}` could not be read to find another user: {source}; run as an ordinary user"
    )]
    Unreadable {
        /// What reading it answered.
        source: io::Error,
    },
    /// Neither `postgres` nor `nobody` is a user of this machine.
    #[error(
        "PostgreSQL refuses to run as root, and neither `postgres` nor `nobody` is in `{PASSWD}`; run as an ordinary user or add one of them"
    )]
    Missing,
}

impl Account {
    pub(crate) fn find() -> Result<Self, AccountError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        let id = |name| std::env::var(name).ok().and_then(|id| id.parse().ok()).filter(|id| *id != 0);
        if let (Some(uid), Some(gid)) = (id("SUDO_UID"), id("SUDO_GID")) {
            return Ok(Self::Other { uid, gid });
        }
        let users = fs::read_to_string(PASSWD).map_err(|source| AccountError::Unreadable { source })?;
        ["postgres", "nobody"].into_iter().find_map(|name| listed(&users, name)).ok_or(AccountError::Missing)
    }

    /// Has `command` run as this user.
    pub(crate) fn apply(&self, command: &mut std::process::Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(*uid).gid(*gid);
        }
    }

    /// Gives a file or folder to this user.
    pub(crate) fn give(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => std::os::unix::fs::chown(path, Some(*uid), Some(*gid)),
        }
    }
}

/// The end of a sentence about running a program.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, .. } => write!(f, " as user {uid}"),
        }
    }
}

/// The user `name` in the text of a passwd file; macOS writes the ids of `nobody` as -2.
fn listed(users: &str, name: &str) -> Option<Account> {
    let id =
        |text: &str| text.parse::<u32>().ok().or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned));
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        let (uid, gid) = (id(fields.nth(1)?)?, id(fields.next()?)?);
        (uid != 0).then_some(Account::Other { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_user_in_a_passwd_file() {
        let users = "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nbroken:x\npostgres:x:101:104:Admin,,:/var:/bin/bash\n\
                     nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n";
        for (name, expected) in [
            ("postgres", Some(Account::Other { uid: 101, gid: 104 })),
            ("nobody", Some(Account::Other { uid: u32::MAX - 1, gid: u32::MAX - 1 })),
            ("toor", None),
            ("broken", None),
            ("post", None),
        ] {
            assert_eq!(listed(users, name), expected, "{name}");
        }
    }
}
