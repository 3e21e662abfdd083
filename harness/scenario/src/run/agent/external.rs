//! A step that a program of the user's takes, in place of the built-in agent.

use std::{ffi::OsString, path::PathBuf, time::SystemTime};

use linchpin_agent::{Connection, Encryption, JdbcUrl, Login, TrustStore};
use linchpin_stack::{DATABASE, TRUST_STORE_PASSWORD};
use secrecy::ExposeSecret as _;
use tokio::process::Command;

use super::program::{Ended, run};
use crate::model::Connector;
use crate::run::causes::{Task, broken_part};
use crate::run::progress::ProgramOutput;
use crate::run::steps::Failure;
use crate::run::world::World;

/// What a program writes before each of its steps.
const MARKER: &str = "linchpin: step ";

/// So much of what a program writes is kept.
const KEPT: usize = 16 * 1024;

/// What a program is to do.
pub(crate) struct Request {
    /// The step's name.
    pub(crate) step: String,
    pub(crate) task: Task,
    /// What it is about, by the names of the variables that tell it.
    pub(crate) about: Vec<(&'static str, String)>,
}

impl World {
    /// Runs the program once; it fails by its exit code, or when its time is over.
    pub(crate) async fn external(
        &mut self,
        connector: &Connector,
        connection: &Connection,
        request: Request,
    ) -> Result<(), Failure> {
        let [program, arguments @ ..] = connector.command.as_slice() else {
            return Err(format!("the connector `{}` has no program", connector.name).into());
        };
        let (called, began) = (self.calls().len(), SystemTime::now());
        let mut command = Command::new(program);
        for name in callers_own() {
            command.env_remove(name);
        }
        command.args(arguments).envs(self.variables(connection)).envs(request.about);
        let ended = run(command, connector.limit).await;
        let ended = ended.map_err(|error| format!("`{program}` cannot be run: {error}"))?;
        let Ended { success, said, error, how } = &ended;
        let failure = || Failure {
            part: Some(marked(said).unwrap_or_else(|| self.broken_part(request.task, called, began))),
            error: format!("{}\n{how}", error.trim_end()),
        };
        let done = if *success { Ok(()) } else { Err(failure()) };
        let (stdout, stderr) = (end_of(said), end_of(error));
        self.output.push(ProgramOutput { step: request.step, stdout, stderr, ended: how.clone() });
        done
    }

    /// What came of the program tells where it broke: the calls behind so many, and what clients did since.
    fn broken_part(&self, task: Task, called: usize, began: SystemTime) -> String {
        let (calls, mut journal) = (self.calls(), self.cluster.journal());
        journal.retain(|entry| entry.time >= began);
        broken_part(task, calls.get(called..).unwrap_or_default(), &journal).to_owned()
    }

    fn variables(&self, connection: &Connection) -> Vec<(&'static str, String)> {
        let (host, port) = (self.cluster.host().to_owned(), self.cluster.port().to_string());
        let password = match &connection.login {
            Login::Password(password) => password.expose_secret().to_owned(),
            Login::Iam(_) => String::new(),
        };
        // A URL that is none is the built-in agent's to refuse.
        let url = JdbcUrl::parse(&connection.jdbc_url).ok();
        let database = url.as_ref().map_or(DATABASE, JdbcUrl::database).to_owned();
        let encryption = url.as_ref().map_or(Encryption::Tls, JdbcUrl::encryption);
        let (ssl, mode) = match encryption {
            Encryption::Tls => ("true", "verify-full"),
            Encryption::Plain => ("false", "disable"),
        };
        let mut variables = vec![
            ("LINCHPIN_JDBC_URL", connection.jdbc_url.clone()),
            ("LINCHPIN_HOST", host.clone()),
            ("LINCHPIN_PORT", port.clone()),
            ("LINCHPIN_DATABASE", database.clone()),
            ("LINCHPIN_SSL", ssl.to_owned()),
            ("LINCHPIN_CLUSTER", self.cluster.identifier().to_owned()),
            ("LINCHPIN_USER", connection.user.clone()),
            ("LINCHPIN_PASSWORD", password.clone()),
            ("LINCHPIN_BUCKET", connection.bucket.clone()),
            ("LINCHPIN_PREFIX", connection.prefix.clone()),
            ("PGHOST", host),
            ("PGPORT", port),
            ("PGDATABASE", database),
            ("PGUSER", connection.user.clone()),
            ("PGPASSWORD", password),
            ("PGSSLMODE", mode.to_owned()),
            ("AWS_ENDPOINT_URL", connection.s3_endpoint.clone().unwrap_or_default()),
            ("AWS_REGION", connection.s3_region.clone()),
            ("AWS_DEFAULT_REGION", connection.s3_region.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        // The stack's authority is in a PKCS #12 file too; another is in its PEM file alone.
        let of_stack = self.trust_store.as_ref() == Some(&self.stack.ca_file());
        let trust_store = of_stack.then(|| self.stack.trust_store().display().to_string());
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let optional = [
            ("LINCHPIN_COPY_ROLE", connection.copy_options.role.clone()),
            ("LINCHPIN_COPY_REGION", connection.copy_options.region.clone()),
            ("LINCHPIN_UNLOAD_ROLE", connection.unload_options.role.clone()),
            ("LINCHPIN_UNLOAD_REGION", connection.unload_options.region.clone()),
            ("LINCHPIN_STAGING_DIR", path(&connection.staging_dir)),
            ("LINCHPIN_CA_FILE", authorities(connection)),
            ("LINCHPIN_TRUST_STORE", trust_store.clone()),
            ("LINCHPIN_TRUST_STORE_PASSWORD", trust_store.map(|_| TRUST_STORE_PASSWORD.to_owned())),
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

fn end_of(text: &str) -> String {
    let mut at = text.len().saturating_sub(KEPT);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    text.get(at..).unwrap_or_default().to_owned()
}

/// The last step that the program said it began.
fn marked(said: &str) -> Option<String> {
    said.lines().rev().find_map(|line| line.strip_prefix(MARKER)).map(|step| step.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_marker_counts() {
        assert_eq!(marked("linchpin: step stage\nx\nlinchpin: step copy\n"), Some("copy".to_owned()));
        assert_eq!(marked("nothing"), None);
    }

    #[test]
    fn the_end_of_a_long_text_is_kept() {
        assert_eq!(end_of("short"), "short");
        let long = format!("é{}", "x".repeat(KEPT - 1));
        assert_eq!(end_of(&long).len(), KEPT - 1);
    }
}
