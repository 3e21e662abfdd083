//! A throwaway PostgreSQL server on a private Unix socket.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

pub const PORT: u16 = 5432;
pub const SUPERUSER: &str = "rdsdb";

/// The server; dropping it stops it and removes its files.
pub struct Postgres {
    folder: TempDir,
}

impl Postgres {
    pub fn start() -> Postgres {
        let folder = TempDir::with_prefix_in("linchpin-warehouse-", parent()).unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        if let Some((user, group)) = service_user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let server = Postgres { folder };
        let data = server.data();
        run(
            "initdb",
            &["-D", &data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        );
        let socket = server.socket().display().to_string();
        let options = format!(
            "-k {socket} -p {PORT} -c listen_addresses='' -c fsync=off -c password_encryption=md5 -c timezone=UTC"
        );
        let log = server.folder.path().join("log").display().to_string();
        run("pg_ctl", &["start", "-w", "-D", &data, "-l", &log, "-o", &options]);
        server
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    pub fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// A superuser's connection behind the front's back.
    pub async fn connect(&self, database: &str) -> Client {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.socket()).port(PORT).user(SUPERUSER).dbname(database);
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        run("pg_ctl", &["stop", "-m", "immediate", "-D", &self.data()]);
    }
}

/// Memory where there is some: a fresh server writes 40 MB.
fn parent() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

fn run(program: &str, arguments: &[&str]) {
    let mut command = Command::new(binaries().join(program));
    command.args(arguments).current_dir("/");
    if let Some((user, group)) = service_user() {
        command.uid(user).gid(group);
    }
    let output = command.stdout(std::process::Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// PostgreSQL refuses to run as root; then it runs as its service user.
fn service_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let me = std::fs::metadata("/proc/self").unwrap().uid();
    if me != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("a user `postgres`");
    let ids: Vec<u32> = line.split(':').skip(2).take(2).map(|id| id.parse().unwrap()).collect();
    Some((ids[0], ids[1]))
}

fn binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("LINCHPIN_PG_BIN") {
        return folder.into();
    }
    let versions = ["18", "17", "16", "15"];
    let mut folders =
        versions.map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"))).into_iter();
    folders.find(|folder| folder.join("initdb").exists()).expect("PostgreSQL 15 or newer")
}
