//! A program of the user's, in a process group of its own.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// How a program ended.
pub(crate) struct Ended {
    pub(crate) success: bool,
    /// On standard output.
    pub(crate) said: String,
    /// On standard error.
    pub(crate) error: String,
    /// Its exit code, or that its time was over.
    pub(crate) how: String,
}

/// A program and all that it starts, which end with this: when the program has, when its time is over, and when the run
/// is ended.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody may be left in it.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs a program to its end, or to that of its time.
pub(crate) async fn run(mut command: Command, limit: Duration) -> io::Result<Ended> {
    // Files without a name: nothing is left of them, however the harness ends.
    let (said, error) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(error.try_clone()?);
    let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
    let group = Group::of(&child);
    let ended = tokio::time::timeout(limit, child.wait()).await;
    drop(group);
    let (success, how) = match ended {
        Ok(status) => status.map(|status| (status.success(), status.to_string()))?,
        Err(_) => (false, format!("it was not done after {} s", limit.as_secs())),
    };
    Ok(Ended { success, said: written(said)?, error: written(error)?, how })
}

/// What stands in a file that another has written to.
fn written(mut file: File) -> io::Result<String> {
    let mut text = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// A child of the program's own, whose number the program writes into a file.
    fn with_a_child(file: &Path, end: &str) -> Command {
        let script =
            format!("sleep 1000 & echo $! > '{0}.new' && mv '{0}.new' '{0}' && {end}", file.display());
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        command
    }

    /// Whether a process works; one that nobody has asked after its end is over too.
    fn works(process: &str) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/stat", process.trim()));
        let state = status.ok().and_then(|text| text.rsplit(')').next().map(|rest| rest.trim().to_owned()));
        state.is_some_and(|state| !state.starts_with(['Z', 'X']))
    }

    /// Ends are told to the kernel, and come when it likes; one that never comes is a mistake.
    async fn is_over(process: &str) {
        for _ in 0..2000 {
            if !works(process) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("process {process} goes on");
    }

    #[tokio::test]
    async fn what_a_program_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let ended = run(with_a_child(&file, "exit 3"), Duration::from_secs(60)).await.unwrap();
        assert_eq!((ended.success, ended.how.as_str()), (false, "exit status: 3"));
        is_over(&fs::read_to_string(file).unwrap()).await;
    }

    #[tokio::test]
    async fn a_program_whose_time_is_over_has_failed() {
        let mut command = Command::new("sleep");
        command.arg("1000");
        let ended = run(command, Duration::from_millis(1)).await.unwrap();
        assert_eq!((ended.success, ended.how.as_str()), (false, "it was not done after 0 s"));
    }

    #[tokio::test]
    async fn what_a_program_started_ends_with_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let running = tokio::spawn(run(with_a_child(&file, "wait"), Duration::from_secs(600)));
        while !file.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let child = fs::read_to_string(file).unwrap();
        assert!(works(&child));
        running.abort();
        is_over(&child).await;
    }
}
