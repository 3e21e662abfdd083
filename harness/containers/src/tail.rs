//! The last lines that a container wrote, kept as they come: one that does not start is gone before it could be asked.

use std::{collections::VecDeque, time::Duration};

use testcontainers::{ContainerRequest, Image, ImageExt, core::logs::LogFrame};
use tokio::{sync::watch, time::timeout};

use crate::error::one_line;

/// How many lines an error may quote.
const QUOTED: usize = 3;
/// Its log ends when a container is removed; what is told of a start must not hang on an engine that forgets to.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Tail(watch::Receiver<VecDeque<String>>);

impl Tail {
    /// Follows the container that a request makes.
    pub(crate) fn of<I: Image>(request: ContainerRequest<I>) -> (ContainerRequest<I>, Self) {
        let (lines, tail) = watch::channel(VecDeque::new());
        let keep = move |frame: &LogFrame| {
            let line = one_line(&String::from_utf8_lossy(frame.bytes()));
            lines.send_if_modified(|lines| keep_line(lines, line));
        };
        (request.with_log_consumer(keep), Self(tail))
    }

    /// One line of them, once the container is gone.
    pub(crate) async fn of_ended(mut self) -> String {
        let ended = async { while self.0.changed().await.is_ok() {} };
        // What came until then is told.
        let _ = timeout(PATIENCE, ended).await;
        let lines = self.0.borrow();
        if lines.is_empty() {
            "(nothing)".to_owned()
        } else {
            one_line(&Vec::from_iter(lines.clone()).join("\n"))
        }
    }
}

/// Nobody is told of a line: the end alone is waited for.
fn keep_line(lines: &mut VecDeque<String>, line: String) -> bool {
    if !line.is_empty() {
        lines.push_back(line);
    }
    if lines.len() > QUOTED {
        lines.pop_front();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{VecDeque, keep_line};

    #[test]
    fn the_last_lines_are_kept() {
        let mut lines = VecDeque::new();
        for line in ["a", "b", "", "c", "d"] {
            keep_line(&mut lines, line.to_owned());
        }
        assert_eq!(lines, ["b", "c", "d"]);
    }
}
