//! A step that a program of the user's takes, in place of the built-in agent.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read as _, Seek as _},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use linchpin_agent::{Connection, TrustStore};
use linchpin_stack::DATABASE;
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::ExposeSecret as _;
use tokio::process::Command;

use super::{calls::is_failed, steps::Failure, world::World};
use crate::model::Connector;

/// What a program writes before each of its steps.
const MARKER: &str = "linchpin: step ";

/// What one step is about, by the names of the variables that tell it.
pub(crate) type Request = Vec<(&'static str, String)>;

impl World {
    /// Runs the program once; it fails by its exit code, or when its time is over.
    pub(crate) async fn external(
        &self,
        connector: &Connector,
        connection: &Connection,
        request: Request,
    ) -> Result<(), Failure> {
        let [program, arguments @ ..] = connector.command.as_slice() else {
            return Err(format!("the connector `{}` has no program", connector.name).into());
        };
        let called = self.calls().len();
        let mut command = Command::new(program);
        for name in callers_own() {
            command.env_remove(name);
        }
        command.args(arguments).envs(self.variables(connection)).envs(request);
        let ended = run(command, connector.limit).await;
        let ended = ended.map_err(|error| format!("`{program}` cannot be run: {error}"))?;
        if ended.success {
            return Ok(());
        }
        let part = marked(&ended.said).or_else(|| self.recorded(called));
        Err(Failure { part, error: format!("{}\n{}", ended.error.trim_end(), ended.how) })
    }

    /// The step that the record tells: the last call of this step that failed.
    fn recorded(&self, called: usize) -> Option<String> {
        let calls = self.calls();
        let failed = calls.iter().skip(called).rev().find(|event| is_failed(event))?;
        let by_cluster = failed.principal.contains("RedshiftIamRoleSession");
        Some(step_of(&failed.operation, by_cluster).to_owned())
    }

    fn variables(&self, connection: &Connection) -> Vec<(&'static str, String)> {
        let (host, port) = (self.cluster.host().to_owned(), self.cluster.port().to_string());
        let password = connection.password.expose_secret().to_owned();
        let mut variables = vec![
            ("LINCHPIN_JDBC_URL", connection.jdbc_url.clone()),
            ("LINCHPIN_HOST", host.clone()),
            ("LINCHPIN_PORT", port.clone()),
            ("LINCHPIN_DATABASE", DATABASE.to_owned()),
            ("LINCHPIN_USER", connection.user.clone()),
            ("LINCHPIN_PASSWORD", password.clone()),
            ("LINCHPIN_BUCKET", connection.bucket.clone()),
            ("LINCHPIN_PREFIX", connection.prefix.clone()),
            ("PGHOST", host),
            ("PGPORT", port),
            ("PGDATABASE", DATABASE.to_owned()),
            ("PGUSER", connection.user.clone()),
            ("PGPASSWORD", password),
            ("PGSSLMODE", "verify-full".to_owned()),
            ("AWS_ENDPOINT_URL", connection.s3_endpoint.clone().unwrap_or_default()),
            ("AWS_REGION", connection.s3_region.clone()),
            ("AWS_DEFAULT_REGION", connection.s3_region.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let optional = [
            ("LINCHPIN_COPY_ROLE", connection.copy_options.role.clone()),
            ("LINCHPIN_COPY_REGION", connection.copy_options.region.clone()),
            ("LINCHPIN_UNLOAD_ROLE", connection.unload_options.role.clone()),
            ("LINCHPIN_UNLOAD_REGION", connection.unload_options.region.clone()),
            ("LINCHPIN_STAGING_DIR", path(&connection.staging_dir)),
            ("LINCHPIN_CA_FILE", authorities(connection)),
            ("PGSSLROOTCERT", authorities(connection)),
        ];
        variables.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        if let Some(keys) = &connection.credentials {
            variables.push(("AWS_ACCESS_KEY_ID", keys.access_key_id().to_owned()));
            variables.push(("AWS_SECRET_ACCESS_KEY", keys.secret_access_key().to_owned()));
            variables.extend(keys.session_token().map(|token| ("AWS_SESSION_TOKEN", token.to_owned())));
        }
        variables
    }
}

/// The PEM file of the authorities that the program is to trust.
fn authorities(connection: &Connection) -> Option<String> {
    match &connection.trust_store {
        Some(TrustStore::Pem(path)) => Some(path.display().to_string()),
        _ => None,
    }
}

/// What the caller's environment says of databases and of AWS is not for the program.
fn callers_own() -> impl Iterator<Item = OsString> {
    let ours = |name: &OsString| {
        let name = name.to_string_lossy();
        ["AWS_", "PG", "LINCHPIN_"].iter().any(|prefix| name.starts_with(prefix)) && name != "AWS_CA_BUNDLE"
    };
    std::env::vars_os().map(|(name, _)| name).filter(ours)
}

/// How a program ended.
struct Ended {
    success: bool,
    /// On standard output.
    said: String,
    /// On standard error.
    error: String,
    /// Its exit code, or that its time was over.
    how: String,
}

/// Runs a program in a process group of its own, which ends with its time.
async fn run(mut command: Command, limit: Duration) -> io::Result<Ended> {
    // Files without a name: nothing is left of them, however the harness ends.
    let (said, error) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(error.try_clone()?);
    let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let ended = tokio::time::timeout(limit, child.wait()).await;
    if let (Err(_), Some(group)) = (&ended, group) {
        // It may have ended by itself in the meantime.
        let _ = kill_process_group(group, Signal::KILL);
    }
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

/// The last step that the program said it began.
fn marked(said: &str) -> Option<String> {
    said.lines().rev().find_map(|line| line.strip_prefix(MARKER)).map(|step| step.trim().to_owned())
}

/// Where in a write or a read a call stands; the cluster's own calls belong to COPY or UNLOAD.
fn step_of(operation: &str, by_cluster: bool) -> &'static str {
    match operation {
        "PutObject" | "CreateMultipartUpload" if by_cluster => "unload",
        _ if by_cluster => "copy",
        "PutObject" | "CreateMultipartUpload" | "UploadPart" => "stage",
        "DeleteObject" | "DeleteObjects" => "clean-up",
        "GetObject" => "fetch",
        _ => "preflight",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_marker_counts() {
        assert_eq!(marked("linchpin: step stage\nx\nlinchpin: step copy\n"), Some("copy".to_owned()));
        assert_eq!(marked("nothing"), None);
    }
}
