//! tokio-postgres, with rustls: TLS 1.2 and 1.3 with the host name verified, COPY, UNLOAD, a load error, prepared statements, a
//! transaction, a cancelled query, and COPY FROM STDIN, which Redshift refuses.

use std::env;
use std::error::Error;
use std::fmt::Debug;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::ring;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio_postgres::{AsyncMessage, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    tls().await?;
    let session = Session::open(trusted(&TLS13)?).await?;
    loads_and_unloads(&session).await?;
    load_error(&session).await?;
    statements(session).await?;
    println!("tokio-postgres: TLS 1.2 and 1.3; COPY, UNLOAD, load errors, statements, a cancelled query");
    Ok(())
}

async fn tls() -> Result {
    let stranger = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    match Session::open(stranger).await {
        Ok(_) => return Err("a certificate of an authority that is not trusted was accepted".into()),
        Err(error) => holds(&told(error.as_ref()), "UnknownIssuer")?,
    }
    let session = Session::open(trusted(&TLS12)?).await?;
    equal(session.number("select 12").await?, 12, "a session over TLS 1.2")
}

/// The stack's authority, and one version of the protocol.
fn trusted(version: &'static SupportedProtocolVersion) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(fact("LINCHPIN_CA_FILE")?)? {
        roots.add(certificate?)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(builder.with_protocol_versions(&[version])?.with_root_certificates(roots).with_no_client_auth())
}

async fn loads_and_unloads(session: &Session) -> Result {
    session.client.batch_execute("create table tour (id integer not null, name varchar(40))").await?;
    session.client.batch_execute("insert into tour values (1, 'one'), (2, 'two|too'), (3, null)").await?;
    let (to, role) = (session.url("tour/t_"), fact("LINCHPIN_ROLE_ARN")?);
    session
        .client
        .batch_execute(&format!(
            "unload ('select * from tour') to '{to}' iam_role '{role}' escape null as '\\\\N'"
        ))
        .await?;
    session.noticed("UNLOAD completed, 3 record(s) unloaded successfully.")?;
    let again = format!("unload ('select * from tour') to '{to}' iam_role '{role}'");
    session.refused(&again, "XX000", "Specified unload destination on S3 is not empty.").await?;
    session.client.batch_execute(&format!("copy tour from '{to}' iam_role '{role}' escape")).await?;
    session.noticed("Load into table 'tour' completed, 3 record(s) loaded successfully.")?;
    equal(session.number("select pg_last_copy_count()").await?, 3, "pg_last_copy_count()")?;
    equal(
        session.number("select count(*) from tour where name = 'two|too'").await?,
        2,
        "rows that were loaded",
    )
}

async fn load_error(session: &Session) -> Result {
    let (to, role) = (session.url("bad/b_"), fact("LINCHPIN_ROLE_ARN")?);
    session
        .client
        .batch_execute(&format!(
            "unload ('select ''x7'', ''seven''') to '{to}' iam_role '{role}' parallel off"
        ))
        .await?;
    let message = "Load into table 'tour' failed.  Check 'stl_load_errors' system table for details.";
    session.refused(&format!("copy tour from '{to}' iam_role '{role}'"), "XX000", message).await?;
    let error =
        "select trim(colname), err_code, trim(err_reason), trim(raw_field_value) from stl_load_errors";
    let row = session.client.query_one(error, &[]).await?;
    let told: (&str, i32, &str, &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    equal(told, ("id", 1207, "Invalid digit, Value 'x', Pos 0, Type: Integer", "x7"), "stl_load_errors")?;
    let nobody = format!("copy tour from '{to}' iam_role '{role}x'");
    session.refused(&nobody, "XX000", "is not authorized to assume IAM Role").await
}

async fn statements(mut session: Session) -> Result {
    let statement =
        session.client.prepare("select name from tour where id = $1 and name is not null").await?;
    let rows = session.client.query(&statement, &[&1_i32]).await?;
    equal(rows.len(), 2, "rows of a prepared statement")?;
    let transaction = session.client.transaction().await?;
    equal(transaction.execute("delete from tour", &[]).await?, 6, "rows that were deleted")?;
    transaction.rollback().await?;
    equal(session.number("select count(*) from tour").await?, 6, "rows after a rollback")?;
    session.refused("copy tour from stdin", "0A000", "").await?;
    session
        .refused("select no_such_column from tour", "42703", "column \"no_such_column\" does not exist")
        .await?;
    cancelled(&session).await
}

/// A query that would run on is cancelled, and the session goes on.
async fn cancelled(session: &Session) -> Result {
    let token = session.client.cancel_token();
    let endless =
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n where i < 0";
    let cancel =
        async { token.cancel_query(MakeRustlsConnect::new(trusted(&TLS13)?)).await.map_err(Into::into) };
    let (ended, sent): (Result, Result) =
        tokio::join!(session.refused(endless, "57014", "cancelled on user's request"), cancel);
    sent.and(ended)?;
    equal(session.number("select 1").await?, 1, "a session after a cancelled query")
}

/// A connection of the stack's user, and the notices that it was sent.
struct Session {
    client: Client,
    bucket: String,
    notices: Arc<Mutex<Vec<String>>>,
}

impl Session {
    async fn open(tls: ClientConfig) -> Result<Session> {
        let (client, mut connection) = Config::new()
            .host(fact("LINCHPIN_HOST")?)
            .port(fact("LINCHPIN_PORT")?.parse()?)
            .dbname(fact("LINCHPIN_DATABASE")?)
            .user(fact("LINCHPIN_USER")?)
            .password(fact("LINCHPIN_PASSWORD")?)
            .ssl_mode(tokio_postgres::config::SslMode::Require)
            .connect(MakeRustlsConnect::new(tls))
            .await?;
        let notices: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = Arc::clone(&notices);
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notice(notice) = message {
                    told.lock().unwrap_or_else(PoisonError::into_inner).push(notice.message().to_owned());
                }
            }
        });
        Ok(Session { client, bucket: fact("LINCHPIN_BUCKET")?, notices })
    }

    fn url(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    async fn number(&self, query: &str) -> Result<i64> {
        let row = self.client.query_one(&format!("select ({query})::bigint"), &[]).await?;
        Ok(row.try_get(0)?)
    }

    fn noticed(&self, notice: &str) -> Result {
        holds(&self.notices.lock().unwrap_or_else(PoisonError::into_inner).join("\n"), notice)
    }

    /// `statement` is refused with the SQLSTATE, and `message` within what is said.
    async fn refused(&self, statement: &str, state: &str, message: &str) -> Result {
        let Err(error) = self.client.batch_execute(statement).await else {
            return Err(format!("was accepted: {statement}").into());
        };
        let error = error.as_db_error().ok_or_else(|| format!("{statement}: {error}"))?;
        equal(error.code().code(), state, statement)?;
        holds(error.message(), message)
    }
}

fn fact(name: &str) -> Result<String> {
    env::var(name).map_err(|_| format!("{name} is not set: run it through `linchpin exec`").into())
}

/// An error with its causes.
fn told(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", told(cause)),
        None => error.to_string(),
    }
}

fn equal<T: PartialEq + Debug>(seen: T, expected: T, what: &str) -> Result {
    if seen == expected { Ok(()) } else { Err(format!("{what}: {seen:?}, expected {expected:?}").into()) }
}

fn holds(text: &str, part: &str) -> Result {
    if text.contains(part) { Ok(()) } else { Err(format!("`{part}` is not in: {text}").into()) }
}
