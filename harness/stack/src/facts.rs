//! What a program outside needs to know, as environment variables.

use aws_credential_types::Credentials;
use secrecy::ExposeSecret;

use crate::{
    certificates::TRUST_STORE_PASSWORD,
    cluster::{DATABASE, MASTER, RunningCluster},
    stack::Stack,
};

/// Where AWS SDKs find credentials.
#[derive(Clone, Copy)]
pub enum Found<'a> {
    /// A key in the environment.
    InEnvironment(&'a Credentials),
    /// The metadata service of an instance, by its URL.
    AtInstance {
        /// `http://127.0.0.1:PORT`.
        endpoint: &'a str,
    },
}

/// Every variable by which SDKs find credentials (documented): what a program does not get from us it must not have
/// from whoever started us.
pub const CREDENTIAL_VARIABLES: [&str; 14] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
];

/// The facts that `linchpin up` and `linchpin exec` hand out.
pub struct Facts<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// The cluster that is ready.
    pub cluster: &'a RunningCluster,
    /// Where programs find credentials that may stage.
    pub credentials: Found<'a>,
    /// The staging bucket.
    pub bucket: &'a str,
    /// The role attached to the cluster.
    pub role_arn: &'a str,
}

impl Found<'_> {
    fn variables(self) -> Vec<(&'static str, String)> {
        match self {
            Self::InEnvironment(key) => vec![
                ("AWS_ACCESS_KEY_ID", key.access_key_id().to_owned()),
                ("AWS_SECRET_ACCESS_KEY", key.secret_access_key().to_owned()),
                ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ],
            // SDKs look into files before they ask the machine.
            Self::AtInstance { endpoint } => vec![
                ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
                ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
                ("AWS_EC2_METADATA_DISABLED", "false".to_owned()),
                ("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.to_owned()),
            ],
        }
    }
}

impl Facts<'_> {
    /// `NAME=VALUE` pairs: our own, and those that libpq and the AWS SDKs read.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let port = self.cluster.port().to_string();
        let host = self.cluster.host().to_owned();
        let password = self.cluster.master_password().expose_secret().to_owned();
        let ca_file = self.stack.ca_file().display().to_string();
        let region = self.cluster.region().to_owned();
        let admin = self.cluster.owner();
        let url = format!("jdbc:redshift://{host}:{port}/{DATABASE}?ssl=true&sslRootCert={ca_file}");
        let mut variables = vec![
            ("LINCHPIN_HOST", host.clone()),
            ("LINCHPIN_PORT", port.clone()),
            ("LINCHPIN_DATABASE", DATABASE.to_owned()),
            ("LINCHPIN_USER", MASTER.to_owned()),
            ("LINCHPIN_PASSWORD", password.clone()),
            ("LINCHPIN_CA_FILE", ca_file.clone()),
            ("LINCHPIN_TRUST_STORE", self.stack.trust_store().display().to_string()),
            ("LINCHPIN_TRUST_STORE_PASSWORD", TRUST_STORE_PASSWORD.to_owned()),
            ("LINCHPIN_JDBC_URL", url),
            ("LINCHPIN_BUCKET", self.bucket.to_owned()),
            ("LINCHPIN_ROLE_ARN", self.role_arn.to_owned()),
            ("LINCHPIN_CLUSTER", self.cluster.identifier().to_owned()),
            ("LINCHPIN_ADMIN_ACCESS_KEY_ID", admin.access_key_id().to_owned()),
            ("LINCHPIN_ADMIN_SECRET_ACCESS_KEY", admin.secret_access_key().to_owned()),
            ("PGHOST", host),
            ("PGPORT", port),
            ("PGDATABASE", DATABASE.to_owned()),
            ("PGUSER", MASTER.to_owned()),
            ("PGPASSWORD", password),
            ("PGSSLMODE", "verify-full".to_owned()),
            ("PGSSLROOTCERT", ca_file),
            ("AWS_ENDPOINT_URL", self.stack.endpoint()),
            ("AWS_REGION", region.clone()),
            ("AWS_DEFAULT_REGION", region),
        ];
        variables.extend(self.credentials.variables());
        let socket = self.cluster.postgres_socket();
        if let Some(endpoint) = self.stack.tls_endpoint() {
            variables.retain(|(name, _)| *name != "AWS_ENDPOINT_URL");
            variables.push(("AWS_ENDPOINT_URL", endpoint));
            variables.push(("AWS_CA_BUNDLE", self.stack.ca_file().display().to_string()));
        }
        variables.extend(socket.map(|folder| ("LINCHPIN_PG_SOCKET", folder.display().to_string())));
        variables
    }
}
