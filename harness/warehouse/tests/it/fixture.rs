//! A cluster with its private server, a fake S3 and a fake control plane.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use linchpin_warehouse::{
    AttachedRoles, Cluster, ClusterSettings, ControlPlane, ControlPlaneError, Era, PasswordMethod,
    PlainUnload, SessionTls, Strictness, TemporaryLogin,
};
use tokio_postgres::{AsyncMessage, Client, NoTls};

use crate::postgres::Postgres;
use crate::s3::FakeS3;

pub const ROLE: &str = "arn:aws:iam::123456789012:role/loader";
pub const UNTRUSTED: &str = "arn:aws:iam::123456789012:role/untrusted";
pub const KEYS: &str = "access_key_id 'AKIAKNOWN' secret_access_key 'secret'";

/// A control plane that has two roles attached, one of which trusts Redshift; it notes the external ids.
#[derive(Default)]
pub struct FakeControl {
    pub external_ids: Mutex<Vec<String>>,
    /// Temporary credentials, each with the name of its login.
    pub logins: Mutex<Vec<(String, TemporaryLogin)>>,
}

#[async_trait]
impl ControlPlane for FakeControl {
    async fn attached_roles(&self) -> Result<AttachedRoles, ControlPlaneError> {
        let roles = vec![ROLE.to_owned(), UNTRUSTED.to_owned()];
        Ok(AttachedRoles { roles, default: Some(ROLE.to_owned()) })
    }

    async fn assume_as_service(
        &self,
        role: &str,
        external_id: &str,
    ) -> Result<Credentials, ControlPlaneError> {
        self.external_ids.lock().unwrap().push(external_id.to_owned());
        match role {
            ROLE => Ok(Credentials::new("ASIAROLE", "secret", Some("token".to_owned()), None, "test")),
            _ => Err(ControlPlaneError::Refused { code: "AccessDenied".to_owned(), message: String::new() }),
        }
    }

    async fn temporary_logins(&self, name: &str) -> Result<Vec<TemporaryLogin>, ControlPlaneError> {
        let logins = self.logins.lock().unwrap();
        Ok(logins.iter().filter(|(of, _)| of == name).map(|(_, login)| login.clone()).collect())
    }
}

/// A running cluster `dev` with a user `loader`, password `Secret1`.
pub struct Fixture {
    pub cluster: Cluster,
    pub s3: FakeS3,
    pub control: Arc<FakeControl>,
    pub postgres: Postgres,
    pub ca_pem: String,
}

impl Fixture {
    pub async fn start() -> Fixture {
        Fixture::start_with(Strictness::Strict).await
    }

    pub async fn start_with(strictness: Strictness) -> Fixture {
        Fixture::start_in(strictness, Era::Current).await
    }

    pub async fn start_in(strictness: Strictness, era: Era) -> Fixture {
        Fixture::start_as(|settings| (settings.strictness, settings.era) = (strictness, era)).await
    }

    /// A cluster with settings of its own.
    pub async fn start_as(settle: impl FnOnce(&mut ClusterSettings)) -> Fixture {
        let postgres = Postgres::start().await;
        let admin = postgres.connect("dev").await;
        admin.batch_execute("CREATE USER loader PASSWORD 'Secret1'").await.unwrap();
        admin.batch_execute("GRANT CREATE ON SCHEMA public TO loader").await.unwrap();
        let s3 = FakeS3::start().await;
        let (tls, ca_pem) = tls();
        let mut settings = ClusterSettings {
            identifier: "c1".to_owned(),
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            partition: "aws".to_owned(),
            database: "dev".to_owned(),
            aws_endpoint: format!("http://{}", s3.address),
            postgres: postgres.lease.address().host.clone(),
            postgres_port: postgres.lease.address().port,
            tls: SessionTls::Optional(tls),
            passwords: PasswordMethod::Md5,
            superuser: postgres.lease.address().superuser.clone(),
            strictness: Strictness::Strict,
            plain_unload: PlainUnload::NamesSseS3,
            era: Era::Current,
        };
        settle(&mut settings);
        let control = Arc::new(FakeControl::default());
        let cluster = Cluster::start(settings, Arc::clone(&control) as Arc<dyn ControlPlane>).await.unwrap();
        Fixture { cluster, s3, control, postgres, ca_pem }
    }

    pub fn config(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.cluster.address().port()).dbname("dev");
        config.user("loader").password("Secret1");
        config
    }

    pub async fn connect(&self) -> Session {
        Session::connect(self.config()).await
    }
}

fn tls() -> (Arc<rustls::ServerConfig>, String) {
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
    (Arc::new(config), certified.cert.pem())
}

/// A client, and the notices that it heard.
pub struct Session {
    pub client: Client,
    notices: Arc<Mutex<Vec<String>>>,
    connection: tokio::task::JoinHandle<()>,
}

impl Session {
    pub async fn connect(config: tokio_postgres::Config) -> Session {
        let (client, mut connection) = config.connect(NoTls).await.unwrap();
        let notices = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&notices);
        let connection = tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notice(notice) = message {
                    heard.lock().unwrap().push(format!("{}: {}", notice.severity(), notice.message()));
                }
            }
        });
        Session { client, notices, connection }
    }

    /// Closes the connection without a word.
    pub fn disconnect(self) {
        self.connection.abort();
    }

    pub fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut *self.notices.lock().unwrap())
    }

    /// Runs a Query.
    pub async fn run(&self, sql: &str) -> Result<(), Refusal> {
        self.client.batch_execute(sql).await.map_err(Refusal::from)
    }

    /// Rows of a Query as text, `|` between fields, NULL as `<null>`, blanks trimmed.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let messages = self.client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        text_rows(&messages)
    }
}

impl Fixture {
    /// Rows that are not in `t` and in `u` as often, as PostgreSQL tells them: Redshift has no EXCEPT ALL.
    pub async fn differing(&self) -> Vec<String> {
        let sql = "(select 'lost', * from (select * from t except all select * from u) l) union all \
            (select 'new', * from (select * from u except all select * from t) n) limit 6";
        let messages = self.postgres.connect("dev").await.simple_query(sql).await;
        text_rows(&messages.unwrap_or_else(|error| panic!("{error:?}")))
    }
}

/// Rows as text, as [`Session::rows`] has them.
pub fn text_rows(messages: &[tokio_postgres::SimpleQueryMessage]) -> Vec<String> {
    let rows = messages.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => {
            let fields: Vec<_> =
                (0..row.len()).map(|index| row.get(index).unwrap_or("<null>").trim_end()).collect();
            Some(fields.join("|"))
        }
        _ => None,
    });
    rows.collect()
}

/// What the server said of a failed statement.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
    pub detail: String,
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Refusal {
        let error = error.as_db_error().unwrap_or_else(|| panic!("no error of the server: {error:?}"));
        Refusal {
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().unwrap_or_default().to_owned(),
        }
    }
}
