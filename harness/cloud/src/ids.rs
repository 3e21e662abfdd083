//! The ids and secrets that AWS makes up, in AWS's own forms.

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;

const BASE32: [char; 32] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U',
    'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7',
];

/// Eight characters of five bits: enough for every account's number, which is below 2^40.
const ACCOUNT_CHARACTERS: usize = 8;

/// A new account's twelve digits, without a leading zero, which some clients drop.
pub(crate) fn account() -> String {
    (100_000_000_000 + rand::random::<u64>() % 900_000_000_000).to_string()
}

/// An id such as `AIDA...`: the prefix tells the kind of entity.
pub(crate) fn unique(prefix: &str) -> String {
    prefix.chars().chain(base32(rand::random(), 10)).chain(base32(rand::random(), 7)).collect()
}

/// An access key's id. Like AWS's, it holds its account's number, so that a key is found without an index.
pub(crate) fn access_key(prefix: &str, account: &str) -> String {
    let number = account.parse().unwrap_or_default();
    prefix.chars().chain(base32(number, ACCOUNT_CHARACTERS)).chain(base32(rand::random(), 8)).collect()
}

/// The account in an access key's id; none for a text that is no such id.
pub(crate) fn account_of_access_key(id: &str) -> Option<String> {
    Some(format!("{:012}", base32_number(id.get(4..4 + ACCOUNT_CHARACTERS)?)?))
}

/// The number in a few digits of five bits each.
pub(crate) fn base32_number(digits: &str) -> Option<u64> {
    digits.chars().try_fold(0_u64, |number, character| {
        let value = BASE32.iter().position(|digit| *digit == character)?;
        Some(number * 32 + u64::try_from(value).ok()?)
    })
}

/// The forty characters of a secret access key.
pub(crate) fn secret_access_key() -> SecretString {
    STANDARD.encode(rand::random::<[u8; 30]>()).into()
}

/// A session token.
pub(crate) fn session_token() -> SecretString {
    STANDARD.encode(rand::random::<[u8; 192]>()).into()
}

fn base32(number: u64, length: usize) -> impl Iterator<Item = char> {
    (0..length).rev().filter_map(move |place| {
        let shift = u32::try_from(place * 5).ok()?;
        let digit = usize::try_from(number.checked_shr(shift)? % 32).ok()?;
        BASE32.get(digit).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_holds_its_account() {
        for account in ["000000000001", "123456789012", "999999999999"] {
            let id = access_key("AKIA", account);
            assert_eq!(id.len(), 20);
            assert_eq!(account_of_access_key(&id).as_deref(), Some(account));
        }
        assert_eq!(account_of_access_key("AKIA"), None);
        assert_eq!(account_of_access_key("AKIA11111111AAAAAAAA"), None);
    }

    #[test]
    fn ids_have_their_length() {
        assert_eq!(unique("AIDA").len(), 21);
        assert_eq!(account().len(), 12);
    }
}
