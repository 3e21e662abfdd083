//! Passwords and their challenges, ended in front: SCRAM is what Amazon's drivers cannot do (driver sources).

use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A password as it is stored.
pub(crate) enum StoredPassword {
    /// `md5` and 32 hexadecimal digits, of the password and the user's name.
    Md5(SecretString),
    /// SHA-256 of the password and a salt.
    Sha256 { digest: Vec<u8>, salt: Vec<u8> },
}

/// What a client answers to a challenge by digest (driver sources).
#[derive(Debug)]
pub(crate) struct DigestAnswer {
    pub(crate) digest: Vec<u8>,
    pub(crate) nonce: Vec<u8>,
}

impl StoredPassword {
    /// A password as `pg_authid` has it; other schemes cannot be answered for.
    pub(crate) fn from_catalog(stored: String) -> Option<StoredPassword> {
        if let Some(parts) = stored.strip_prefix("sha256|") {
            let (digest, salt) = parts.split_once('|')?;
            return Some(StoredPassword::Sha256 {
                digest: hex::decode(digest).ok()?,
                salt: hex::decode(salt).ok()?,
            });
        }
        (stored.len() == 35 && stored.starts_with("md5")).then(|| StoredPassword::Md5(stored.into()))
    }

    /// What would be stored for a password that is known.
    pub(crate) fn of(password: &SecretString, user: &str) -> StoredPassword {
        StoredPassword::Md5(md5_hash(password, user).into())
    }

    /// Whether it is the hash of a password in the clear.
    pub(crate) fn is_of(&self, password: &SecretString, user: &str) -> bool {
        match self {
            StoredPassword::Md5(stored) => md5_hash(password, user) == stored.expose_secret(),
            StoredPassword::Sha256 { digest, salt } => {
                let hash = Sha256::new().chain_update(password.expose_secret()).chain_update(salt);
                hash.finalize().as_slice() == digest
            }
        }
    }

    /// Whether `answer` is the right one to the md5 challenge `salt`.
    pub(crate) fn accepts(&self, salt: [u8; 4], answer: &[u8]) -> bool {
        let StoredPassword::Md5(stored) = self else { return false };
        let inner = stored.expose_secret().strip_prefix("md5").unwrap_or_default().as_bytes();
        let digest = Md5::new().chain_update(inner).chain_update(salt).finalize();
        let expected = format!("md5{}", hex::encode(digest));
        expected.as_bytes() == answer
    }

    /// Whether `answer` is the right one to a challenge by digest with `nonce`.
    pub(crate) fn accepts_digest(&self, nonce: &[u8], answer: &DigestAnswer) -> bool {
        let StoredPassword::Sha256 { digest, .. } = self else { return false };
        let expected = Sha256::new().chain_update(digest).chain_update(nonce).chain_update(&answer.nonce);
        expected.finalize().as_slice() == answer.digest
    }
}

fn md5_hash(password: &SecretString, user: &str) -> String {
    let hash = Md5::new().chain_update(password.expose_secret()).chain_update(user).finalize();
    format!("md5{}", hex::encode(hash))
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

    #[test]
    fn a_digest_is_answered_with_both_nonces() {
        let salt = b"salt";
        let hash = Sha256::digest(b"secretsalt");
        let stored = format!("sha256|{}|{}", hex::encode(hash), hex::encode(salt));
        let stored = StoredPassword::from_catalog(stored).unwrap();
        let digest =
            Sha256::new().chain_update(hash).chain_update(b"server").chain_update(b"client").finalize();
        let answer = DigestAnswer { digest: digest.to_vec(), nonce: b"client".to_vec() };
        assert!(stored.accepts_digest(b"server", &answer));
        assert!(!stored.accepts_digest(b"other", &answer));
        assert!(!stored.accepts([1, 2, 3, 4], b""));
        assert!(stored.is_of(&"secret".to_owned().into(), "user"));
        assert!(!stored.is_of(&"wrong".to_owned().into(), "user"));
    }
}
