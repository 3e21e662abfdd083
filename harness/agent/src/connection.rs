//! What a connection of the connector is made of.

use crate::options::{CopyOptions, UnloadOptions};
use aws_credential_types::Credentials;
use secrecy::SecretString;
use std::path::PathBuf;

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
    /// The authority (as PEM) that the cluster's certificate is checked against; without one the session is not encrypted.
    pub ca_pem: Option<Vec<u8>>,
    /// The staging bucket.
    pub bucket: String,
    /// What the keys of all staged objects start with; a folder, with or without a slash at its end, or nothing.
    pub prefix: String,
    /// Where S3 is, as an `http://` URL. (Encrypted endpoints are not supported yet.)
    pub s3_endpoint: String,
    /// The staging bucket's region.
    pub s3_region: String,
    /// The access keys in the connection. `AWS_IAM_ROLE` in the options of a command wins over them for that command.
    pub credentials: Option<Credentials>,
    /// What the machine's EC2 role hands out: signs the agent's own requests if the connection has no keys.
    pub instance_credentials: Option<Credentials>,
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
}
