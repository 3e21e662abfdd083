//! Transactions as the server's answers tell of them: asking would be a statement more.

use super::message::backend;

/// The transactions of a session.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    pub(crate) block: Block,
    /// A statement failed, or a transaction was rolled back, since none was open.
    has_failed: bool,
    outcomes: Vec<Outcome>,
}

/// The transaction block of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Block {
    /// Each statement commits by itself.
    #[default]
    Outside,
    /// Between BEGIN and COMMIT or ROLLBACK, failed or not.
    Inside,
}

/// What the server says of the transaction when it is ready again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Open,
    Committed,
    RolledBack,
}

impl Transactions {
    /// Notes a message of the server's.
    pub(super) fn heard(&mut self, tag: u8, body: &[u8]) {
        let begins = |command: &[u8]| body.starts_with(command);
        match tag {
            backend::READY if begins(b"I") => {
                self.block = Block::Outside;
                let failed = std::mem::take(&mut self.has_failed);
                self.outcomes.push(if failed { Outcome::RolledBack } else { Outcome::Committed });
            }
            backend::READY => {
                self.block = Block::Inside;
                self.outcomes.push(Outcome::Open);
            }
            backend::COMMAND_COMPLETE if begins(b"BEGIN") || begins(b"START TRANSACTION") => {
                self.block = Block::Inside;
            }
            backend::COMMAND_COMPLETE if begins(b"COMMIT") => self.block = Block::Outside,
            backend::COMMAND_COMPLETE if begins(b"ROLLBACK") => {
                (self.block, self.has_failed) = (Block::Outside, true);
            }
            backend::ERROR => self.has_failed = true,
            _ => {}
        }
    }

    /// What the server has said since this was asked last, one for each time that it was ready.
    pub(super) fn outcomes(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_begins_and_ends() {
        let mut transactions = Transactions::default();
        for (tag, body, expected, outcomes) in [
            (backend::COMMAND_COMPLETE, "INSERT 0 1\0", Block::Outside, &[][..]),
            (backend::COMMAND_COMPLETE, "BEGIN\0", Block::Inside, &[]),
            (backend::DATA_ROW, "I", Block::Inside, &[]),
            (backend::READY, "E", Block::Inside, &[Outcome::Open]),
            (backend::COMMAND_COMPLETE, "ROLLBACK\0", Block::Outside, &[]),
            (backend::READY, "I", Block::Outside, &[Outcome::RolledBack]),
            (backend::COMMAND_COMPLETE, "START TRANSACTION\0", Block::Inside, &[]),
            (backend::READY, "T", Block::Inside, &[Outcome::Open]),
            (backend::COMMAND_COMPLETE, "COMMIT\0", Block::Outside, &[]),
            (backend::READY, "I", Block::Outside, &[Outcome::Committed]),
            (backend::ERROR, "S", Block::Outside, &[]),
            (backend::READY, "I", Block::Outside, &[Outcome::RolledBack]),
        ] {
            transactions.heard(tag, body.as_bytes());
            assert_eq!(transactions.block, expected, "{body}");
            assert_eq!(transactions.outcomes(), outcomes, "{body}");
        }
    }
}
