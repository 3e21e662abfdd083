//! Which of the client's messages carry a statement that the front runs itself.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::BytesMut;

use super::block::Outcome;
use super::expected::Expected;
use super::frame::{FrameError, FrameRef};
use super::message::{Body, Named, frontend};
use super::report::Report;
use crate::errors;
use crate::sql::{self, IdentifierCase, Token};
use crate::statement::{Dialect, Reading, Statement};

/// What to do with a message of the client.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Hand it on.
    Pass,
    /// Hand this on instead.
    Replace { tag: u8, message: BytesMut },
    /// A Parse whose statement the front runs: the server gets an empty one of that name.
    Placeholder(String),
    /// A Parse of a statement that is refused.
    Refuse(Box<Report>),
    /// A Parse whose statement has names that only the server can tell the meaning of.
    Resolve(Preparation),
    /// An Execute that the front carries out.
    Run(Arc<Statement>),
    /// A Query of which the front runs some statements; or one that is refused as a whole, since a mistake in any
    /// statement of a Query is found before the first one runs.
    Batch(Result<Vec<Step>, Box<Report>>),
}

/// A Parse: the statement's name, its text, and the types of its parameters as the client wrote them.
#[derive(Debug)]
pub(crate) struct Preparation {
    pub(crate) name: Vec<u8>,
    pub(crate) sql: String,
    pub(crate) types: Vec<u8>,
}

/// One statement of a Query.
#[derive(Debug)]
pub(crate) enum Step {
    /// For the server.
    Pass(String),
    /// For the front.
    Run(Arc<Statement>),
}

impl Step {
    /// What of it is PostgreSQL's to parse.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Step::Pass(sql) => vec![sql],
            Step::Run(statement) => statement.texts(),
        }
    }
}

/// A SET of the case of quoted identifiers, in a transaction that has not ended.
#[derive(Debug)]
struct Change {
    /// The case once the transaction commits.
    committed: IdentifierCase,
    /// How many times the server is to be ready before it has read the SET.
    owed: usize,
}

/// The client's prepared statements and portals that are the front's.
#[derive(Debug)]
pub(crate) struct Intercept {
    dialect: Dialect,
    /// The case of quoted identifiers outside of the transaction, and what a SET makes of it.
    settled: IdentifierCase,
    change: Option<Change>,
    statements: HashMap<String, Arc<Statement>>,
    portals: HashMap<String, Arc<Statement>>,
}

impl Intercept {
    pub(crate) fn new(dialect: Dialect) -> Intercept {
        let (settled, change) = (dialect.identifiers, None);
        Intercept { dialect, settled, change, statements: HashMap::new(), portals: HashMap::new() }
    }

    /// Notes that the server is ready: what SET changed stays, or not, when its transaction has ended.
    pub(crate) fn ended(&mut self, outcome: Outcome) {
        let Some(change) = &mut self.change else { return };
        if let Some(fewer) = change.owed.checked_sub(1) {
            change.owed = fewer;
            return;
        }
        match outcome {
            Outcome::Open => return,
            Outcome::Committed => self.settled = change.committed,
            Outcome::RolledBack => {}
        }
        self.change = None;
        self.dialect.identifiers = self.settled;
    }

    /// Judges a message.
    pub(crate) fn judge(&mut self, frame: FrameRef<'_>, expected: &Expected) -> Result<Verdict, FrameError> {
        let mut body = Body::new(frame.tag, frame.body);
        match frame.tag {
            frontend::QUERY => {
                self.statements.remove("");
                self.portals.remove("");
                let sql = body.text()?;
                Ok(self.batch(sql, expected).unwrap_or(Verdict::Pass))
            }
            frontend::PARSE => {
                let (name, sql) = (body.text()?, body.text()?);
                Ok(self.parse(name, sql, body.rest(), expected))
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

    fn parse(&mut self, name: &[u8], sql: &[u8], types: &[u8], expected: &Expected) -> Verdict {
        let key = text(name);
        self.statements.remove(&key);
        let (sql, tokens) = match candidate(sql) {
            Ok(Some(found)) => found,
            Ok(None) => return Verdict::Pass,
            Err(report) => return Verdict::Refuse(report),
        };
        let mut statements = sql::statements(&tokens);
        let (Some(statement), None) = (statements.next(), statements.next()) else {
            // PostgreSQL refuses several statements in one Parse.
            return Verdict::Pass;
        };
        match self.read(sql, statement, expected) {
            Err(report) => Verdict::Refuse(report),
            Ok(Reading::Unchanged) if asks(statement) => {
                let sql = sql::text_of(sql, statement).to_owned();
                Verdict::Resolve(Preparation { name: name.to_vec(), sql, types: types.to_vec() })
            }
            Ok(Reading::Unchanged) => Verdict::Pass,
            Ok(Reading::Text(sql)) if asks(statement) => {
                Verdict::Resolve(Preparation { name: name.to_vec(), sql, types: types.to_vec() })
            }
            Ok(Reading::Text(text)) => {
                let mut message = BytesMut::new();
                frontend::parse_typed(&mut message, name, &text, types);
                Verdict::Replace { tag: frontend::PARSE, message }
            }
            Ok(Reading::Run(statement)) => {
                self.statements.insert(key.clone(), statement);
                Verdict::Placeholder(key)
            }
        }
    }

    fn read(&mut self, sql: &str, tokens: &[Token<'_>], expected: &Expected) -> Result<Reading, Box<Report>> {
        let reading = self.dialect.read(sql, tokens);
        // What follows is read by the new setting before the server has answered; the end of the transaction tells.
        if let Some(case) = sql::identifier_case(tokens).filter(|_| reading.is_ok()) {
            let is_local = tokens.get(1).is_some_and(|token| token.is_word("local"));
            let before = self.change.as_ref().map_or(self.settled, |change| change.committed);
            let committed = if is_local { before } else { case };
            self.change = Some(Change { committed, owed: expected.readies() });
            self.dialect.identifiers = case;
        }
        reading
    }

    /// What becomes of a Query, unless it passes.
    fn batch(&mut self, sql: &[u8], expected: &Expected) -> Option<Verdict> {
        let (sql, tokens) = match candidate(sql) {
            Ok(found) => found?,
            Err(report) => return Some(Verdict::Batch(Err(report))),
        };
        let (mut steps, mut changed, mut runs) = (Vec::new(), false, false);
        for statement in sql::statements(&tokens) {
            runs |= asks(statement);
            steps.push(match self.read(sql, statement, expected) {
                Err(report) => return Some(Verdict::Batch(Err(report))),
                Ok(Reading::Unchanged) => Step::Pass(sql::text_of(sql, statement).to_owned()),
                Ok(Reading::Text(text)) => {
                    changed = true;
                    Step::Pass(text)
                }
                Ok(Reading::Run(statement)) => {
                    runs = true;
                    Step::Run(statement)
                }
            });
        }
        if runs { Some(Verdict::Batch(Ok(steps))) } else { changed.then(|| query(&steps)) }
    }
}

/// Whether a statement has names or types that only the server can tell.
fn asks(statement: &[Token<'_>]) -> bool {
    let calls = statement.first().is_some_and(|verb| verb.is_word("call"));
    let makes = sql::query_of_table(statement).is_some();
    calls || makes || sql::refers(statement) || sql::navigates(statement) || sql::qualifies(statement)
}

/// The Query of these steps, all of which are PostgreSQL's.
fn query(steps: &[Step]) -> Verdict {
    let texts = steps.iter().filter_map(|step| match step {
        Step::Pass(text) => Some(text.as_str()),
        Step::Run(_) => None,
    });
    let mut message = BytesMut::new();
    frontend::query(&mut message, &texts.collect::<Vec<_>>().join(";\n"));
    Verdict::Replace { tag: frontend::QUERY, message }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The text and its tokens, if the front must look at them: most it need not. What cannot be tokenized is for
/// PostgreSQL to refuse; what cannot be read must not get past the front.
fn candidate(sql: &[u8]) -> Result<Option<(&str, Vec<Token<'_>>)>, Box<Report>> {
    if !sql::may_need_the_front(sql) {
        return Ok(None);
    }
    let sql = std::str::from_utf8(sql).map_err(|_| Box::new(errors::not_utf8()))?;
    Ok(sql::tokenize(sql).ok().map(|tokens| (sql, tokens)))
}

#[cfg(test)]
mod tests {
    use super::super::{frame, message};
    use super::*;

    const COPY: &str = "copy t from 's3://b/k' iam_role default";

    /// Judges messages one after another and names the verdicts.
    fn verdicts(put: impl FnOnce(&mut BytesMut)) -> Vec<&'static str> {
        let dialect = Dialect {
            database: "dev".to_owned(),
            identifiers: sql::IdentifierCase::Folded,
            strictness: sql::Strictness::Strict,
        };
        let (mut intercept, mut bytes) = (Intercept::new(dialect), BytesMut::new());
        put(&mut bytes);
        let mut names = Vec::new();
        while let Some(frame) = frame::take(&mut bytes).unwrap() {
            let frame = FrameRef { tag: frame.tag, body: &frame.body };
            names.push(match intercept.judge(frame, &Expected::default()).unwrap() {
                Verdict::Pass => "pass",
                Verdict::Replace { .. } => "replace",
                Verdict::Placeholder(_) => "placeholder",
                Verdict::Refuse(_) => "refuse",
                Verdict::Resolve(_) => "resolve",
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
            ("select 1 as a, a + 1 as b", "batch"),
            ("select t.a from u as t where t.a = 1", "pass"),
            ("select s.a from u", "batch"),
            ("create table t as select 1", "batch"),
            ("do $$ begin copy t from stdin; end $$", "refused batch"),
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
            frontend::parse(out, "f", "select 1 as a, a");
            frontend::bind(out, "", "c", &[]);
            frontend::execute(out, "");
        });
        assert_eq!(names, ["refuse", "placeholder", "pass", "resolve", "pass", "pass"]);
    }
}
