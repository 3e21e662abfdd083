//! What a scenario names must be there: buckets, users, roles, sessions, logins, steps, files, and the names in `${..}`.

use std::path::Path;

use super::names::{Declared, ROOT};
use crate::{
    model::{Connection, Extras, Scenario, StepKind},
    syntax::{Diagnostic, Node, Value, unknown},
    text::names_in,
};

/// What a key of a mapping refers to.
#[derive(Clone, Copy)]
enum Refers {
    Bucket,
    Key,
    User,
    Role,
    Principal,
    Keys,
    Session,
    Login,
    SqlUser,
    Caller,
    File,
    Read,
    Agent,
}

/// In a pin with the first key, the second key refers to something; the first may be the second.
const IN_PINS: [(&str, &str, Refers); 28] = [
    ("folder", "of", Refers::Agent),
    ("instance profile", "instance profile", Refers::Role),
    ("instance profile", "of", Refers::Agent),
    ("key", "policy", Refers::File),
    ("encrypt", "encrypt", Refers::Bucket),
    ("encrypt", "with", Refers::Key),
    ("object", "in", Refers::Bucket),
    ("object", "from", Refers::File),
    ("secret of", "secret of", Refers::User),
    ("active key of", "active key of", Refers::User),
    ("trust", "trust", Refers::File),
    ("trust", "instead", Refers::File),
    ("trust", "of", Refers::Role),
    ("attach", "attach", Refers::Role),
    ("policy", "policy", Refers::File),
    ("policy", "instead", Refers::File),
    ("policy", "on", Refers::Principal),
    ("bucket policy of", "bucket policy of", Refers::Bucket),
    ("bucket policy of", "document", Refers::File),
    ("bucket policy of", "instead", Refers::File),
    ("session", "of", Refers::Role),
    ("session", "by", Refers::User),
    ("token of", "token of", Refers::Session),
    ("lifetime of", "lifetime of", Refers::Session),
    ("trust store of", "instead", Refers::File),
    ("sql", "as", Refers::Login),
    ("instead", "as", Refers::Login),
    ("sql", "sql", Refers::File),
];

const IN_CONNECTION: [(&str, Refers); 3] =
    [("bucket", Refers::Bucket), ("keys", Refers::Keys), ("role", Refers::Role)];

const IN_STEPS: [(&str, &str, Refers); 8] = [
    ("call", "by", Refers::Caller),
    ("write", "from", Refers::File),
    ("sql", "as", Refers::SqlUser),
    ("put", "from", Refers::File),
    ("assume", "role", Refers::Role),
    ("assume", "by", Refers::Caller),
    ("kms", "key", Refers::Key),
    ("kms", "by", Refers::Keys),
];

const IN_CONDITIONS: [(&str, &str, Refers); 8] = [
    ("files", "equal", Refers::File),
    ("files", "of", Refers::Agent),
    ("rows", "equal", Refers::File),
    ("query", "as", Refers::SqlUser),
    ("objects", "in", Refers::Bucket),
    ("file", "of", Refers::Read),
    ("file", "equal", Refers::File),
    ("calls", "by", Refers::Principal),
];

/// The agent's steps of a write.
const WRITE: [&str; 14] = [
    "preflight",
    "stage",
    "connect",
    "pre-sql",
    "create-table",
    "recovery-table",
    "temp-table",
    "copy",
    "apply",
    "post-sql",
    "vacuum",
    "analyze",
    "report",
    "clean-up",
];

/// Checks a whole file; `fixtures` is the folder of its documents and data.
pub(super) fn resolve(node: &Node, scenario: &Scenario, fixtures: &Path) -> Result<(), Diagnostic> {
    let resolver = Resolver { declared: Declared::of(scenario), scenario, fixtures };
    for (key, value) in node.map()? {
        match key.text()? {
            "pins" => resolver.pins(value)?,
            "connection" => {
                resolver.fields(value, &IN_CONNECTION)?;
                resolver.login(value)?;
                resolver.connection_words(value)?;
            }
            "flow" => {
                resolver.kinds(value, &IN_STEPS)?;
                resolver.task_words(value)?;
            }
            "holds" => resolver.holds(value)?,
            "pulled" => resolver.pulled(value)?,
            _ => {}
        }
    }
    resolver.texts(node)
}

struct Resolver<'a> {
    declared: Declared,
    scenario: &'a Scenario,
    fixtures: &'a Path,
}

impl Resolver<'_> {
    fn pins(&self, node: &Node) -> Result<(), Diagnostic> {
        for (_, body) in node.map()? {
            for (kind, key, refers) in &IN_PINS {
                // How a role is attached is no login.
                let other = *kind == "instead" && body.get("attach").is_some();
                if body.get(kind).is_some() && !other {
                    self.field(body, key, *refers)?;
                }
            }
        }
        Ok(())
    }

    /// An IAM login may make its user; what it is let in with, steps and conditions never see.
    fn login(&self, node: &Node) -> Result<(), Diagnostic> {
        let Some(iam_login) = node.get("iam login") else {
            return self.field(node, "login", Refers::Login);
        };
        self.word(iam_login.get("auto create"), "answer", &["yes", "no"])?;
        if let Some(password) = node.get("password") {
            return Err(password.expected("no password: the agent asks for it where there is an `iam login`"));
        }
        if self.scenario.sql_as_connection() {
            let message = "SQL runs as the connection's login, whose password the agent alone gets";
            return Err(Diagnostic::new(iam_login.span.clone(), message, "asked for at each login")
                .help("name another login with `as:`"));
        }
        Ok(())
    }

    /// What stands in a connection besides names.
    fn connection_words(&self, node: &Node) -> Result<(), Diagnostic> {
        let word = |node, what, words: &[&str]| self.word(node, what, words);
        word(node.get("environment"), "environment", &["ec2", "elsewhere", "hosted"])?;
        word(node.get("staging folder"), "staging folder", &[Connection::GIVEN, ""])?;
        word(node.get("encryption"), "encryption", &["client side", "server side", ""])?;
        let Some(assumes) = node.get("assumes") else { return Ok(()) };
        word(assumes.get("with"), "way to assume a role", &["keys", "ec2 role"])?;
        word(assumes.get("renewed"), "answer", &["yes", "no"])?;
        self.field(assumes, "role", Refers::Role)
    }

    /// What stands in a write besides names.
    fn task_words(&self, flow: &Node) -> Result<(), Diagnostic> {
        for write in flow.list()?.iter().filter_map(|step| step.get("write")) {
            self.word(write.get("job"), "kind of job", &Extras::JOBS)?;
            self.word(write.get("record order"), "record order", &Extras::ORDERS)?;
            self.word(write.get("staged objects"), "fate of staged objects", &Extras::STAGED)?;
            self.word(write.get("create"), "way to name columns", &Extras::NAMES)?;
            self.word(write.get("null for empty"), "answer", &["yes", "no"])?;
        }
        Ok(())
    }

    fn word(&self, node: Option<&Node>, what: &str, words: &[&str]) -> Result<(), Diagnostic> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        node.map_or(Ok(()), |node| self.known(what, node, &words))
    }

    fn fields(&self, body: &Node, table: &[(&str, Refers)]) -> Result<(), Diagnostic> {
        table.iter().try_for_each(|(key, refers)| self.field(body, key, *refers))
    }

    /// A list of mappings with one key each, which tells the kind.
    fn kinds(&self, node: &Node, table: &[(&str, &str, Refers)]) -> Result<(), Diagnostic> {
        for item in node.list()? {
            for (kind, key, refers) in table {
                if let Some(body) = item.get(kind) {
                    self.field(body, key, *refers)?;
                }
            }
        }
        Ok(())
    }

    fn holds(&self, node: &Node) -> Result<(), Diagnostic> {
        if node.list()?.is_empty() {
            return Err(node.expected("at least one condition: a scenario without any cannot fail"));
        }
        self.kinds(node, &IN_CONDITIONS)
    }

    fn pulled(&self, node: &Node) -> Result<(), Diagnostic> {
        for outcome in node.map()?.iter().flat_map(|(_, body)| body.items()) {
            if let Some(step) = outcome.get("breaks") {
                self.step(step)?;
                let with = outcome.get("with").ok_or_else(|| {
                    Diagnostic::new(step.span.clone(), "`with` is missing", "which texts stand in the error?")
                })?;
                if with.texts()?.iter().all(String::is_empty) {
                    return Err(with.expected("at least one text of the error"));
                }
            }
            if let Some(and) = outcome.get("and") {
                self.kinds(and, &IN_CONDITIONS)?;
            }
        }
        Ok(())
    }

    fn step(&self, node: &Node) -> Result<(), Diagnostic> {
        let steps = self.scenario.flow.iter().flat_map(|step| {
            let parts: &[&str] = match step.kind {
                StepKind::Write { .. } => &WRITE,
                StepKind::Read { .. } => &["preflight", "connect", "unload", "fetch", "clean-up"],
                StepKind::Sql { .. } => &["", "connect"],
                StepKind::Put { .. }
                | StepKind::Assume { .. }
                | StepKind::Kms { .. }
                | StepKind::Call(_)
                | StepKind::Clock { .. } => &[""],
            };
            parts.iter().map(|part| format!("{}.{part}", step.name).trim_end_matches('.').to_owned())
        });
        let always = ["pins", "holds"].map(str::to_owned);
        self.known("step of the flow", node, &steps.chain(always).collect::<Vec<_>>())
    }

    fn field(&self, body: &Node, key: &str, refers: Refers) -> Result<(), Diagnostic> {
        let Some(value) = body.get(key) else { return Ok(()) };
        for item in value.items() {
            // `{ use: NAME, when: .. }`
            let name = item.get("use").unwrap_or(item);
            self.name(name, refers)?;
        }
        Ok(())
    }

    fn name(&self, node: &Node, refers: Refers) -> Result<(), Diagnostic> {
        let Declared { buckets, keys, users, roles, sessions, logins, reads, .. } = &self.declared;
        match refers {
            Refers::Bucket => self.known("bucket", node, buckets),
            Refers::Key => self.known("key", node, keys),
            Refers::User => self.known("user", node, users),
            Refers::Role => self.known("role", node, roles),
            Refers::Principal => self.known("user or role", node, &[users.as_slice(), roles].concat()),
            Refers::Keys => self.known("user or session", node, &[users.as_slice(), sessions].concat()),
            Refers::Session => self.known("session", node, sessions),
            Refers::Login => self.known("login", node, logins),
            Refers::Caller => self.known(
                "user or session",
                node,
                &[users.as_slice(), sessions, &[ROOT.to_owned()]].concat(),
            ),
            Refers::SqlUser => {
                self.known("login", node, &[logins.as_slice(), &["master".to_owned()]].concat())
            }
            Refers::Read => self.known("file of a read", node, reads),
            Refers::Agent => self.known("agent", node, &self.declared.agents),
            Refers::File => self.variants(node)?.iter().try_for_each(|text| self.file(node, text)),
        }
    }

    /// SQL may stand in a file's place: what has no ending, or holds a space, is no path.
    fn file(&self, node: &Node, text: &str) -> Result<(), Diagnostic> {
        let is_path = Path::new(text).extension().is_some() && !text.contains(' ');
        if !is_path || self.fixtures.join(text).is_file() {
            return Ok(());
        }
        let message = format!("there is no file `{text}` under `{}`", self.fixtures.display());
        Err(Diagnostic::new(node.span.clone(), message, "expected a file"))
    }

    fn known(&self, what: &str, node: &Node, names: &[String]) -> Result<(), Diagnostic> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match self.variants(node)?.iter().find(|text| !names.contains(&text.as_str())) {
            None => Ok(()),
            Some(text) => Err(unknown(what, text, node, &names)),
        }
    }

    /// Every text that a node may stand for, by the matrix's values and the settings; none where a trial's own names
    /// are in it, which are looked at when they are used.
    fn variants(&self, node: &Node) -> Result<Vec<String>, Diagnostic> {
        let mut variants = vec![node.text()?.to_owned()];
        for (name, values) in &self.declared.values {
            let place = format!("${{{name}}}");
            let with = |text: &String| {
                let values =
                    if text.contains(&place) { values.as_slice() } else { std::slice::from_ref(&place) };
                values.iter().map(|value| text.replace(&place, value)).collect::<Vec<_>>()
            };
            variants = variants.iter().flat_map(with).collect();
        }
        // A setting may leave a name out: then there is nothing to look up.
        let named = |text: &String| !text.contains("${") && (!text.is_empty() || variants.len() == 1);
        Ok(variants.iter().filter(|text| named(text)).cloned().collect())
    }

    /// Every `${..}` anywhere stands for something.
    fn texts(&self, node: &Node) -> Result<(), Diagnostic> {
        match &node.value {
            Value::Scalar(text) => {
                let unknown_name =
                    names_in(text).find(|name| !self.declared.names.iter().any(|known| known == name));
                let known: Vec<&str> = self.declared.names.iter().map(String::as_str).collect();
                unknown_name.map_or(Ok(()), |name| Err(unknown("name", name, node, &known)))
            }
            Value::List(items) => items.iter().try_for_each(|item| self.texts(item)),
            Value::Map(entries) => entries.iter().try_for_each(|(_, value)| self.texts(value)),
        }
    }
}
