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
