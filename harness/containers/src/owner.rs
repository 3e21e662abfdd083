//! Whose a container is, as labels; and whether that run still lives.

use std::{collections::HashMap, fs};

const RUN: &str = "linchpin.run";
const PROCESS: &str = "linchpin.process";
const STARTED: &str = "linchpin.started";
const MACHINE: &str = "linchpin.machine";

/// The process that a container belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    run: String,
    process: u32,
    /// When the process began, in ticks since the machine did: another process may get its number later.
    started: String,
    /// This start of this machine, as this process sees it: process numbers mean nothing elsewhere.
    machine: String,
}

impl Owner {
    /// This process, in a run of a new name.
    pub(crate) fn this() -> Self {
        let process = std::process::id();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        Self {
            run: format!("{:016x}", rand::random::<u64>()),
            process,
            started: started(process).unwrap_or_default(),
            machine: format!("{} {}", boot.trim(), namespace.display()),
        }
    }

    pub(crate) fn labels(&self) -> [(&'static str, String); 4] {
        [
            (RUN, self.run.clone()),
            (PROCESS, self.process.to_string()),
            (STARTED, self.started.clone()),
            (MACHINE, self.machine.clone()),
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

    /// Whether the run of these labels is over. Nothing is known of a run on another machine, or before this one was
    /// started anew: such a one is taken to live.
    pub(crate) fn is_dead(&self, labels: &HashMap<String, String>) -> bool {
        self.is_over(labels, started)
    }

    fn is_over(&self, labels: &HashMap<String, String>, started: impl Fn(u32) -> Option<String>) -> bool {
        let text = |name: &str| labels.get(name).map(String::as_str);
        let process = text(PROCESS).and_then(|text| text.parse().ok());
        let (Some(process), Some(machine), Some(began)) = (process, text(MACHINE), text(STARTED)) else {
            return false;
        };
        machine == self.machine && started(process).as_deref() != Some(began)
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
        let this =
            Owner { run: "new".to_owned(), process: 1, started: "10".to_owned(), machine: "here".to_owned() };
        // Process number, when it began, machine, whether it is dead: alive, gone, another by its number, elsewhere,
        // not ours.
        let rows = [
            (Some("7"), Some("70"), Some("here"), false),
            (Some("8"), Some("80"), Some("here"), true),
            (Some("7"), Some("69"), Some("here"), true),
            (Some("8"), Some("80"), Some("there"), false),
            (None, None, None, false),
        ];
        for (process, began, machine, dead) in rows {
            let labels = [(PROCESS, process), (STARTED, began), (MACHINE, machine)];
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
