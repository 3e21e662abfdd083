//! Passwords by md5, and their challenge, ended in front: SCRAM is what Amazon's drivers cannot do (driver sources).

use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};

/// The hash that PostgreSQL stores, `md5` and 32 hexadecimal digits.
pub(crate) struct StoredPassword(SecretString);

impl StoredPassword {
    /// A password as `pg_authid` has it; other schemes than md5 cannot be answered for.
    pub(crate) fn from_catalog(stored: String) -> Option<StoredPassword> {
        (stored.len() == 35 && stored.starts_with("md5")).then(|| StoredPassword(stored.into()))
    }

    /// What would be stored for a password that is known.
    pub(crate) fn of(password: &SecretString, user: &str) -> StoredPassword {
        let hash = Md5::new().chain_update(password.expose_secret()).chain_update(user).finalize();
        StoredPassword(format!("md5{}", hex::encode(hash)).into())
    }

    /// Whether it is the hash of a password in the clear.
    pub(crate) fn is_of(&self, password: &SecretString, user: &str) -> bool {
        StoredPassword::of(password, user).0.expose_secret() == self.0.expose_secret()
    }

    /// Whether `answer` is the right one to the challenge `salt`.
    pub(crate) fn accepts(&self, salt: [u8; 4], answer: &[u8]) -> bool {
        let inner = self.0.expose_secret().strip_prefix("md5").unwrap_or_default().as_bytes();
        let digest = Md5::new().chain_update(inner).chain_update(salt).finalize();
        let expected = format!("md5{}", hex::encode(digest));
        expected.as_bytes() == answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_answered_with_the_password_and_the_salt() {
        let inner = hex::encode(Md5::digest(b"secretuser"));
        let stored = StoredPassword::from_catalog(format!("md5{inner}")).unwrap();
        let answer = |salt: [u8; 4]| {
            format!("md5{}", hex::encode(Md5::new().chain_update(&inner).chain_update(salt).finalize()))
        };
        assert!(stored.accepts([1, 2, 3, 4], answer([1, 2, 3, 4]).as_bytes()));
        assert!(!stored.accepts([1, 2, 3, 4], answer([1, 2, 3, 5]).as_bytes()));
        assert!(!stored.accepts([1, 2, 3, 4], b""));
        assert!(StoredPassword::from_catalog("SCRAM-SHA-256$4096:abc".to_owned()).is_none());
    }
}
