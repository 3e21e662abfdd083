//! The one place with `unsafe`: asking the kernel to stop a child when this process dies, however it dies.

use std::process::Command;

/// Has the kernel send SIGQUIT (PostgreSQL's immediate shutdown, which takes the server's own children along) to the
/// process of `command` when the thread that spawns it ends: spawn it on a thread that lives as long as the process is wanted.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the signal must be asked for between fork and exec, and `pre_exec` is unsafe"
)]
pub(crate) fn quit_with_this_thread(command: &mut Command) {
    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt as _;

    let parent = getpid();
    let arm = move || {
        // A shell that starts us in the background has SIGQUIT ignored, and a server inherits that until it sets its own
        // handler: the signal would be lost in between.
        // SAFETY: `signal` is async-signal-safe, and the default disposition takes no handler.
        unsafe { libc::signal(libc::SIGQUIT, libc::SIG_DFL) };
        set_parent_process_death_signal(Some(Signal::QUIT))?;
        // The parent may have died before the request: then nothing would ever send the signal.
        if getppid() == Some(parent) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
    };
    // SAFETY: the closure runs in the forked child. It makes three system calls and compares their results; it allocates
    // nothing and takes no lock, and an error made of an errno allocates nothing either.
    unsafe { command.pre_exec(arm) };
}

/// Other systems have no such signal: there a server outlives a killed run until the next run reaps it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn quit_with_this_thread(_command: &mut Command) {}
