//! What a connection of the connector is made of.

use crate::authentication::{AssumedRole, Environment, Login};
use crate::encryption::StagingEncryption;
use crate::options::{CopyOptions, UnloadOptions};
use crate::time::Time;
use crate::trust_store::TrustStore;
use aws_credential_types::Credentials;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A connection, with the folders of the agent that uses it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `jdbc:redshift://ENDPOINT:PORT/DATABASE`, with `?ssl=true` for an encrypted session.
    pub jdbc_url: String,
    /// Where to dial instead of the URL's endpoint, which the certificate must still name; without it the endpoint
    /// must be one of Redshift's.
    pub dial: Option<SocketAddr>,
    /// The cluster's identifier, which the URL must name; needed where a role is assumed.
    pub cluster_identifier: Option<String>,
    /// Where the agent runs.
    pub environment: Environment,
    /// A role that the agent assumes (V2).
    pub assume: Option<AssumedRole>,
    /// The database user.
    pub user: String,
    /// How the cluster knows that user.
    pub login: Login,
    /// Where the authorities are that the cluster's certificate is checked against. An encrypted session without them
    /// trusts nobody.
    pub trust_store: Option<TrustStore>,
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
    /// How staged and unloaded objects are encrypted.
    pub encryption: StagingEncryption,
    /// The options of the COPY commands.
    pub copy_options: CopyOptions,
    /// The options of the UNLOAD commands.
    pub unload_options: UnloadOptions,
    /// Where the agent keeps the local parts while it works; none where the agent is hosted.
    pub staging_dir: Option<PathBuf>,
    /// Where the success files go; a hosted agent writes none.
    pub success_dir: PathBuf,
    /// Where the error files go; a hosted agent writes none.
    pub error_dir: PathBuf,
    /// How far the clock of the agent's machine is ahead, by which its requests are signed.
    pub clock_ahead: Duration,
    /// The time that passes during a task, by which keys are over.
    pub time: Arc<dyn Time>,
}
