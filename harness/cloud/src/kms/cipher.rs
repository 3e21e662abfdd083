//! Ciphertexts: AES-256-GCM, with the key's ARN and the number of its material in front, and the encryption context authenticated.

use std::collections::BTreeMap;

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use secrecy::ExposeSecret;

use super::key::Key;

/// The form of our blobs; AWS's own is not documented.
const VERSION: u8 = 1;
const NONCE: usize = 12;

/// What a ciphertext is bound to.
pub(super) type EncryptionContext = BTreeMap<String, String>;

/// A ciphertext that cannot be opened: another key, another context, or bytes that changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unopened;

/// Encrypts; the ciphertext tells its key.
pub(super) fn seal(key: &Key, plain: &[u8], context: &EncryptionContext) -> Result<Vec<u8>, Unopened> {
    let nonce: [u8; NONCE] = rand::random();
    let aad = authenticated(context);
    let payload = Payload { msg: plain, aad: &aad };
    let number = u32::try_from(key.rotated.len()).map_err(|_| Unopened)?;
    let sealed = cipher(key, number)?.encrypt(&Nonce::from(nonce), payload).map_err(|_| Unopened)?;
    let length = u16::try_from(key.arn.len()).map_err(|_| Unopened)?;
    let number = number.to_be_bytes();
    Ok([&[VERSION][..], &length.to_be_bytes(), key.arn.as_bytes(), &number, &nonce, &sealed].concat())
}

/// Decrypts with the key that the ciphertext names.
pub(super) fn open(key: &Key, blob: &[u8], context: &EncryptionContext) -> Result<Vec<u8>, Unopened> {
    let (arn, rest) = split(blob).ok_or(Unopened)?;
    let (number, rest) = rest.split_first_chunk().ok_or(Unopened)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(Unopened)?;
    if arn != key.arn {
        return Err(Unopened);
    }
    let aad = authenticated(context);
    let payload = Payload { msg: sealed, aad: &aad };
    cipher(key, u32::from_be_bytes(*number))?.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Unopened)
}

/// The ARN of the key in a ciphertext; none for other bytes.
pub(crate) fn key_of(blob: &[u8]) -> Option<&str> {
    split(blob).map(|(arn, _)| arn)
}

fn split(blob: &[u8]) -> Option<(&str, &[u8])> {
    let (version, rest) = blob.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (arn, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let arn = std::str::from_utf8(arn).ok()?;
    (*version == VERSION && arn.starts_with("arn:")).then_some((arn, rest))
}

fn cipher(key: &Key, number: u32) -> Result<Aes256Gcm, Unopened> {
    let material = usize::try_from(number).ok().and_then(|number| key.material(number)).ok_or(Unopened)?;
    Ok(Aes256Gcm::new(material.expose_secret().into()))
}

/// The context in one form, whatever order it was given in.
fn authenticated(context: &EncryptionContext) -> Vec<u8> {
    let part = |text: &String| [&(text.len() as u64).to_be_bytes()[..], text.as_bytes()].concat();
    context.iter().flat_map(|(name, value)| [part(name), part(value)].concat()).collect()
}

#[cfg(test)]
mod tests {
    use linchpin_policy::{Document, DocumentKind};
    use time::OffsetDateTime;

    use super::{
        super::{
            key::{Manager, Occasion, Rotated},
            vault::{Home, Vault},
        },
        *,
    };

    #[test]
    fn new_material_seals_and_old_material_opens() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let source = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}"#;
        let policy = Document::parse(source, DocumentKind::Resource).unwrap();
        let mut vault = Vault::default();
        let home = Home { partition: "aws", account: "1", region: "eu-west-1", now };
        let id = vault.create(&home, "", Manager::Customer, policy);
        let key = vault.find_mut("eu-west-1", &id).unwrap();
        let context = EncryptionContext::new();
        let before = seal(key, b"old", &context).unwrap();
        key.rotated.push(Rotated::new(now, Occasion::OnDemand));
        let after = seal(key, b"new", &context).unwrap();
        assert_eq!(open(key, &before, &context).as_deref(), Ok(&b"old"[..]));
        assert_eq!(open(key, &after, &context).as_deref(), Ok(&b"new"[..]));
        key.rotated = vec![Rotated::new(now, Occasion::OnDemand)];
        assert_eq!(open(key, &before, &context).as_deref(), Ok(&b"old"[..]));
        assert_eq!(open(key, &after, &context), Err(Unopened), "it was sealed with what the key got since");
    }
}
