//! A step that a program of the user's takes, in place of the built-in agent.

use std::process::Stdio;

use linchpin_agent::Connection;
use linchpin_stack::DATABASE;
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
        command.args(arguments).envs(self.variables(connection)).envs(request).kill_on_drop(true);
        command.stdin(Stdio::null());
        let ended = tokio::time::timeout(connector.limit, command.output()).await;
        let ended = ended.map_err(|_| {
            format!("the connector `{}` was not done after {} s", connector.name, connector.limit.as_secs())
        })?;
        let ended = ended.map_err(|error| format!("`{program}` cannot be run: {error}"))?;
        if ended.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let error = format!("{}\n{}", String::from_utf8_lossy(&ended.stderr).trim_end(), ended.status);
        Err(Failure { part: marked(&said).or_else(|| self.recorded(called)), error })
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
        let trust =
            connection.trust_store.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        let folder = connection.staging_dir.as_ref().map(|dir| dir.display().to_string()).unwrap_or_default();
        let mut variables = vec![
            ("LINCHPIN_JDBC_URL", connection.jdbc_url.clone()),
            ("LINCHPIN_HOST", host.clone()),
            ("LINCHPIN_PORT", port.clone()),
            ("LINCHPIN_DATABASE", DATABASE.to_owned()),
            ("LINCHPIN_USER", connection.user.clone()),
            ("LINCHPIN_PASSWORD", password.clone()),
            ("LINCHPIN_CA_FILE", trust.clone()),
            ("LINCHPIN_BUCKET", connection.bucket.clone()),
            ("LINCHPIN_PREFIX", connection.prefix.clone()),
            ("LINCHPIN_STAGING_DIR", folder),
            ("PGHOST", host),
            ("PGPORT", port),
            ("PGDATABASE", DATABASE.to_owned()),
            ("PGUSER", connection.user.clone()),
            ("PGPASSWORD", password),
            ("PGSSLMODE", "verify-full".to_owned()),
            ("PGSSLROOTCERT", trust),
            ("AWS_ENDPOINT_URL", connection.s3_endpoint.clone().unwrap_or_default()),
            ("AWS_REGION", connection.s3_region.clone()),
            ("AWS_DEFAULT_REGION", connection.s3_region.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        let role = |name, role: &Option<String>| role.clone().map(|role| (name, role));
        variables.extend(role("LINCHPIN_COPY_ROLE", &connection.copy_options.role));
        variables.extend(role("LINCHPIN_UNLOAD_ROLE", &connection.unload_options.role));
        if let Some(keys) = &connection.credentials {
            variables.push(("AWS_ACCESS_KEY_ID", keys.access_key_id().to_owned()));
            variables.push(("AWS_SECRET_ACCESS_KEY", keys.secret_access_key().to_owned()));
            variables.extend(keys.session_token().map(|token| ("AWS_SESSION_TOKEN", token.to_owned())));
        }
        variables
    }
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
