//! What clients did on a cluster lately: which statements they sent, by their first words, and what was refused.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// So many entries are kept: a cluster may live for days.
const MOST: usize = 4096;
/// So much of a statement is kept: its words up to its first name or literal in quotes, never a secret.
const LONGEST: usize = 32;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// When.
    pub time: SystemTime,
    /// The session's process number, as clients see it; none: it was none yet.
    pub session: Option<i32>,
    /// What.
    pub what: Happening,
}

/// The kinds of what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A connection ended before it was a session.
    Refused,
    /// A session began.
    Opened,
    /// A statement came: its first words, in capitals.
    Statement(String),
    /// The session's last statement failed.
    Failed,
}

/// The latest entries.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<JournalEntry>>);

impl Journal {
    pub(crate) fn write(&self, session: Option<i32>, what: Happening) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == MOST {
            entries.pop_front();
        }
        entries.push_back(JournalEntry { time: SystemTime::now(), session, what });
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// The words that a statement begins with, behind its comments.
pub(crate) fn first_words(sql: &[u8]) -> String {
    let word = |byte: &&u8| byte.is_ascii_alphabetic() || byte.is_ascii_whitespace() || **byte == b'#';
    let words = without_comments(sql).iter().take(LONGEST).take_while(word);
    words
        .map(|byte| if byte.is_ascii_whitespace() { ' ' } else { byte.to_ascii_uppercase().into() })
        .collect()
}

fn without_comments(sql: &[u8]) -> &[u8] {
    let mut sql = sql.trim_ascii_start();
    loop {
        let end: &[u8] = match sql {
            [b'-', b'-', ..] => b"\n",
            [b'/', b'*', ..] => b"*/",
            _ => return sql,
        };
        let Some(at) = memchr::memmem::find(sql, end) else { return &[] };
        sql = sql.get(at + end.len()..).unwrap_or_default().trim_ascii_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_known_by_their_first_words() {
        for (sql, expected) in [
            ("copy t from 's3://b/' credentials 'aws_access_key_id=x'", "COPY T FROM "),
            ("create\n temp table \"x\" (a int)", "CREATE  TEMP TABLE "),
            ("create table #x (a int)", "CREATE TABLE #X "),
            (" -- why\n /* {\"app\": 1} */ insert into t", "INSERT INTO T"),
            ("insert into a_table_with_a_very_long_name values (1)", "INSERT INTO A"),
            ("update abcdefghijklmnopqrstuvwxyz set", "UPDATE ABCDEFGHIJKLMNOPQRSTUVWXY"),
            ("/* no end", ""),
            ("", ""),
        ] {
            assert_eq!(first_words(sql.as_bytes()), expected, "{sql}");
        }
    }

    #[test]
    fn the_oldest_entries_go() {
        let journal = Journal::default();
        (0..=MOST).for_each(|number| journal.write(i32::try_from(number).ok(), Happening::Opened));
        let entries = journal.entries();
        assert_eq!((entries.len(), entries[0].session), (MOST, Some(1)));
    }
}
