//! The product's own tables against its cases: each option, format and conflict of COPY and UNLOAD has a case that comes
//! through and one that is refused. That the cases hold is for `tests/it/cases.rs` to see.

use std::path::Path;

use crate::copy::{COPY_VOCABULARY, ERROR_CODES, NEVER_GIVEN, WITH_COLUMNAR};
use crate::options::Vocabulary;
use crate::sql::{Token, tokenize};
use crate::unload::UNLOAD_VOCABULARY;

/// Whether a case comes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Accepted,
    Refused,
}

/// The statements of the case files that begin with `command`, in upper case words.
fn statements(command: &str) -> Vec<(Ending, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut found = Vec::new();
    for file in folder.read_dir().unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for record in text.split("\n\n") {
            let mut lines = record.lines().filter(|line| !line.starts_with('#'));
            let ending = match lines.next().and_then(|kind| kind.split(' ').next()) {
                Some("statement") => Ending::Accepted,
                Some("error") => Ending::Refused,
                _ => continue,
            };
            let sql = lines.collect::<Vec<_>>().join("\n");
            let Ok(tokens) = tokenize(&sql) else { continue };
            for statement in crate::sql::statements(&tokens) {
                if statement.first().is_some_and(|token| token.is_word(command)) {
                    found.push((
                        ending,
                        statement.iter().map(|token: &Token<'_>| token.text.to_uppercase()).collect(),
                    ));
                }
            }
        }
    }
    found
}

fn missing(command: &str, vocabulary: &Vocabulary) -> Vec<String> {
    let statements = statements(command);
    let has = |ending: Ending, words: &[&str]| {
        let all =
            |statement: &Vec<String>| words.iter().all(|word| statement.iter().any(|found| found == word));
        statements.iter().any(|(found, statement)| *found == ending && all(statement))
    };
    let mut missing = Vec::new();
    for name in vocabulary.options.iter().chain(vocabulary.formats) {
        for ending in [Ending::Accepted, Ending::Refused] {
            // Carried out only by clusters of the past, which have tests of their own.
            let past = matches!(*name, "ENCRYPTED" | "MASTER_SYMMETRIC_KEY") && ending == Ending::Accepted;
            if !past && !has(ending, &[name]) {
                missing.push(format!("{command}: {name} {ending:?}"));
            }
        }
    }
    let refused = vocabulary.refused.iter().map(|name| vec![*name]);
    let pairs = vocabulary.conflicts.iter().map(|(one, other)| vec![*one, *other]);
    // Alone, without what it needs.
    let lacking = vocabulary.requirements.iter().map(|(one, _)| vec![*one]);
    for words in refused.chain(pairs).chain(lacking) {
        if !has(Ending::Refused, &words) {
            missing.push(format!("{command}: {words:?} Refused"));
        }
    }
    missing
}

/// The options that a columnar format does not take, without a case that says so.
fn missing_columnar() -> Vec<String> {
    let statements = statements("copy");
    let refused = |option: &str| {
        statements.iter().any(|(ending, words)| {
            *ending == Ending::Refused
                && ["PARQUET", option].iter().all(|word| words.iter().any(|found| found == word))
        })
    };
    let options = COPY_VOCABULARY.options.iter().filter(|option| !WITH_COLUMNAR.contains(option));
    options.filter(|option| !refused(option)).map(|option| format!("parquet: {option} Refused")).collect()
}

/// The codes of load errors that no case's rows tell, as `err_code|err_reason`.
fn missing_codes() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let texts: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let told = |code: &&i32| {
        let lines = texts.iter().flat_map(|text| text.lines());
        lines
            .into_iter()
            .any(|line| line.contains(&format!("|{code}|")) || line.starts_with(&format!("{code}|")))
    };
    ERROR_CODES.iter().filter(|code| !told(code)).map(|code| format!("load error {code}")).collect()
}

/// The documented codes are those that are given and those that are known not to be.
#[test]
fn every_documented_code_is_given_or_has_a_reason_not_to_be() {
    let never = NEVER_GIVEN.iter().map(|(code, why)| {
        assert!(!why.is_empty());
        *code
    });
    let mut known: Vec<_> = ERROR_CODES.into_iter().chain(never).collect();
    known.sort_unstable();
    assert_eq!(known, (1200..=1224).chain([8001, 9005]).collect::<Vec<_>>());
}

#[test]
fn every_option_format_conflict_and_error_code_has_its_cases() {
    let missing = [
        missing("copy", &COPY_VOCABULARY),
        missing("unload", &UNLOAD_VOCABULARY),
        missing_columnar(),
        missing_codes(),
    ]
    .concat();
    assert!(missing.is_empty(), "without a case:\n{}", missing.join("\n"));
}
