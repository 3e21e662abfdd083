//! The text of a COPY or an UNLOAD without its secrets, as Redshift's system tables have it.

use super::edits::Edits;
use super::token::Token;

/// Words behind which a secret stands, with or without AS.
const WORDS: [&str; 6] =
    ["credentials", "access_key_id", "secret_access_key", "session_token", "token", "master_symmetric_key"];

/// `sql` with empty literals in the place of secrets.
pub(crate) fn masked(sql: &str, tokens: &[Token<'_>]) -> String {
    let mut edits = Edits::default();
    let is_secret = |at: usize| {
        let before = |back: usize| at.checked_sub(back).and_then(|before| tokens.get(before));
        let word = before(1).filter(|word| !word.is_word("as")).or_else(|| before(2));
        word.is_some_and(|word| word.is_any_word(&WORDS))
    };
    for (_, token) in
        tokens.iter().enumerate().filter(|(at, token)| token.literal().is_some() && is_secret(*at))
    {
        edits.replace(&[*token], "''");
    }
    edits.apply(sql, tokens)
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::*;

    #[test]
    fn secrets_are_left_out() {
        for (sql, expected) in [
            (
                "copy t from 's3://b/k' with credentials as 'a=b;c=d' csv quote as '%'",
                "copy t from 's3://b/k' with credentials as '' csv quote as '%'",
            ),
            (
                "copy t from 's3://b' access_key_id 'A' secret_access_key 'S' token 'T' delimiter ','",
                "copy t from 's3://b' access_key_id '' secret_access_key '' token '' delimiter ','",
            ),
            (
                "unload ('x') to 's3://b' iam_role 'arn' master_symmetric_key 'K' encrypted",
                "unload ('x') to 's3://b' iam_role 'arn' master_symmetric_key '' encrypted",
            ),
        ] {
            assert_eq!(masked(sql, &tokenize(sql).unwrap()), expected);
        }
    }
}
