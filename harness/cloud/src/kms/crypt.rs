//! Encrypt, Decrypt, ReEncrypt and data keys.

use base64::{Engine, prelude::BASE64_STANDARD};
use linchpin_gateway::{AwsError, KeyState};
use serde_json::{Value, json};

use super::{
    cipher::{EncryptionContext, key_of, open, seal},
    errors,
    input::Input,
    key::Key,
};
use crate::cloud::Accounts;

/// Documented: the most bytes that `Encrypt` takes.
const LARGEST_PLAINTEXT: usize = 4096;
/// Documented: the most bytes of a ciphertext.
const LARGEST_CIPHERTEXT: usize = 6144;

const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

pub(super) fn encrypt(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    input.symmetric("EncryptionAlgorithm")?;
    let plain = input.blob("Plaintext", LARGEST_PLAINTEXT)?;
    let key = usable(accounts, input, input.required("KeyId")?)?;
    let blob = sealed(key, &plain, &input.context("EncryptionContext")?)?;
    Ok(json!({ "CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": ALGORITHM }))
}

pub(super) fn decrypt(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    input.symmetric("EncryptionAlgorithm")?;
    let context = input.context("EncryptionContext")?;
    let (arn, plain) = opened(accounts, input, input.text("KeyId")?, &context)?;
    Ok(json!({ "Plaintext": BASE64_STANDARD.encode(plain), "KeyId": arn, "EncryptionAlgorithm": ALGORITHM }))
}

pub(super) fn re_encrypt(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    input.symmetric("SourceEncryptionAlgorithm")?;
    input.symmetric("DestinationEncryptionAlgorithm")?;
    let context = input.context("SourceEncryptionContext")?;
    let (source, plain) = opened(accounts, input, input.text("SourceKeyId")?, &context)?;
    let key = usable(accounts, input, input.required("DestinationKeyId")?)?;
    let blob = sealed(key, &plain, &input.context("DestinationEncryptionContext")?)?;
    Ok(json!({
        "CiphertextBlob": blob,
        "SourceKeyId": source,
        "KeyId": key.arn,
        "SourceEncryptionAlgorithm": ALGORITHM,
        "DestinationEncryptionAlgorithm": ALGORITHM,
    }))
}

pub(super) fn data_key(accounts: &mut Accounts, input: &Input<'_>) -> Result<Value, AwsError> {
    let (plain, blob, arn) = new_data_key(accounts, input)?;
    Ok(json!({ "Plaintext": BASE64_STANDARD.encode(plain), "CiphertextBlob": blob, "KeyId": arn }))
}

pub(super) fn data_key_without_plaintext(
    accounts: &mut Accounts,
    input: &Input<'_>,
) -> Result<Value, AwsError> {
    let (_, blob, arn) = new_data_key(accounts, input)?;
    Ok(json!({ "CiphertextBlob": blob, "KeyId": arn }))
}

fn new_data_key(accounts: &mut Accounts, input: &Input<'_>) -> Result<(Vec<u8>, String, String), AwsError> {
    let length = data_key_length(input)?;
    let key = usable(accounts, input, input.required("KeyId")?)?;
    let plain: Vec<u8> = std::iter::repeat_with(rand::random).take(length).collect();
    let blob = sealed(key, &plain, &input.context("EncryptionContext")?)?;
    Ok((plain, blob, key.arn.clone()))
}

/// Documented: a length or a spec, and not both.
fn data_key_length(input: &Input<'_>) -> Result<usize, AwsError> {
    let both =
        || errors::validation("KeySpec", None, "specify either KeySpec or NumberOfBytes, but not both");
    match (input.text("KeySpec")?, input.number("NumberOfBytes", 1, 1024)?) {
        (Some("AES_256"), None) => Ok(32),
        (Some("AES_128"), None) => Ok(16),
        (Some(other), None) => Err(errors::validation(
            "KeySpec",
            Some(other),
            "Member must satisfy enum value set: [AES_256, AES_128]",
        )),
        (None, Some(bytes)) => Ok(usize::try_from(bytes).unwrap_or(32)),
        (Some(_), Some(_)) | (None, None) => Err(both()),
    }
}

fn sealed(key: &Key, plain: &[u8], context: &EncryptionContext) -> Result<String, AwsError> {
    let blob = seal(key, plain, context).map_err(|_| errors::invalid_ciphertext())?;
    Ok(BASE64_STANDARD.encode(blob))
}

/// The plaintext of the call's ciphertext, and the ARN of its key.
fn opened(
    accounts: &Accounts,
    input: &Input<'_>,
    named: Option<&str>,
    context: &EncryptionContext,
) -> Result<(String, Vec<u8>), AwsError> {
    let blob = input.blob("CiphertextBlob", LARGEST_CIPHERTEXT)?;
    let own = key_of(&blob).ok_or_else(errors::invalid_ciphertext)?;
    let key = usable(accounts, input, named.unwrap_or(own))?;
    if key.arn != own {
        return Err(errors::incorrect_key());
    }
    let plain = open(key, &blob, context).map_err(|_| errors::invalid_ciphertext())?;
    Ok((key.arn.clone(), plain))
}

fn usable<'a>(accounts: &'a Accounts, input: &Input<'_>, name: &str) -> Result<&'a Key, AwsError> {
    let key = find(accounts, input, name)?;
    if key.state == KeyState::Enabled { Ok(key) } else { Err(errors::unusable(&key.arn, key.state)) }
}

/// The key of a call: in the account that an ARN names, else in the caller's.
pub(super) fn find<'a>(accounts: &'a Accounts, input: &Input<'_>, name: &str) -> Result<&'a Key, AwsError> {
    let owner = owner(name, &input.call.account);
    let key = accounts.get(owner).and_then(|account| account.vault.find(&input.call.region, name));
    key.ok_or_else(|| errors::no_such_key(name))
}

pub(super) fn find_mut<'a>(
    accounts: &'a mut Accounts,
    input: &Input<'_>,
    name: &str,
) -> Result<&'a mut Key, AwsError> {
    let owner = owner(name, &input.call.account);
    let key = accounts.get_mut(owner).and_then(|account| account.vault.find_mut(&input.call.region, name));
    key.ok_or_else(|| errors::no_such_key(name))
}

fn owner<'a>(name: &'a str, caller: &'a str) -> &'a str {
    let in_arn = name.starts_with("arn:").then(|| name.split(':').nth(4)).flatten();
    in_arn.unwrap_or(caller)
}
