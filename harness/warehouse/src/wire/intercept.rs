//! Which of the client's messages carry a statement that the front runs itself.

use std::collections::HashMap;
use std::sync::Arc;

use super::frame::{FrameError, FrameRef};
use super::message::{Body, Named, frontend};
use super::report::Report;
use crate::sql::{self, Token};
use crate::statement::Statement;

/// What to do with a message of the client.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Hand it on.
    Pass,
    /// A Parse whose statement the front runs: the server gets an empty one of that name.
    Placeholder(String),
    /// A Parse of a statement that is refused.
    Refuse(Box<Report>),
    /// An Execute that the front carries out.
    Run(Arc<Statement>),
    /// A Query of which the front runs some statements; or one that is refused as a whole, since a mistake in any
    /// statement of a Query is found before the first one runs.
    Batch(Result<Vec<Step>, Box<Report>>),
}

/// One statement of a Query.
#[derive(Debug)]
pub(crate) enum Step {
    /// For the server.
    Pass(String),
    /// For the front.
    Run(Arc<Statement>),
}

/// The client's prepared statements and portals that are the front's.
#[derive(Debug, Default)]
pub(crate) struct Intercept {
    statements: HashMap<String, Arc<Statement>>,
    portals: HashMap<String, Arc<Statement>>,
}

impl Intercept {
    /// Judges a message.
    pub(crate) fn judge(&mut self, frame: FrameRef<'_>) -> Result<Verdict, FrameError> {
        let mut body = Body::new(frame.tag, frame.body);
        match frame.tag {
            frontend::QUERY => {
                self.statements.remove("");
                self.portals.remove("");
                Ok(body.text().map(batch)?.map_or(Verdict::Pass, Verdict::Batch))
            }
            frontend::PARSE => {
                let name = text(body.text()?);
                Ok(self.parse(name, body.text()?))
            }
            _ if self.statements.is_empty() && self.portals.is_empty() => Ok(Verdict::Pass),
            frontend::BIND => {
                let portal = text(body.text()?);
                match self.statements.get(&text(body.text()?)) {
                    Some(statement) => self.portals.insert(portal, Arc::clone(statement)),
                    None => self.portals.remove(&portal),
                };
                Ok(Verdict::Pass)
            }
            frontend::CLOSE => {
                match body.named()? {
                    Named::Statement => self.statements.remove(&text(body.text()?)),
                    Named::Portal => self.portals.remove(&text(body.text()?)),
                };
                Ok(Verdict::Pass)
            }
            frontend::EXECUTE => {
                Ok(self.portals.get(&text(body.text()?)).cloned().map_or(Verdict::Pass, Verdict::Run))
            }
            _ => Ok(Verdict::Pass),
        }
    }

    fn parse(&mut self, name: String, sql: &[u8]) -> Verdict {
        self.statements.remove(&name);
        let Some(tokens) = candidate(sql).and_then(|sql| sql::tokenize(sql).ok()) else {
            return Verdict::Pass;
        };
        match Statement::parse(tokens.strip_suffix(&[sql::SEMICOLON]).unwrap_or(&tokens)) {
            None => Verdict::Pass,
            Some(Err(report)) => Verdict::Refuse(report),
            Some(Ok(statement)) => {
                self.statements.insert(name.clone(), statement);
                Verdict::Placeholder(name)
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The text, if it may hold a statement of the front's at all: most do not, and are not tokenized.
fn candidate(sql: &[u8]) -> Option<&str> {
    let holds = |word: &[u8]| sql.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    if holds(b"copy") || holds(b"unload") { std::str::from_utf8(sql).ok() } else { None }
}

/// The steps of a Query, if any of them is the front's.
fn batch(sql: &[u8]) -> Option<Result<Vec<Step>, Box<Report>>> {
    let sql = candidate(sql)?;
    // What cannot be tokenized is for PostgreSQL to refuse.
    let tokens = sql::tokenize(sql).ok()?;
    let steps: Result<Vec<_>, _> = sql::statements(&tokens).map(|tokens| step(sql, tokens)).collect();
    match steps {
        Ok(steps) => steps.iter().any(|step| matches!(step, Step::Run(_))).then_some(Ok(steps)),
        Err(report) => Some(Err(report)),
    }
}

fn step(sql: &str, tokens: &[Token<'_>]) -> Result<Step, Box<Report>> {
    match Statement::parse(tokens) {
        None => Ok(Step::Pass(sql::text_of(sql, tokens).to_owned())),
        Some(result) => result.map(Step::Run),
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::super::{frame, message};
    use super::*;

    const COPY: &str = "copy t from 's3://b/k' iam_role default";

    /// Judges messages one after another and names the verdicts.
    fn verdicts(put: impl FnOnce(&mut BytesMut)) -> Vec<&'static str> {
        let (mut intercept, mut bytes) = (Intercept::default(), BytesMut::new());
        put(&mut bytes);
        let mut names = Vec::new();
        while let Some(frame) = frame::take(&mut bytes).unwrap() {
            let frame = FrameRef { tag: frame.tag, body: &frame.body };
            names.push(match intercept.judge(frame).unwrap() {
                Verdict::Pass => "pass",
                Verdict::Placeholder(_) => "placeholder",
                Verdict::Refuse(_) => "refuse",
                Verdict::Run(_) => "run",
                Verdict::Batch(Ok(_)) => "batch",
                Verdict::Batch(Err(_)) => "refused batch",
            });
        }
        names
    }

    #[test]
    fn queries() {
        for (sql, expected) in [
            ("select 1", "pass"),
            ("select 'copy', \"unload\" from copy_log -- copy t", "pass"),
            ("create table copy (id int)", "pass"),
            (COPY, "batch"),
            ("/* x */ COPY t from 's3://b/k' iam_role default;", "batch"),
            ("begin; unload ('select 1') to 's3://b/k' iam_role default; commit", "batch"),
            ("select 1; copy t from stdin", "refused batch"),
            ("select 'copy", "pass"),
            ("do $$ begin copy t from stdin; end $$", "pass"),
        ] {
            let query = |out: &mut BytesMut| {
                message::backend::raw(out, frontend::QUERY, &[sql.as_bytes(), b"\0"].concat())
            };
            assert_eq!(verdicts(query), [expected], "{sql}");
        }
    }

    #[test]
    fn names_are_followed() {
        let names = verdicts(|out| {
            frontend::parse(out, "c", COPY);
            frontend::parse(out, "", "select 1");
            frontend::bind(out, "", "c", &[]);
            frontend::execute(out, "");
            frontend::bind(out, "", "", &[]);
            frontend::execute(out, "");
            frontend::bind(out, "p", "c", &[]);
            frontend::close(out, Named::Statement, "c");
            frontend::execute(out, "p");
            frontend::close(out, Named::Portal, "p");
            frontend::execute(out, "p");
            frontend::bind(out, "p", "c", &[]);
            frontend::execute(out, "p");
        });
        let expected = [
            "placeholder",
            "pass",
            "pass",
            "run",
            "pass",
            "pass",
            "pass",
            "pass",
            "run",
            "pass",
            "pass",
            "pass",
            "pass",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_statement_that_is_refused_has_no_name() {
        let names = verdicts(|out| {
            frontend::parse(out, "c", "copy t to stdout");
            frontend::parse(out, "d", "copy t from 's3://b/k' iam_role default; ");
            frontend::parse(out, "e", "select 1; copy t from stdin");
            frontend::bind(out, "", "c", &[]);
            frontend::execute(out, "");
        });
        assert_eq!(names, ["refuse", "placeholder", "pass", "pass", "pass"]);
    }
}
