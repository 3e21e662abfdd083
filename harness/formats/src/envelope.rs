//! Client-side encryption as COPY, UNLOAD and connectors knew it: the S3 encryption client's first envelope.
//!
//! A fresh key for each object encrypts its bytes (AES-256, CBC, PKCS #7 padding); the master key wraps that key (AES,
//! ECB, PKCS #7), which travels in the object's user metadata (documented by AWS; the ciphers are those of the SDKs'
//! version 1). Whoever puts or gets the object moves metadata and body; nothing here does IO or makes random bytes.

use aes::Aes256;
use aes::cipher::generic_array::GenericArray;
use aes::cipher::{BlockDecrypt, BlockDecryptMut, BlockEncrypt, BlockEncryptMut, KeyInit, KeyIvInit};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use thiserror::Error;

const BLOCK: usize = 16;

/// Names of the user metadata, without `x-amz-meta-`.
const KEY: &str = "x-amz-key";
const IV: &str = "x-amz-iv";
const MATERIALS: &str = "x-amz-matdesc";
const LENGTH: &str = "x-amz-unencrypted-content-length";

/// What is wrong with a key or an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// The master key is no 256 bits in base64.
    #[error("the master symmetric key is not a 256-bit key in base64")]
    MasterKey,
    /// The object's metadata has no envelope of this version.
    #[error("the object has no client-side encryption envelope: `{0}` is missing or malformed")]
    Metadata(&'static str),
    /// Another key wrapped the object's.
    #[error("the object was encrypted with another master symmetric key")]
    WrongKey,
    /// The body is cut short or damaged.
    #[error("the encrypted object is damaged")]
    Damaged,
}

/// The key that wraps the keys of objects.
#[derive(Clone)]
pub struct MasterKey(Aes256);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

/// Random bytes that the caller provides, fresh for every object.
#[derive(Clone, Copy)]
pub struct Entropy {
    /// The object's key.
    pub key: [u8; 32],
    /// The initialization vector.
    pub iv: [u8; 16],
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}

impl MasterKey {
    /// Reads a key in base64.
    ///
    /// # Errors
    /// When it is no key of 256 bits.
    pub fn from_base64(text: &str) -> Result<MasterKey, EnvelopeError> {
        let key = BASE64_STANDARD.decode(text).map_err(|_| EnvelopeError::MasterKey)?;
        Aes256::new_from_slice(&key).map(MasterKey).map_err(|_| EnvelopeError::MasterKey)
    }

    /// Begins an object: its user metadata (names without `x-amz-meta-`), and what encrypts its body. The length of the
    /// plain body goes in when it is known.
    #[must_use]
    pub fn seal(&self, entropy: &Entropy, length: Option<u64>) -> (Vec<(&'static str, String)>, Encryptor) {
        let mut metadata = vec![
            (KEY, BASE64_STANDARD.encode(self.wrap(&entropy.key))),
            (IV, BASE64_STANDARD.encode(entropy.iv)),
            (MATERIALS, "{}".to_owned()),
        ];
        metadata.extend(length.map(|length| (LENGTH, length.to_string())));
        let cipher = cbc::Encryptor::new(&entropy.key.into(), &entropy.iv.into());
        (metadata, Encryptor { cipher, pending: Vec::new() })
    }

    /// Begins to read an object whose user metadata `metadata` looks up.
    ///
    /// # Errors
    /// When it has no envelope, or one of another key.
    pub fn open<'m>(&self, metadata: impl Fn(&str) -> Option<&'m str>) -> Result<Decryptor, EnvelopeError> {
        let value = |name| {
            let decoded = metadata(name).and_then(|text| BASE64_STANDARD.decode(text).ok());
            decoded.ok_or(EnvelopeError::Metadata(name))
        };
        let (wrapped, iv) = (value(KEY)?, value(IV)?);
        let key = self.unwrap(&wrapped).ok_or(EnvelopeError::WrongKey)?;
        let cipher = cbc::Decryptor::new_from_slices(&key, &iv).map_err(|_| EnvelopeError::Metadata(IV))?;
        Ok(Decryptor { cipher, pending: Vec::new() })
    }

    fn wrap(&self, key: &[u8]) -> Vec<u8> {
        let mut padded = key.to_vec();
        pad(&mut padded);
        for block in padded.chunks_exact_mut(BLOCK) {
            self.0.encrypt_block(GenericArray::from_mut_slice(block));
        }
        padded
    }

    /// The 32 bytes of the object's key; a wrong master key leaves no valid padding.
    fn unwrap(&self, wrapped: &[u8]) -> Option<Vec<u8>> {
        if wrapped.len() != 48 {
            return None;
        }
        let mut key = wrapped.to_vec();
        for block in key.chunks_exact_mut(BLOCK) {
            self.0.decrypt_block(GenericArray::from_mut_slice(block));
        }
        unpad(&mut key)?;
        (key.len() == 32).then_some(key)
    }
}

/// Encrypts a body chunk by chunk.
pub struct Encryptor {
    cipher: cbc::Encryptor<Aes256>,
    pending: Vec<u8>,
}

/// Decrypts a body chunk by chunk.
pub struct Decryptor {
    cipher: cbc::Decryptor<Aes256>,
    pending: Vec<u8>,
}

impl std::fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encryptor")
    }
}

impl std::fmt::Debug for Decryptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decryptor")
    }
}

impl Encryptor {
    /// Takes plain bytes, gives the encrypted ones that are whole blocks.
    pub fn push(&mut self, plain: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(plain);
        let whole = self.pending.len() - self.pending.len() % BLOCK;
        let rest = self.pending.split_off(whole);
        let mut blocks = std::mem::replace(&mut self.pending, rest);
        self.encrypt(&mut blocks);
        blocks
    }

    /// Ends the body with its padding.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let mut last = std::mem::take(&mut self.pending);
        pad(&mut last);
        self.encrypt(&mut last);
        last
    }

    fn encrypt(&mut self, blocks: &mut [u8]) {
        for block in blocks.chunks_exact_mut(BLOCK) {
            self.cipher.encrypt_block_mut(GenericArray::from_mut_slice(block));
        }
    }
}

impl Decryptor {
    /// Takes encrypted bytes, gives plain ones; the last block waits, since it may be padding.
    pub fn push(&mut self, encrypted: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(encrypted);
        let whole = self.pending.len().saturating_sub(1) / BLOCK * BLOCK;
        let rest = self.pending.split_off(whole);
        let mut blocks = std::mem::replace(&mut self.pending, rest);
        self.decrypt(&mut blocks);
        blocks
    }

    /// Ends the body and takes its padding off.
    ///
    /// # Errors
    /// When the body is cut short or damaged.
    pub fn finish(mut self) -> Result<Vec<u8>, EnvelopeError> {
        let mut last = std::mem::take(&mut self.pending);
        if last.len() != BLOCK {
            return Err(EnvelopeError::Damaged);
        }
        self.decrypt(&mut last);
        unpad(&mut last).ok_or(EnvelopeError::Damaged)?;
        Ok(last)
    }

    fn decrypt(&mut self, blocks: &mut [u8]) {
        for block in blocks.chunks_exact_mut(BLOCK) {
            self.cipher.decrypt_block_mut(GenericArray::from_mut_slice(block));
        }
    }
}

/// PKCS #7: as many bytes as are missing to a whole block, each of that number.
fn pad(bytes: &mut Vec<u8>) {
    let missing = BLOCK - bytes.len() % BLOCK;
    bytes.resize(bytes.len() + missing, u8::try_from(missing).unwrap_or_default());
}

fn unpad(bytes: &mut Vec<u8>) -> Option<()> {
    let count = usize::from(*bytes.last()?);
    let start = bytes.len().checked_sub(count).filter(|_| (1..=BLOCK).contains(&count))?;
    let padding = bytes.get(start..)?;
    padding.iter().all(|byte| usize::from(*byte) == count).then(|| bytes.truncate(start))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const MASTER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn entropy() -> Entropy {
        Entropy { key: [7; 32], iv: [9; 16] }
    }

    fn sealed(plain: &[u8]) -> (HashMap<&'static str, String>, Vec<u8>) {
        let master = MasterKey::from_base64(MASTER).unwrap();
        let (metadata, mut encryptor) = master.seal(&entropy(), Some(plain.len() as u64));
        let mut body = Vec::new();
        for chunk in plain.chunks(5) {
            body.extend(encryptor.push(chunk));
        }
        body.extend(encryptor.finish());
        (metadata.into_iter().collect(), body)
    }

    fn opened(
        master: &str,
        metadata: &HashMap<&'static str, String>,
        body: &[u8],
    ) -> Result<Vec<u8>, EnvelopeError> {
        let master = MasterKey::from_base64(master)?;
        let mut decryptor = master.open(|name| metadata.get(name).map(String::as_str))?;
        let mut plain = Vec::new();
        for chunk in body.chunks(7) {
            plain.extend(decryptor.push(chunk));
        }
        plain.extend(decryptor.finish()?);
        Ok(plain)
    }

    #[test]
    fn bodies_go_round() {
        for length in [0, 1, 15, 16, 17, 1000] {
            let plain: Vec<u8> = (0..=255).cycle().take(length).collect();
            let (metadata, body) = sealed(&plain);
            assert_eq!(body.len(), (length / BLOCK + 1) * BLOCK);
            assert_eq!(opened(MASTER, &metadata, &body).unwrap(), plain);
        }
    }

    /// Made with `openssl enc -aes-256-ecb` and `-aes-256-cbc`.
    #[test]
    fn ciphers_are_the_sdks() {
        let (metadata, body) = sealed(b"1|one\n2|two\n");
        assert_eq!(metadata["x-amz-key"], "B87oZDlB0QK53GARdXQDcgfO6GQ5QdECudxgEXV0A3KfO3UEkm+L024xGOkDpM1K");
        assert_eq!(metadata["x-amz-iv"], "CQkJCQkJCQkJCQkJCQkJCQ==");
        assert_eq!((metadata["x-amz-matdesc"].as_str(), metadata[LENGTH].as_str()), ("{}", "12"));
        assert_eq!(BASE64_STANDARD.encode(body), "RhjByscINe5BpsvVXZrZyA==");
    }

    #[test]
    fn mistakes_are_told_apart() {
        let (metadata, body) = sealed(b"1|one\n2|two\n");
        let other = BASE64_STANDARD.encode([1; 32]);
        assert_eq!(opened(&other, &metadata, &body), Err(EnvelopeError::WrongKey));
        assert_eq!(opened("AAEC", &metadata, &body), Err(EnvelopeError::MasterKey));
        assert_eq!(opened(MASTER, &HashMap::new(), &body), Err(EnvelopeError::Metadata("x-amz-key")));
        assert_eq!(opened(MASTER, &metadata, &body[..15]), Err(EnvelopeError::Damaged));
        assert_eq!(opened(MASTER, &metadata, b""), Err(EnvelopeError::Damaged));
    }
}
