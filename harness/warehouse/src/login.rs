//! What a temporary login changes on the private server: a user that is made, groups that are joined for the session.

use std::collections::HashMap;

use thiserror::Error;
use tokio::sync::Mutex;
use tokio_postgres::Client;

use crate::control::{TemporaryLogin, UserCreation};
use crate::private::{PrivateError, PrivateServer};
use crate::sql::quoted;

/// Why a right password opens no session.
#[derive(Debug, Error)]
pub(crate) enum LoginError {
    #[error("user `{0}` is not there")]
    NoUser(String),
    #[error("group `{0}` is not there")]
    NoGroup(String),
    #[error(transparent)]
    Private(#[from] PrivateError),
}

/// Memberships that sessions brought, with how many sessions hold each: the last one takes it away.
///
/// A membership is the user's, not the session's, as PostgreSQL has no other: while such a session is open, the
/// user's other sessions have it too.
#[derive(Debug, Default)]
pub(crate) struct Memberships(Mutex<HashMap<(String, String), usize>>);

impl Memberships {
    /// Prepares the private server for a session of `login`.
    pub(crate) async fn enter(
        &self,
        private: &PrivateServer,
        login: &TemporaryLogin,
    ) -> Result<(), LoginError> {
        let client = private.first().await?;
        // Held throughout, so that of two first logins one makes the user.
        let mut held = self.0.lock().await;
        if !private.query_exists(&client, USER, &[&login.user]).await? {
            match login.creation {
                UserCreation::Never => return Err(LoginError::NoUser(login.user.clone())),
                UserCreation::AtLogin => {
                    private.execute(&client, &format!("CREATE ROLE {} LOGIN", quoted(&login.user))).await?;
                }
            }
        }
        for group in &login.groups {
            if !private.query_exists(&client, GROUP, &[group]).await? {
                return Err(LoginError::NoGroup(group.clone()));
            }
        }
        for group in &login.groups {
            join(private, &client, &mut held, &login.user, group).await?;
        }
        Ok(())
    }

    /// Takes away what the session of `login` brought.
    pub(crate) async fn leave(
        &self,
        private: &PrivateServer,
        login: &TemporaryLogin,
    ) -> Result<(), PrivateError> {
        if login.groups.is_empty() {
            return Ok(());
        }
        let client = private.first().await?;
        let mut held = self.0.lock().await;
        for group in &login.groups {
            let key = (login.user.clone(), group.clone());
            let Some(count) = held.get_mut(&key) else { continue };
            *count -= 1;
            if *count == 0 {
                held.remove(&key);
                let revoke = format!("REVOKE {} FROM {}", quoted(group), quoted(&login.user));
                private.execute(&client, &revoke).await?;
            }
        }
        Ok(())
    }
}

/// A membership that the user has anyway stays when the session ends.
async fn join(
    private: &PrivateServer,
    client: &Client,
    held: &mut HashMap<(String, String), usize>,
    user: &str,
    group: &str,
) -> Result<(), PrivateError> {
    let key = (user.to_owned(), group.to_owned());
    if let Some(count) = held.get_mut(&key) {
        *count += 1;
        return Ok(());
    }
    if !private.query_exists(client, MEMBER, &[&user, &group]).await? {
        private.execute(client, &format!("GRANT {} TO {}", quoted(group), quoted(user))).await?;
        held.insert(key, 1);
    }
    Ok(())
}

/// A user may log in, and a group inherits nothing (`catalog/principals.sql`).
const USER: &str = "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1 AND rolcanlogin";
const GROUP: &str =
    "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1 AND NOT rolcanlogin AND NOT rolinherit";
const MEMBER: &str = "SELECT 1 FROM pg_catalog.pg_auth_members \
     WHERE member = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1) \
     AND roleid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $2)";
