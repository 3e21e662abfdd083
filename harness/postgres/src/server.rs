//! One running server.

use crate::account::Account;
use crate::address::Address;
use crate::death;
use crate::find::Installation;
use crate::maker::Running;
use crate::tree::{self, CopyError, advice};
use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;
use tokio_postgres::config::Host;

/// PostgreSQL's superuser, named as Redshift's.
pub const SUPERUSER: &str = "rdsdb";
/// A part of the socket's file name: there is no TCP port.
const PORT: u16 = 5432;
/// `sun_path` holds 108 bytes on Linux and 104 on macOS and the BSDs, the closing zero included.
const LONGEST_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
const SOCKETS: &str = "s";
const DATA: &str = "data";
/// The servers' log line that tells that connections are served; the servers run with LC_ALL=C.
const READY: &str = "database system is ready to accept connections";
/// Not a measure of readiness: when a server says nothing for so long, something is broken.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many lines of the log an error may quote.
const QUOTED: usize = 3;

/// A throw-away server needs speed and little memory, and no durability.
pub const SETTINGS: &[(&str, &str)] = &[
    ("autovacuum", "off"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("huge_pages", "off"),
    ("jit", "off"),
    // A server's log is read for its ready line and for a reason not to start: the clients see their own errors.
    ("log_min_messages", "log"),
    ("max_connections", "120"),
    ("max_parallel_workers_per_gather", "0"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "64MB"),
    ("min_wal_size", "2MB"),
    // Redshift's drivers speak md5, not SCRAM.
    ("password_encryption", "md5"),
    ("shared_buffers", "16MB"),
    ("synchronous_commit", "off"),
    ("timezone", "UTC"),
    ("wal_level", "minimal"),
];
/// Settings of a process beside ours.
const SETTINGS_HERE: &[(&str, &str)] = &[
    // Segments are files in the data folder, which is removed however the server ends.
    ("dynamic_shared_memory_type", "mmap"),
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
];
/// Settings that 18 brought: no worker processes for reading files, no warning for md5 passwords.
const SETTINGS_18: &[(&str, &str)] = &[("io_method", "sync"), ("md5_password_warnings", "off")];

/// A server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its folder could not be filled.
    #[error("{0}")]
    Copy(String),
    /// Its folder could not be made.
    #[error("cannot make the server's folder `{}`: {source}{}", .path.display(), advice(.source))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the file system answered.
        source: io::Error,
    },
    /// The kernel bounds the length of a socket's path.
    #[error("the socket's path `{}` is longer than {LONGEST_SOCKET_PATH} bytes: choose a shorter data folder (or TMPDIR)", .path.display())]
    SocketPath {
        /// The path.
        path: PathBuf,
    },
    /// `postgres` could not be run.
    #[error("cannot run `{}` in `{}`{account}: {source}{}", .program.display(), .folder.display(), advice(.source))]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The server's folder.
        folder: PathBuf,
        /// Whom it was to run as, if not this program's user.
        account: String,
        /// Why.
        source: io::Error,
    },
    /// It ended, or closed its log, before it was ready.
    #[error("`postgres` in `{}` did not start: {log}", .folder.display())]
    Ended {
        /// The server's folder.
        folder: PathBuf,
        /// The last lines of its log.
        log: String,
    },
    /// It started, and then could not be used.
    #[error("a new server cannot be used: {source}")]
    Unusable {
        /// Why.
        source: tokio_postgres::Error,
    },
    /// Another maker's own reason.
    #[error(transparent)]
    Maker(Box<dyn std::error::Error + Send + Sync>),
    /// It said nothing for too long.
    #[error("`postgres` in `{}` was not ready after {} s: {log}", .folder.display(), PATIENCE.as_secs())]
    Silent {
        /// The server's folder.
        folder: PathBuf,
        /// The last lines of its log.
        log: String,
    },
}

impl From<CopyError> for StartError {
    fn from(error: CopyError) -> Self {
        Self::Copy(error.to_string())
    }
}

/// What it takes to run servers.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) installation: Installation,
    pub(crate) account: Account,
}

/// How a server is told to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    /// Disconnects the clients and writes everything to disk: a copy of the folder starts without recovery.
    Fast,
    /// At once; the data is thrown away.
    Immediate,
}

/// A server that accepts connections.
#[derive(Debug)]
pub(crate) struct Server {
    folder: PathBuf,
    address: Address,
    child: Box<Child>,
}

impl Machine {
    /// A command that runs `program` of the installation as the servers' user, and dies with the thread that spawns it.
    pub(crate) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = std::process::Command::new(self.installation.bin().join(program));
        // An empty environment: PGDATA, PGPORT and their kind would otherwise have their say.
        command.env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin").current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        self.account.apply(&mut command);
        // Ctrl-C at the terminal is for the harness, which then stops its servers.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        death::quit_with_this_thread(&mut command);
        Command::from(command)
    }

    /// Makes the folder of a server: private, and empty but for the folder of its socket.
    pub(crate) fn prepare(&self, folder: &Path) -> Result<(), StartError> {
        for path in [folder, &folder.join(SOCKETS)] {
            tree::make_private(path, &self.account)
                .map_err(|source| StartError::Folder { path: path.to_owned(), source })?;
        }
        Ok(())
    }

    /// Starts a server on the data in a prepared folder. The caller's thread must live as long as the server.
    pub(crate) async fn start(&self, folder: PathBuf) -> Result<Server, StartError> {
        let socket = folder.join(SOCKETS).join(format!(".s.PGSQL.{PORT}"));
        if socket.as_os_str().len() > LONGEST_SOCKET_PATH {
            return Err(StartError::SocketPath { path: socket });
        }
        let mut command = self.command("postgres", &folder);
        command
            .arg("-D")
            .arg(folder.join(DATA))
            .arg("-k")
            .arg(folder.join(SOCKETS))
            .arg("-p")
            .arg(PORT.to_string());
        for (name, value) in self.settings() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let mut child = command.spawn().map_err(|source| self.spawn_error(&folder, source))?;
        let log = child.stderr.take();
        let address =
            Address { host: Host::Unix(folder.join(SOCKETS)), port: PORT, superuser: SUPERUSER.to_owned() };
        let mut server = Server { folder, address, child: Box::new(child) };
        if let Some(log) = log {
            server.wait_until_ready(BufReader::new(log).lines()).await?;
        }
        Ok(server)
    }

    fn spawn_error(&self, folder: &Path, source: io::Error) -> StartError {
        let program = self.installation.bin().join("postgres");
        StartError::Spawn { program, folder: folder.to_owned(), account: self.account.to_string(), source }
    }

    pub(crate) fn settings(&self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        let newer = if self.installation.version().major() >= 18 { SETTINGS_18 } else { &[] };
        SETTINGS.iter().chain(SETTINGS_HERE).chain(newer)
    }
}

impl Server {
    /// The data folder of the server in `folder`.
    pub(crate) fn data_of(folder: &Path) -> PathBuf {
        folder.join(DATA)
    }

    /// Stops the server and waits for its end; its folder stays.
    pub(crate) async fn stop(&mut self, how: Stop) {
        self.signal(match how {
            Stop::Fast => Signal::INT,
            Stop::Immediate => Signal::QUIT,
        });
        // PostgreSQL itself kills children that do not end within 5 s.
        if timeout(PATIENCE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It fails only for a process that has ended already.
            let _ = kill_process(pid, signal);
        }
    }

    /// Reads the log up to the ready line; what follows is read and dropped, so that the server never waits for us.
    async fn wait_until_ready(&mut self, mut log: Lines<BufReader<ChildStderr>>) -> Result<(), StartError> {
        let mut last = VecDeque::new();
        match timeout(PATIENCE, read_until_ready(&mut log, &mut last)).await {
            Ok(true) => {
                tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
                Ok(())
            }
            Ok(false) => Err(StartError::Ended { folder: self.folder.clone(), log: quote(last) }),
            Err(_) => Err(StartError::Silent { folder: self.folder.clone(), log: quote(last) }),
        }
    }
}

#[async_trait]
impl Running for Server {
    fn address(&self) -> &Address {
        &self.address
    }

    async fn discard(mut self: Box<Self>) {
        self.stop(Stop::Immediate).await;
        let folder = self.folder.clone();
        // What cannot be removed now goes with the run's folder.
        let _ = tokio::task::spawn_blocking(move || fs::remove_dir_all(folder)).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::QUIT);
    }
}

/// Whether the ready line came; `last` then or else holds the last lines.
async fn read_until_ready(log: &mut Lines<BufReader<ChildStderr>>, last: &mut VecDeque<String>) -> bool {
    while let Ok(Some(line)) = log.next_line().await {
        if line.contains(READY) {
            return true;
        }
        if last.len() == QUOTED {
            last.pop_front();
        }
        last.push_back(line);
    }
    false
}

pub(crate) fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Log lines as one line.
fn quote(lines: VecDeque<String>) -> String {
    if lines.is_empty() { "it wrote no log".to_owned() } else { Vec::from(lines).join(" / ") }
}
