//! Statements of the database, in which secrets can be masked. Pure.

use crate::encryption::Encryption;
use crate::plan::PlanError;
use aws_credential_types::Credentials;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;

const MASK: &str = "***";

/// The cluster's default role, a word and no literal (documented).
const DEFAULT: &str = "default";

/// A statement, and the same with its secrets masked.
#[derive(Debug, Clone)]
pub struct Statement {
    sql: SecretString,
    shown: String,
}

impl Statement {
    /// What is sent.
    pub(crate) fn sql(&self) -> &str {
        self.sql.expose_secret()
    }

    pub(crate) fn plain(sql: String) -> Self {
        Self { sql: sql.clone().into(), shown: sql }
    }
}

/// The statement as it may be shown: secrets are masked.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// How the cluster is authorized at S3, and what it decrypts with.
#[derive(Debug, Clone)]
pub(crate) struct Authorization<'a> {
    signer: Signer<'a>,
    encryption: &'a Encryption,
}

#[derive(Debug, Clone)]
enum Signer<'a> {
    Role(&'a str),
    Keys(&'a Credentials),
}

impl<'a> Authorization<'a> {
    /// `AWS_IAM_ROLE` wins over the connection's keys (documented).
    pub(crate) fn choose(
        command: &'static str,
        role: Option<&'a String>,
        keys: Option<&'a Credentials>,
        encryption: &'a Encryption,
    ) -> Result<Self, PlanError> {
        let signer = role.map(|role| Signer::Role(role)).or_else(|| keys.map(Signer::Keys));
        Ok(Self { signer: signer.ok_or(PlanError::NoAuthorization { command })?, encryption })
    }

    /// The statement around the authorization clause.
    pub(crate) fn statement(&self, before: &str, after: &str) -> Statement {
        let whole = |secrets| format!("{before} {}{after}", self.clause(secrets));
        Statement { sql: whole(Secrets::Sent).into(), shown: whole(Secrets::Masked) }
    }

    /// A master key goes with the keys, or has a clause of its own beside a role; a KMS key does not go with CREDENTIALS
    /// (documented).
    fn clause(&self, secrets: Secrets) -> String {
        let shown = |secret| if matches!(secrets, Secrets::Sent) { secret } else { MASK };
        let master_key = self.encryption.master_key().map(|key| shown(key.expose_secret()));
        match &self.signer {
            Signer::Keys(keys) if matches!(self.encryption, Encryption::Kms(_)) => {
                let token =
                    keys.session_token().map(|token| format!(" SESSION_TOKEN {}", literal(shown(token))));
                format!(
                    "ACCESS_KEY_ID {} SECRET_ACCESS_KEY {}{}",
                    literal(keys.access_key_id()),
                    literal(shown(keys.secret_access_key())),
                    token.unwrap_or_default()
                )
            }
            Signer::Role(arn) => {
                let clause = |key| format!(" MASTER_SYMMETRIC_KEY {} ENCRYPTED", literal(key));
                let role = if *arn == DEFAULT { DEFAULT.to_owned() } else { literal(arn) };
                format!("IAM_ROLE {role}{}", master_key.map(clause).unwrap_or_default())
            }
            Signer::Keys(keys) => {
                let mut text = format!(
                    "aws_access_key_id={};aws_secret_access_key={}",
                    keys.access_key_id(),
                    shown(keys.secret_access_key())
                );
                let more = [("token", keys.session_token().map(shown)), ("master_symmetric_key", master_key)];
                for (name, value) in more {
                    text.extend(value.map(|value| format!(";{name}={value}")));
                }
                let encrypted = master_key.map_or("", |_| " ENCRYPTED");
                format!("CREDENTIALS {}{encrypted}", literal(&text))
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Secrets {
    Sent,
    Masked,
}

/// Redshift's string literals take backslash escapes.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
