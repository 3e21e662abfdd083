//! A panic in the middle of a run leaves no container: seen on a process of its own, since it ends by the panic.

use std::{
    collections::HashMap,
    env,
    error::Error,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
};

use libtest_mimic::Failed;
use linchpin_stack::{Images, Stack, StackConfig, StackKind};
use testcontainers::{
    bollard::query_parameters::ListContainersOptionsBuilder, core::client::docker_client_instance,
};
use tokio::runtime::Runtime;

/// Makes this program that process.
const PANIC: &str = "LINCHPIN_TEST_PANIC";
const READY: &str = "the stack is up";
/// The exit code of a panic.
const PANICKED: i32 = 101;

/// Whether this process is to panic.
pub fn is_asked_to_panic() -> bool {
    env::var_os(PANIC).is_some()
}

/// Starts a stack, says so, and panics beside it when told to.
#[expect(clippy::panic, reason = "what a panic leaves is what is looked at")]
pub fn panic_in_mid_run() -> Result<(), Box<dyn Error>> {
    Runtime::new()?.block_on(async {
        let images = Images::from_environment(|name| env::var(name).ok())?;
        let kind = StackKind::Containers(images);
        let _stack = Stack::start(StackConfig { kind, servers: 1 }).await?;
        println!("{READY}");
        std::io::stdin().read_line(&mut String::new())?;
        panic!("in mid-run")
    })
}

/// The test: containers while it lives, and none when it has ended.
pub fn a_panic_leaves_nothing() -> Result<(), Failed> {
    let mut child = Command::new(env::current_exe()?)
        .env(PANIC, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    wait_until_ready(&mut child)?;
    let before = containers_of(child.id())?;
    // The word that it waits for.
    child.stdin.take().ok_or("no standard input")?.write_all(b"panic\n")?;
    let ended = child.wait()?.code();
    let after = containers_of(child.id())?;
    if before == 2 && ended == Some(PANICKED) && after == 0 {
        return Ok(());
    }
    Err(format!("{before} containers before it, exit code {ended:?}, {after} containers after it").into())
}

fn wait_until_ready(child: &mut Child) -> Result<(), Failed> {
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
    if line.trim() == READY { Ok(()) } else { Err("the stack did not start".into()) }
}

/// How many containers bear the number of a process.
fn containers_of(process: u32) -> Result<usize, Failed> {
    let filters = HashMap::from([("label".to_owned(), vec![format!("linchpin.process={process}")])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    Runtime::new()?.block_on(async {
        let docker = docker_client_instance().await?;
        Ok(docker.list_containers(Some(options)).await?.len())
    })
}
