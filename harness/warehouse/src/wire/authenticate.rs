//! Who a client is: the challenge, and the stored or temporary password that answers it.

use super::auth::{DigestAnswer, StoredPassword};
use super::link::invalid;
use super::message::{Body, backend, frontend};
use super::report::Report;
use super::session::{Client, Refusal};
use super::startup::Startup;
use crate::cluster::{ClusterState, PasswordMethod};
use crate::control::TemporaryLogin;
use crate::errors;

/// What tells a temporary login from a user's own name (documented: names cannot hold a colon).
const TEMPORARY: [&str; 3] = ["IAM:", "IAMA:", "IAMR:"];

/// What a client answered to the challenge.
enum Answer {
    Md5 { salt: [u8; 4], digest: Vec<u8> },
    Digest { nonce: [u8; 16], answer: DigestAnswer },
    Cleartext(secrecy::SecretString),
}

impl Answer {
    fn fits(&self, stored: &StoredPassword, name: &str) -> bool {
        match self {
            Answer::Md5 { salt, digest } => stored.accepts(*salt, digest),
            Answer::Digest { nonce, answer } => stored.accepts_digest(nonce, answer),
            Answer::Cleartext(password) => stored.is_of(password, name),
        }
    }
}

/// Asks for the password and checks it; the temporary login behind the name, where it is one.
pub(super) async fn authenticate(
    cluster: &ClusterState,
    client: &mut Client,
    startup: &Startup,
    method: PasswordMethod,
) -> Result<Option<TemporaryLogin>, Refusal> {
    let name = startup.user.as_str();
    let login = if TEMPORARY.iter().any(|prefix| name.starts_with(prefix)) {
        let answer = challenge(method, None, client).await?;
        Some(temporary(cluster, startup, &answer).await?)
    } else {
        permanent(cluster, name, client, method).await?;
        None
    };
    backend::authentication_ok(client.out());
    Ok(login)
}

/// Asks for a password. One that is stored by SHA-256 has a challenge of its own (driver sources).
async fn challenge(
    method: PasswordMethod,
    stored: Option<&StoredPassword>,
    client: &mut Client,
) -> Result<Answer, Refusal> {
    match (method, stored) {
        (PasswordMethod::Cleartext, _) => {
            backend::authentication_cleartext(client.out());
            let password = String::from_utf8_lossy(&password(client).await?).into_owned();
            Ok(Answer::Cleartext(password.into()))
        }
        (PasswordMethod::Md5, Some(StoredPassword::Sha256 { salt, .. })) => {
            let nonce: [u8; 16] = rand::random();
            backend::authentication_digest(client.out(), salt, &nonce);
            Ok(Answer::Digest { nonce, answer: digest(client).await? })
        }
        (PasswordMethod::Md5, _) => {
            let salt: [u8; 4] = rand::random();
            backend::authentication_md5(client.out(), salt);
            Ok(Answer::Md5 { salt, digest: password(client).await? })
        }
    }
}

/// The text of a PasswordMessage; empty where the client sends something else.
async fn password(client: &mut Client) -> Result<Vec<u8>, Refusal> {
    client.flush().await?;
    let frame = client.read_frame().await?;
    Ok(match frame.tag {
        frontend::PASSWORD => Body::new(frame.tag, &frame.body).text().map_err(invalid)?.to_vec(),
        _ => Vec::new(),
    })
}

/// The digest of a client, and its nonce.
async fn digest(client: &mut Client) -> Result<DigestAnswer, Refusal> {
    client.flush().await?;
    let frame = client.read_frame().await?;
    let mut body = Body::new(frame.tag, &frame.body);
    if frame.tag != frontend::DIGEST {
        return Ok(DigestAnswer { digest: Vec::new(), nonce: Vec::new() });
    }
    let mut part = || body.value().map(|value| value.unwrap_or_default().to_vec());
    let (digest, nonce) = (part().map_err(invalid)?, part().map_err(invalid)?);
    Ok(DigestAnswer { digest, nonce })
}

async fn permanent(
    cluster: &ClusterState,
    user: &str,
    client: &mut Client,
    method: PasswordMethod,
) -> Result<(), Refusal> {
    let stored = cluster.private.password_of(user).await;
    let stored = stored.map_err(|error| refused(errors::private_server(&error)))?;
    let stored = stored.map(StoredPassword::from_catalog);
    let known = stored.as_ref().and_then(Option::as_ref);
    let answer = challenge(method, known, client).await?;
    match stored {
        Some(None) => Err(refused(errors::password_not_md5(user))),
        Some(Some(stored)) if answer.fits(&stored, user) => Ok(()),
        Some(Some(_)) | None => Err(refused(errors::password_failed(user))),
    }
}

/// The control plane knows the live passwords; one may be bound to a database.
async fn temporary(
    cluster: &ClusterState,
    startup: &Startup,
    answer: &Answer,
) -> Result<TemporaryLogin, Refusal> {
    let name = startup.user.as_str();
    let logins = cluster.control.temporary_logins(name).await;
    let logins = logins.map_err(|error| refused(errors::login_unknown(name, &error)))?;
    let opens = |login: &TemporaryLogin| {
        login.database.as_ref().is_none_or(|database| *database == startup.database)
            && answer.fits(&StoredPassword::of(&login.password, name), name)
    };
    logins.into_iter().find(opens).ok_or_else(|| refused(errors::password_failed(name)))
}

fn refused(report: Report) -> Refusal {
    Refusal::Report(Box::new(report))
}
