//! The authorization clauses of COPY and UNLOAD.

use secrecy::SecretString;
use thiserror::Error;

use crate::sql::{Cursor, SyntaxError};

/// How a statement is authorized at S3.
#[derive(Debug)]
pub(crate) enum Authorization {
    /// The cluster's default role.
    DefaultRole,
    /// A role, and the roles that are assumed from it, in order.
    Roles { first: String, chained: Vec<String> },
    /// Access keys.
    Keys(AccessKeys),
}

impl Authorization {
    /// The role that it names, or the chain of roles as one text, by which ASSUMEROLE is granted; keys need no grant.
    pub(crate) fn role(&self) -> Option<String> {
        match self {
            Authorization::DefaultRole => Some("DEFAULT".to_owned()),
            Authorization::Roles { first, chained } => {
                Some([std::slice::from_ref(first), chained].concat().join(","))
            }
            Authorization::Keys(_) => None,
        }
    }
}

/// Access keys in the statement.
#[derive(Debug)]
pub(crate) struct AccessKeys {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) token: Option<SecretString>,
}

/// Authorization clauses that do not make one authorization.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum AuthorizationError {
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    #[error("no authorization")]
    Missing,
    #[error("more than one kind of authorization")]
    Ambiguous,
    #[error("an access key without its secret, or the other way round")]
    IncompleteKeys,
    #[error("a credentials string of no known form")]
    InvalidCredentials,
    #[error("no role ARN: `{0}`")]
    InvalidRole(String),
}

/// Collects the clauses as they come among the options.
#[derive(Debug, Default)]
pub(crate) struct AuthorizationClauses {
    role: Option<Authorization>,
    credentials: Option<Authorization>,
    id: Option<String>,
    secret: Option<SecretString>,
    token: Option<SecretString>,
    /// In the credentials, or on its own.
    master_key: Option<SecretString>,
}

/// What the clauses make.
#[derive(Debug)]
pub(crate) struct Authorized {
    pub(crate) authorization: Authorization,
    /// The key of client-side encryption, in base64.
    pub(crate) master_key: Option<SecretString>,
}

impl AuthorizationClauses {
    /// Reads a clause if one is next.
    pub(crate) fn take(&mut self, cursor: &mut Cursor<'_, '_>) -> Result<bool, AuthorizationError> {
        let again = if cursor.take_word("iam_role") {
            let role = if cursor.take_word("default") {
                Authorization::DefaultRole
            } else {
                roles(&cursor.literal()?)?
            };
            self.role.replace(role).is_some()
        } else if cursor.take_word("access_key_id") {
            self.id.replace(argument(cursor)?).is_some()
        } else if cursor.take_word("secret_access_key") {
            self.secret.replace(argument(cursor)?.into()).is_some()
        } else if cursor.take_word("session_token") || cursor.take_word("token") {
            self.token.replace(argument(cursor)?.into()).is_some()
        } else if cursor.take_word("with") {
            cursor.expect_word("credentials")?;
            self.take_credentials(cursor)?
        } else if cursor.take_word("credentials") {
            self.take_credentials(cursor)?
        } else {
            return Ok(false);
        };
        if again { Err(AuthorizationError::Ambiguous) } else { Ok(true) }
    }

    /// Reads the string of CREDENTIALS. True: there was one before.
    fn take_credentials(&mut self, cursor: &mut Cursor<'_, '_>) -> Result<bool, AuthorizationError> {
        let Authorized { authorization, master_key } = credentials(&argument(cursor)?)?;
        self.master_key = master_key.or(self.master_key.take());
        Ok(self.credentials.replace(authorization).is_some())
    }

    /// Notes the argument of MASTER_SYMMETRIC_KEY.
    pub(crate) fn set_master_key(&mut self, key: SecretString) {
        self.master_key = Some(key);
    }

    /// Whether CREDENTIALS is given.
    pub(crate) fn has_credentials(&self) -> bool {
        self.credentials.is_some()
    }

    /// Whether there is a key of client-side encryption, on its own or in the credentials.
    pub(crate) fn has_master_key(&self) -> bool {
        self.master_key.is_some()
    }

    /// The one authorization that the clauses make.
    pub(crate) fn finish(self) -> Result<Authorized, AuthorizationError> {
        let keys = match (self.id, self.secret, self.token) {
            (Some(id), Some(secret), token) => Some(Authorization::Keys(AccessKeys { id, secret, token })),
            (None, None, None) => None,
            _ => return Err(AuthorizationError::IncompleteKeys),
        };
        let mut given = [self.role, self.credentials, keys].into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(authorization), None) => Ok(Authorized { authorization, master_key: self.master_key }),
            (None, _) => Err(AuthorizationError::Missing),
            (Some(_), Some(_)) => Err(AuthorizationError::Ambiguous),
        }
    }
}

fn argument(cursor: &mut Cursor<'_, '_>) -> Result<String, SyntaxError> {
    cursor.take_word("as");
    cursor.literal()
}

/// One ARN or a chain of them, commas between and no blanks (documented).
fn roles(list: &str) -> Result<Authorization, AuthorizationError> {
    let mut arns = list.split(',').map(str::to_owned);
    let first = arns.next().unwrap_or_default();
    let chained: Vec<_> = arns.collect();
    let wrong = std::iter::once(&first).chain(&chained).find(|arn| !arn.starts_with("arn:"));
    match wrong {
        Some(arn) => Err(AuthorizationError::InvalidRole(arn.clone())),
        None => Ok(Authorization::Roles { first, chained }),
    }
}

/// `key=value;key=value`: keys are case-sensitive, blanks are not allowed (documented).
fn credentials(text: &str) -> Result<Authorized, AuthorizationError> {
    let (mut role, mut id, mut secret, mut token, mut master_key) = (None, None, None, None, None);
    for pair in text.split(';').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(AuthorizationError::InvalidCredentials)?;
        let slot = match key {
            "aws_iam_role" => &mut role,
            "aws_access_key_id" => &mut id,
            "aws_secret_access_key" => &mut secret,
            "token" => &mut token,
            "master_symmetric_key" => &mut master_key,
            _ => return Err(AuthorizationError::InvalidCredentials),
        };
        if slot.replace(value.to_owned()).is_some() {
            return Err(AuthorizationError::InvalidCredentials);
        }
    }
    let authorization = match (role, id, secret, token) {
        (Some(role), None, None, None) => roles(&role)?,
        (None, Some(id), Some(secret), token) => {
            Authorization::Keys(AccessKeys { id, secret: secret.into(), token: token.map(Into::into) })
        }
        _ => return Err(AuthorizationError::InvalidCredentials),
    };
    Ok(Authorized { authorization, master_key: master_key.map(Into::into) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::tokenize;

    fn parse(sql: &str) -> Result<String, AuthorizationError> {
        let tokens = tokenize(sql).unwrap();
        let mut cursor = Cursor::new(&tokens);
        let mut clauses = AuthorizationClauses::default();
        while clauses.take(&mut cursor)? {}
        assert_eq!(cursor.rest(), []);
        let Authorized { authorization, master_key } = clauses.finish()?;
        let key = if master_key.is_some() { " key" } else { "" };
        let shown = match authorization {
            Authorization::DefaultRole => "default".to_owned(),
            Authorization::Roles { first, chained } => format!("{first} {chained:?}"),
            Authorization::Keys(keys) => format!("{} {}", keys.id, keys.token.is_some()),
        };
        Ok(shown + key)
    }

    #[test]
    fn accepted() {
        for (sql, expected) in [
            ("iam_role default", "default"),
            ("IAM_ROLE 'arn:a'", "arn:a []"),
            ("iam_role 'arn:a,arn:b'", "arn:a [\"arn:b\"]"),
            ("access_key_id 'i' secret_access_key 's'", "i false"),
            ("secret_access_key 's' session_token 't' access_key_id as 'i'", "i true"),
            ("with credentials as 'aws_iam_role=arn:a'", "arn:a []"),
            ("credentials 'aws_access_key_id=i;aws_secret_access_key=s=;token=t'", "i true"),
            ("credentials 'aws_iam_role=arn:a;master_symmetric_key=k='", "arn:a [] key"),
        ] {
            assert_eq!(parse(sql).as_deref(), Ok(expected), "{sql}");
        }
    }

    #[test]
    fn refused() {
        use AuthorizationError as E;
        for (sql, expected) in [
            ("", E::Missing),
            ("iam_role default iam_role 'arn:a'", E::Ambiguous),
            ("iam_role default credentials 'aws_iam_role=arn:a'", E::Ambiguous),
            ("iam_role 'arn:a' access_key_id 'i' secret_access_key 's'", E::Ambiguous),
            ("access_key_id 'i'", E::IncompleteKeys),
            ("session_token 't'", E::IncompleteKeys),
            ("iam_role 'arn:a, arn:b'", E::InvalidRole(" arn:b".to_owned())),
            ("iam_role 'loader'", E::InvalidRole("loader".to_owned())),
            ("credentials 'AWS_IAM_ROLE=arn:a'", E::InvalidCredentials),
            ("credentials 'aws_access_key_id=i'", E::InvalidCredentials),
            ("credentials 'aws_iam_role=arn:a;token=t'", E::InvalidCredentials),
            ("credentials 'master_symmetric_key=k'", E::InvalidCredentials),
            ("credentials arn", E::Syntax(SyntaxError::Near("arn".to_owned()))),
        ] {
            assert_eq!(parse(sql), Err(expected), "{sql}");
        }
    }
}
