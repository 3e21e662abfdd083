//! Who a client is: the challenge, and the stored or temporary password that answers it.

use super::auth::StoredPassword;
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
    Cleartext(secrecy::SecretString),
}

impl Answer {
    fn fits(&self, stored: &StoredPassword, name: &str) -> bool {
        match self {
            Answer::Md5 { salt, digest } => stored.accepts(*salt, digest),
            Answer::Cleartext(password) => stored.is_of(password, name),
        }
    }
}

/// Asks for the password and checks it; the temporary login behind the name, where it is one.
pub(super) async fn authenticate(
    cluster: &ClusterState,
    client: &mut Client,
    startup: &Startup,
) -> Result<Option<TemporaryLogin>, Refusal> {
    let answer = challenge(cluster.settings.passwords, client).await?;
    let name = startup.user.as_str();
    let login = if TEMPORARY.iter().any(|prefix| name.starts_with(prefix)) {
        Some(temporary(cluster, startup, &answer).await?)
    } else {
        permanent(cluster, name, &answer).await?;
        None
    };
    backend::authentication_ok(client.out());
    Ok(login)
}

async fn challenge(method: PasswordMethod, client: &mut Client) -> Result<Answer, Refusal> {
    let salt: [u8; 4] = rand::random();
    match method {
        PasswordMethod::Md5 => backend::authentication_md5(client.out(), salt),
        PasswordMethod::Cleartext => backend::authentication_cleartext(client.out()),
    }
    client.flush().await?;
    let frame = client.read_frame().await?;
    let given = match frame.tag {
        frontend::PASSWORD => Body::new(frame.tag, &frame.body).text().map_err(invalid)?,
        _ => &[],
    };
    Ok(match method {
        PasswordMethod::Md5 => Answer::Md5 { salt, digest: given.to_vec() },
        PasswordMethod::Cleartext => Answer::Cleartext(String::from_utf8_lossy(given).into_owned().into()),
    })
}

async fn permanent(cluster: &ClusterState, user: &str, answer: &Answer) -> Result<(), Refusal> {
    let stored = cluster.private.password_of(user).await;
    let stored = stored.map_err(|error| refused(errors::private_server(&error)))?;
    match stored.map(StoredPassword::from_catalog) {
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
