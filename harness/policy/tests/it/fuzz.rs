//! Documents and cases that nobody meant: each is read or refused, and what was read decides. `PROPTEST_CASES` says how many
//! are tried of each.

use linchpin_policy::{Case, Document, DocumentKind, is_like};
use proptest::{collection::vec, prelude::*, sample::select};

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"Version\"",
    "\"2012-10-17\"",
    "\"2008-10-17\"",
    "\"Statement\"",
    "\"Sid\"",
    "\"Effect\"",
    "\"Allow\"",
    "\"Deny\"",
    "\"Action\"",
    "\"NotAction\"",
    "\"s3:*\"",
    "\"*\"",
    "\"Resource\"",
    "\"NotResource\"",
    "\"arn:aws:s3:::b/${aws:username, 'x'}\"",
    "\"${\"",
    "\"Principal\"",
    "\"AWS\"",
    "\"111122223333\"",
    "\"Condition\"",
    "\"StringLike\"",
    "\"ForAllValues:StringNotEqualsIfExists\"",
    "\"IpAddress\"",
    "\"10.0.0.0/33\"",
    "\"DateLessThan\"",
    "\"-99999999999999-13-45\"",
    "\"NumericEquals\"",
    "\"1e400\"",
    "null",
    "true",
    "1e999",
    "\"\\ud800\"",
    "\"\"",
    "\"",
];

/// A statement whose elements are pieces: more of these are documents.
fn statement() -> impl Strategy<Value = String> {
    let value = || select(PIECES);
    (value(), value(), value(), value(), value()).prop_map(|(action, resource, operator, key, wanted)| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{action},"Resource":{resource},"Condition":{{{operator}:{{{key}:{wanted}}}}}}}]}}"#
        )
    })
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![9 => select(PIECES).prop_map(str::to_owned), 1 => "\\PC{0,6}"];
    let pieces = vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    prop_oneof![2 => pieces, 2 => statement(), 1 => any::<String>()]
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn documents_are_read_or_refused(text in text(), action in "[a-z0-9:*]{0,12}") {
        for kind in [DocumentKind::Identity, DocumentKind::Resource, DocumentKind::Trust] {
            if let Err(malformed) = Document::parse(&text, kind) {
                prop_assert!(!malformed.to_string().contains('\n'));
            }
        }
        // What is a document decides about any request.
        if Document::parse(&text, DocumentKind::Identity).is_ok() {
            let line = format!(
                r#"{{"id":1,"principal":"arn:aws:iam::111122223333:user/u","action":"s3:{action}","resource":"arn:aws:s3:::b/k","context":{{"aws:sourceip":"10.0.0.1"}},"identity_policies":[{text}]}}"#
            );
            let case = Case::parse(&line.replace('\n', " "));
            prop_assert!(case.is_ok(), "{:?}", case.err());
            case.unwrap().decide();
        }
    }

    #[test]
    fn lines_of_cases_are_read_or_refused(
        fields in vec((select(&[
            "id", "principal", "action", "resource", "resource_account", "context", "identity_policies",
            "permission_boundaries", "session_policy", "resource_policy", "scps", "rcps", "role_arn",
            "resource_policy_required", "strange",
        ][..]), text()), 0..10),
        line in any::<String>(),
    ) {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        for line in [format!("{{{}}}", fields.join(",")), line] {
            match Case::parse(&line) {
                Ok(case) => drop(case.answer()),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }

    /// Wildcards upon wildcards: matching takes no longer than the two texts multiplied.
    #[test]
    fn patterns_come_to_an_end(pattern in "[a*?]{0,200}", text in "[ab]{0,400}") {
        let stars = "*a".repeat(100) + "b";
        for pattern in [&pattern, &stars] {
            is_like(pattern, &text);
            is_like(pattern, &"a".repeat(2000));
        }
        let open_end = format!("{text}*");
        prop_assert!(is_like(&open_end, &text));
    }
}
