//! Nothing is left when the process that holds a lease dies.

use crate::support::{open_to_all, servers};
use std::fs;
use std::future::pending;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Set in the process that this test starts from its own binary, to the folder where it is to hold a lease.
const HOLDER: &str = "LINCHPIN_TEST_HOLDER";
const LEASED: &str = "leased";
/// How soon a killed run's servers must be gone.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_killed_run_leaves_no_process_and_its_folder_goes_with_the_next_start() {
    if let Some(root) = std::env::var_os(HOLDER) {
        return hold(Path::new(&root)).await;
    }
    let root = tempfile::tempdir_in("/tmp").unwrap();
    open_to_all(root.path());
    let mut killed = start_holder(root.path());
    let mut live = start_holder(root.path());
    let [of_killed, of_live] =
        [&killed, &live].map(|holder| root.path().join(folder_of(holder, root.path())));
    assert!(processes_in(&of_killed) > 0 && processes_in(&of_live) > 0);

    killed.kill().unwrap();
    killed.wait().unwrap();
    let since = Instant::now();
    while processes_in(&of_killed) > 0 {
        assert!(since.elapsed() < SOON, "the killed run's servers still run");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(of_killed.exists(), "only the next start can remove the folder");

    let next = servers(Some(root.path()), 0).await;
    assert!(!of_killed.exists());
    assert!(processes_in(&of_live) > 0);
    next.shutdown().await;

    live.kill().unwrap();
    live.wait().unwrap();
    servers(Some(root.path()), 0).await.shutdown().await;
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

async fn hold(root: &Path) {
    let servers = servers(Some(root), 1).await;
    let _lease = servers.lease().await.unwrap();
    println!("{LEASED}");
    pending().await
}

/// This very test in another process, once it holds a lease.
fn start_holder(root: &Path) -> Child {
    let name = "death::a_killed_run_leaves_no_process_and_its_folder_goes_with_the_next_start";
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(HOLDER, root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(LEASED)), "the holder ended before it had a lease");
    holder
}

fn folder_of(holder: &Child, root: &Path) -> String {
    let prefix = format!("linchpin-{}-", holder.id());
    let names = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.into_iter().find(|name| name.starts_with(&prefix)).unwrap()
}

/// How many processes work in a folder: PostgreSQL's all do in their data folder.
fn processes_in(folder: &Path) -> usize {
    let working =
        fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read_link(entry.ok()?.path().join("cwd")).ok());
    working.filter(|place| place.starts_with(folder)).count()
}
