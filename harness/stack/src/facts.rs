//! What a program outside needs to know, as environment variables.

use aws_credential_types::Credentials;
use secrecy::ExposeSecret;

use crate::{
    certificates::TRUST_STORE_PASSWORD,
    cluster::{DATABASE, MASTER, RunningCluster},
    stack::Stack,
};

/// The facts that `linchpin up` and `linchpin exec` hand out.
pub struct Facts<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// The cluster that is ready.
    pub cluster: &'a RunningCluster,
    /// The user's key that may stage.
    pub credentials: &'a Credentials,
    /// The staging bucket.
    pub bucket: &'a str,
    /// The role attached to the cluster.
    pub role_arn: &'a str,
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
            ("AWS_ACCESS_KEY_ID", self.credentials.access_key_id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", self.credentials.secret_access_key().to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
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
