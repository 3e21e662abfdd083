//! The answers that the private server still owes, in order.

use std::collections::VecDeque;

use super::message::{backend, frontend};
use super::report::Report;

/// What ends the answer to one message of the client.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Parse,
    Bind,
    Close,
    Describe,
    Execute,
    /// Sync, Query and FunctionCall end with ReadyForQuery, errors included.
    Ready,
    /// A Parse that must fail, with what the client is told instead.
    Refusal(Box<Report>),
}

/// The queue of answers.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    answers: VecDeque<Answer>,
    /// Set after an error in the extended protocol: the server ignores everything up to Sync.
    skipping: bool,
}

/// What to do with an ErrorResponse.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OnError {
    /// Hand it to the client.
    Pass,
    /// Hand the client this one instead.
    Replace(Box<Report>),
}

impl Expected {
    /// Nothing is owed.
    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// How many times the server is still to be ready.
    pub(crate) fn readies(&self) -> usize {
        self.answers.iter().filter(|answer| **answer == Answer::Ready).count()
    }

    /// The server ignores messages until Sync.
    pub(crate) fn is_skipping(&self) -> bool {
        self.skipping
    }

    /// Notes that the server skips, because a statement run by the front failed.
    pub(crate) fn skip(&mut self) {
        self.skipping = true;
    }

    /// Notes a message that was sent to the server.
    pub(crate) fn sent(&mut self, tag: u8) {
        if self.skipping && tag != frontend::SYNC {
            return;
        }
        let answer = match tag {
            frontend::PARSE => Answer::Parse,
            frontend::BIND => Answer::Bind,
            frontend::CLOSE => Answer::Close,
            frontend::DESCRIBE => Answer::Describe,
            frontend::EXECUTE => Answer::Execute,
            frontend::SYNC | frontend::QUERY | frontend::FUNCTION_CALL => Answer::Ready,
            _ => return,
        };
        self.skipping = false;
        self.answers.push_back(answer);
    }

    /// Notes a Parse that is made to fail.
    pub(crate) fn sent_refusal(&mut self, report: Box<Report>) {
        if !self.skipping {
            self.answers.push_back(Answer::Refusal(report));
        }
    }

    /// Notes a message from the server that is no error.
    pub(crate) fn received(&mut self, tag: u8) {
        let ends = match self.answers.front() {
            Some(Answer::Parse | Answer::Refusal(_)) => tag == backend::PARSE_COMPLETE,
            Some(Answer::Bind) => tag == backend::BIND_COMPLETE,
            Some(Answer::Close) => tag == backend::CLOSE_COMPLETE,
            Some(Answer::Describe) => matches!(tag, backend::ROW_DESCRIPTION | backend::NO_DATA),
            Some(Answer::Execute) => {
                matches!(tag, backend::COMMAND_COMPLETE | backend::EMPTY_QUERY | backend::PORTAL_SUSPENDED)
            }
            Some(Answer::Ready) => tag == backend::READY,
            None => false,
        };
        if ends {
            self.answers.pop_front();
        }
    }

    /// Notes an ErrorResponse: in the extended protocol, what was sent before the next Sync is not answered.
    pub(crate) fn failed(&mut self) -> OnError {
        let verdict = match self.answers.front_mut() {
            Some(Answer::Refusal(_)) => match self.answers.pop_front() {
                Some(Answer::Refusal(report)) => OnError::Replace(report),
                _ => OnError::Pass,
            },
            Some(Answer::Ready) | None => return OnError::Pass,
            Some(_) => OnError::Pass,
        };
        while self.answers.front().is_some_and(|answer| *answer != Answer::Ready) {
            self.answers.pop_front();
        }
        self.skipping = self.answers.is_empty();
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays client tags (upper row) then server tags, and returns what is left.
    fn play(sent: &str, received: &str) -> (usize, bool) {
        let mut expected = Expected::default();
        sent.bytes().for_each(|tag| expected.sent(tag));
        for tag in received.bytes() {
            if tag == backend::ERROR { drop(expected.failed()) } else { expected.received(tag) }
        }
        (expected.answers.len(), expected.skipping)
    }

    #[test]
    fn answers_are_counted() {
        let cases = [
            ("Q", "TDDCZ", (0, false)),
            ("Q", "TDDC", (1, false)),
            ("Q", "CEZ", (0, false)),
            ("PBDES", "12nCZ", (0, false)),
            ("PDS", "1tTZ", (0, false)),
            ("PBES", "E", (1, false)),
            ("PBES", "EZ", (0, false)),
            ("PBE", "1E", (0, true)),
            ("PBESPBES", "12EZ12CZ", (0, false)),
            ("PBESPBES", "12EZ1", (3, false)),
            ("BE", "2DDDs", (0, false)),
        ];
        for (sent, received, left) in cases {
            assert_eq!(play(sent, received), left, "{sent} {received}");
        }
    }

    #[test]
    fn nothing_is_owed_while_the_server_skips() {
        let mut expected = Expected::default();
        expected.sent(b'P');
        expected.failed();
        expected.sent(b'B');
        expected.sent(b'Q');
        assert!(expected.is_empty() && expected.is_skipping());
        expected.sent(b'S');
        assert!(!expected.is_empty() && !expected.is_skipping());
    }

    #[test]
    fn a_refused_parse_answers_with_its_own_report() {
        let mut expected = Expected::default();
        let report = Box::new(Report::error("42601", "no"));
        expected.sent_refusal(report.clone());
        expected.sent(b'B');
        assert_eq!(expected.failed(), OnError::Replace(report));
        assert!(expected.is_skipping());
    }
}
