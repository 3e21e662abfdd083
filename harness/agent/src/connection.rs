//! What a connection of the connector is made of.

use crate::options::{CopyOptions, UnloadOptions};
use aws_credential_types::Credentials;
use secrecy::SecretString;
use std::path::PathBuf;
use std::time::Duration;

/// A connection, with the folders of the agent that uses it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The cluster's host.
    pub host: String,
    /// The cluster's port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The database user.
    pub user: String,
    /// The database user's password.
    pub password: SecretString,
    /// A PEM file of the authority that the cluster's certificate is checked against; without one the session is not
    /// encrypted.
    pub ca_file: Option<PathBuf>,
    /// The cluster's region, which stands in the JDBC URL. Nothing is sent because of it: COPY and UNLOAD name a region
    /// only if the options do.
    pub cluster_region: String,
    /// The staging bucket.
    pub bucket: String,
    /// What the keys of all staged objects start with; a folder, with or without a slash at its end, or nothing.
    pub prefix: String,
    /// Where S3 is, as an `http://` URL. AWS's own endpoints, and encrypted ones, are refused: they need another client.
    pub s3_endpoint: Option<String>,
    /// The staging bucket's region.
    pub s3_region: String,
    /// The access keys in the connection. They sign the agent's own requests; `AWS_IAM_ROLE` in the options of a
    /// command wins over them for that command.
    pub credentials: Option<Credentials>,
    /// The options of the COPY commands.
    pub copy_options: CopyOptions,
    /// The options of the UNLOAD commands.
    pub unload_options: UnloadOptions,
    /// Where the agent keeps the local parts while it works.
    pub staging_dir: PathBuf,
    /// Where the success files go.
    pub success_dir: PathBuf,
    /// Where the error files go.
    pub error_dir: PathBuf,
    /// How far the clock of the agent's machine is ahead.
    pub clock_ahead: Duration,
}
