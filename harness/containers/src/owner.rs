//! Whose a container is, as labels; and whether that run still lives.

use std::{collections::HashMap, fs};

const RUN: &str = "linchpin.run";
const PROCESS: &str = "linchpin.process";
const STARTED: &str = "linchpin.started";
const MACHINE: &str = "linchpin.machine";
const HOST: &str = "linchpin.host";
const BOOT: &str = "linchpin.boot";

/// The process that a container belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    run: String,
    process: u32,
    /// When the process began, in ticks since the machine did: another process may get its number later.
    started: String,
    /// This start of this machine, as this process sees it: process numbers mean nothing elsewhere.
    machine: String,
    /// The machine, whenever it was started; empty where it has no name.
    host: String,
    /// This start of it.
    boot: String,
}

impl Owner {
    /// This process, in a run of a new name.
    pub(crate) fn this() -> Self {
        let process = std::process::id();
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let boot = read("/proc/sys/kernel/random/boot_id");
        let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        Self {
            run: format!("{:016x}", rand::random::<u64>()),
            process,
            started: started(process).unwrap_or_default(),
            machine: format!("{boot} {}", namespace.display()),
            host: read("/etc/machine-id"),
            boot,
        }
    }

    pub(crate) fn labels(&self) -> [(&'static str, String); 6] {
        [
            (RUN, self.run.clone()),
            (PROCESS, self.process.to_string()),
            (STARTED, self.started.clone()),
            (MACHINE, self.machine.clone()),
            (HOST, self.host.clone()),
            (BOOT, self.boot.clone()),
        ]
    }

    /// The label that all containers of this run have, as the engine filters by it.
    pub(crate) fn filter(&self) -> String {
        format!("{RUN}={}", self.run)
    }

    /// The label that the containers of every run have.
    pub(crate) const fn any() -> &'static str {
        RUN
    }

    /// Whether the run of these labels is over: its process ended, or this machine was started anew since. Nothing is known
    /// of a run on another machine, or in another container: such a one is taken to live.
    pub(crate) fn is_dead(&self, labels: &HashMap<String, String>) -> bool {
        self.is_over(labels, started)
    }

    fn is_over(&self, labels: &HashMap<String, String>, started: impl Fn(u32) -> Option<String>) -> bool {
        let text = |name: &str| labels.get(name).map(String::as_str);
        let process = text(PROCESS).and_then(|text| text.parse().ok());
        let (Some(process), Some(machine), Some(began)) = (process, text(MACHINE), text(STARTED)) else {
            return false;
        };
        let process_ended = machine == self.machine && started(process).as_deref() != Some(began);
        process_ended || self.was_restarted_since(text(HOST), text(BOOT))
    }

    fn was_restarted_since(&self, host: Option<&str>, boot: Option<&str>) -> bool {
        let known = !self.host.is_empty() && !self.boot.is_empty();
        known && host == Some(&self.host) && boot.is_some_and(|boot| !boot.is_empty() && boot != self.boot)
    }
}

/// When a living process began; none for one that has ended, whether or not its parent has noticed.
#[cfg(target_os = "linux")]
fn started(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The program's name, in brackets, may hold anything.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let began = fields.nth(18)?;
    (!matches!(state, "Z" | "X")).then(|| began.to_owned())
}

/// Elsewhere a number that is in use counts as alive.
#[cfg(not(target_os = "linux"))]
fn started(process: u32) -> Option<String> {
    let pid = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw)?;
    rustix::process::test_kill_process(pid).ok().map(|()| String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_that_is_known_to_be_over_is_dead() {
        let [run, started, machine, host, boot] = ["new", "10", "here", "host", "now"].map(str::to_owned);
        let this = Owner { run, process: 1, started, machine, host, boot };
        // Process number, when it began, machine, its name, its start, whether it is dead: alive, gone, another by its
        // number, elsewhere, before this start, in another container, not ours.
        let rows = [
            (Some("7"), Some("70"), Some("here"), Some("host"), Some("now"), false),
            (Some("8"), Some("80"), Some("here"), Some("host"), Some("now"), true),
            (Some("7"), Some("69"), Some("here"), Some("host"), Some("now"), true),
            (Some("8"), Some("80"), Some("there"), Some("other"), Some("then"), false),
            (Some("7"), Some("70"), Some("then"), Some("host"), Some("then"), true),
            (Some("8"), Some("80"), Some("there"), Some("host"), Some("now"), false),
            (Some("8"), Some("80"), Some("there"), Some(""), Some(""), false),
            (None, None, None, None, None, false),
        ];
        for (process, began, machine, host, boot, dead) in rows {
            let labels =
                [(PROCESS, process), (STARTED, began), (MACHINE, machine), (HOST, host), (BOOT, boot)];
            let labels = labels.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into())));
            let labels: HashMap<String, String> = labels.collect();
            let started = |process| (process == 7).then(|| "70".to_owned());
            assert_eq!(this.is_over(&labels, started), dead, "{labels:?}");
        }
    }

    #[test]
    fn this_process_is_alive() {
        let this = Owner::this();
        let labels = this.labels().map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        assert!(!this.is_dead(&labels));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_ended_is_dead() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let this = Owner::this();
        child.wait().unwrap();
        let ended = Owner { process: child.id(), ..this.clone() };
        let labels = ended.labels().map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        assert!(this.is_dead(&labels));
    }
}
