//! The agents of a trial: their folders, the instance that they run on, and the user that they run as.

use std::{
    future::Future,
    io,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
};

use linchpin_stack::Instance;
use rustix::{
    fs::{Gid, Uid},
    process::geteuid,
    thread::{set_thread_gid, set_thread_uid},
};
use tempfile::TempDir;

use crate::model::AgentFolder;

/// Who agents run as where the harness runs as root, whom no file mode stops.
const NOBODY: u32 = 65534;

/// One agent: a machine with a root folder of its own, in which every path is the same as on the others.
pub(crate) struct Agent {
    /// The scenario's name of it.
    pub(crate) name: String,
    root: TempDir,
    /// What it runs on, where the connection says where agents run.
    pub(crate) instance: Option<Instance>,
}

impl Agent {
    /// An agent with its three folders.
    pub(crate) fn set_up(name: &str, parent: &Path) -> io::Result<Self> {
        // Errors name the folder: a number, like those of buckets, is known for one that differs from run to run.
        let unique = format!("{name}-{:016x}", rand::random::<u64>());
        let root = tempfile::Builder::new().prefix(&unique).rand_bytes(0).tempdir_in(parent)?;
        let agent = Self { name: name.to_owned(), root, instance: None };
        agent.give(agent.path())?;
        AgentFolder::ALL.iter().try_for_each(|folder| {
            let path = agent.folder(*folder);
            std::fs::create_dir(&path)?;
            agent.give(&path)
        })?;
        Ok(agent)
    }

    /// The root folder.
    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    /// One of its folders.
    pub(crate) fn folder(&self, folder: AgentFolder) -> PathBuf {
        self.path().join(folder.name())
    }

    /// Copies a file to where the agent may read it.
    pub(crate) fn take(&self, file: &Path) -> io::Result<PathBuf> {
        let name = file.file_name().unwrap_or_default();
        let copy = self.path().join(name);
        std::fs::copy(file, &copy)?;
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644))?;
        Ok(copy)
    }

    /// Takes a folder away, or moves it, or changes its mode.
    pub(crate) fn pull(&self, folder: AgentFolder, instead: Option<&str>) -> io::Result<()> {
        let path = self.folder(folder);
        let Some(instead) = instead else { return std::fs::remove_dir(path) };
        match u32::from_str_radix(instead, 8) {
            Ok(mode) => std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)),
            Err(_) => std::fs::rename(path, self.path().join(instead)),
        }
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        if geteuid().is_root() { chown(path, Some(NOBODY), Some(NOBODY)) } else { Ok(()) }
    }
}

/// Carries an agent's work out on a thread of its own, which is nobody's where the harness is root's: else no file
/// mode would ever stop it.
pub(crate) async fn as_agent<Work, Done>(work: impl FnOnce() -> Work + Send + 'static) -> Result<Done, String>
where
    Work: Future<Output = Done>,
    Done: Send + 'static,
{
    let (tell, told) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("agent".to_owned()).spawn(move || {
        let done = become_nobody().and_then(|()| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            Ok(runtime.block_on(work()))
        });
        // Whoever listens may be gone: the trial's time is over.
        let _ = tell.send(done);
    });
    thread.map_err(|error| format!("the agent cannot be started: {error}"))?;
    let done = told.await.map_err(|_| "the agent ended without a word".to_owned())?;
    done.map_err(|error| format!("the agent cannot be started: {error}"))
}

fn become_nobody() -> io::Result<()> {
    if geteuid().is_root() {
        set_thread_gid(Gid::from_raw(NOBODY))?;
        set_thread_uid(Uid::from_raw(NOBODY))?;
    }
    Ok(())
}

/// Where an agent asks for its instance's role.
pub(crate) fn metadata(instance: Option<&Instance>) -> String {
    instance.map(Instance::endpoint).unwrap_or_default()
}
