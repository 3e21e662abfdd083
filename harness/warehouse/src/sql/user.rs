//! Users and groups: Redshift's words, passwords by SHA-256, session timeouts.

use super::attributes::literal;
use super::edits::Edits;
use super::expression::Source;
use super::principal::{Kind, Principals};
use super::refuse::Unsupported;
use super::rewrite::{Ending, Rewritten, Script};
use super::setting;
use super::token::Token;

/// What the client is told has been done, where PostgreSQL says ROLE (PostgreSQL 8.0's words).
const COMMANDS: [(&str, &str, &str); 5] = [
    ("create", "user", "CREATE USER"),
    ("alter", "user", "ALTER USER"),
    ("create", "group", "CREATE GROUP"),
    ("alter", "group", "ALTER GROUP"),
    ("alter", "role", "ALTER ROLE"),
];

/// Options of PostgreSQL's roles that Redshift's users have not.
const NO_OPTIONS: [&str; 10] = [
    "bypassrls",
    "createrole",
    "inherit",
    "login",
    "nobypassrls",
    "nocreaterole",
    "noinherit",
    "nologin",
    "noreplication",
    "replication",
];

/// PostgreSQL's settings that together end a session that is idle.
const TIMEOUTS: [&str; 2] = ["idle_session_timeout", "idle_in_transaction_session_timeout"];

/// The bounds of SESSION TIMEOUT in seconds (documented).
const LEAST: u32 = 60;
const MOST: u32 = 1_728_000;

/// Why Redshift refuses a statement about a user, if it does; `rest` follows the name.
pub(crate) fn refusal(verb: &Token<'_>, rest: &[Token<'_>]) -> Option<Unsupported> {
    if verb.is_word("create") && !rest.iter().any(|token| token.is_word("password")) {
        return Some(Unsupported::Unfinished("CREATE USER takes PASSWORD, which may be DISABLE"));
    }
    if let Some(option) = rest.iter().find(|token| token.is_any_word(&NO_OPTIONS)) {
        return Unsupported::syntax(option, "Redshift's users have no such option");
    }
    if let [verb, name, behind @ ..] = rest
        && verb.is_any_word(&["set", "reset"])
        && !name.is_word("session")
        && !behind.first().is_some_and(|token| token.is_symbol('.'))
        && let Some(name) = name.identifier()
    {
        return setting::of_user(&name);
    }
    let mut passwords =
        rest.windows(2).filter(|pair| pair.first().is_some_and(|word| word.is_word("password")));
    if passwords.any(|pair| pair.last().and_then(Token::literal).is_some_and(|password| is_weak(&password))) {
        return Some(Unsupported::Password);
    }
    rest.windows(3).find_map(|three| match three {
        [session, timeout, seconds] if session.is_word("session") && timeout.is_word("timeout") => {
            let name = "SESSION TIMEOUT";
            match seconds.text.parse() {
                Ok(number) if (LEAST..=MOST).contains(&number) => None,
                Ok(_) => Some(Unsupported::OutOfRange {
                    name,
                    value: seconds.text.to_owned(),
                    least: LEAST,
                    most: MOST,
                }),
                Err(_) => Unsupported::syntax(seconds, "SESSION TIMEOUT takes seconds"),
            }
        }
        [syslog, access, how]
            if syslog.is_word("syslog")
                && access.is_word("access")
                && !how.is_any_word(&["restricted", "unrestricted"]) =>
        {
            Unsupported::syntax(how, "SYSLOG ACCESS is RESTRICTED or UNRESTRICTED")
        }
        _ => None,
    })
}

/// Whether a password breaks Redshift's rule; digests are not looked into.
fn is_weak(password: &str) -> bool {
    let has = |belongs: fn(&char) -> bool| password.chars().any(|c| belongs(&c));
    let strong = (8..=64).contains(&password.chars().count())
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit);
    !(strong || password.starts_with("md5") || password.starts_with("sha256|"))
}

/// Rewrites a statement about a user or a group.
pub(crate) fn user(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let [verb, kind, name, rest @ ..] = tokens else { return None };
    let (.., command) = COMMANDS.iter().find(|(does, to, _)| verb.is_word(does) && kind.is_word(to))?;
    let mut changes = Changes::default();
    let mut behind = rest;
    while !behind.is_empty() {
        let taken = changes.option(behind);
        behind = behind.get(taken..).unwrap_or_default();
    }
    let mut named = Principals::default();
    if verb.is_word("alter") {
        named.add(source, Kind::of(kind)?, name);
    }
    named.add_options(source, rest);
    let is_group = verb.is_word("create") && kind.is_word("group");
    if let Some(last) = tokens.last().filter(|_| is_group) {
        // What tells a group from a role: it is in no other, and has nothing to inherit.
        changes.edits.append(last, " NOINHERIT");
    }
    changes.edits.extend(source.edits(tokens));
    let mut statements: Vec<_> = named.statement().into_iter().collect();
    statements.push(changes.edits.apply(source.sql, tokens));
    statements.extend(
        changes.timeouts.iter().map(|change| format!("ALTER ROLE {} {change}", source.render(&[*name]))),
    );
    if let Some(access) = changes.syslog_access {
        let (name, access) = (literal(&source.name(name)?), literal(&access));
        statements.push(format!("SELECT pg_catalog.linchpin_syslog_access({name}, {access})"));
    }
    if let Some(password) = changes.password {
        let (name, password) = (literal(&source.name(name)?), literal(&password));
        statements.push(format!("SELECT pg_catalog.linchpin_sha256_password({name}, {password})"));
    }
    Some(Rewritten::Script(Script { statements, command: Some(command), ending: Ending::Open }))
}

/// What becomes of the options of a user.
#[derive(Default)]
struct Changes {
    edits: Edits,
    password: Option<String>,
    timeouts: Vec<String>,
    /// Whose rows of the system tables the user sees.
    syslog_access: Option<String>,
}

impl Changes {
    /// Changes the option that `rest` begins with; returns how many tokens are done with.
    fn option(&mut self, rest: &[Token<'_>]) -> usize {
        match rest {
            [word, ..] if word.is_word("createuser") => self.edits.replace(&[*word], "superuser"),
            [word, ..] if word.is_word("nocreateuser") => self.edits.replace(&[*word], "nosuperuser"),
            [password, value, ..] if password.is_word("password") => {
                self.password = sha256(value);
                if self.password.is_some() || value.is_word("disable") {
                    self.edits.replace(&[*value], "NULL");
                }
                return 2;
            }
            [session, timeout, seconds, ..] if session.is_word("session") && timeout.is_word("timeout") => {
                self.edits.remove(&[*session, *timeout, *seconds]);
                self.timeouts.extend(TIMEOUTS.map(|name| format!("SET {name} = '{}s'", seconds.text)));
                return 3;
            }
            [reset, session, timeout, ..] if reset.is_word("reset") && session.is_word("session") => {
                self.edits.remove(&[*reset, *session, *timeout]);
                self.timeouts.extend(TIMEOUTS.map(|name| format!("RESET {name}")));
                return 3;
            }
            [syslog, access, how, ..] if syslog.is_word("syslog") && access.is_word("access") => {
                self.edits.remove(&[*syslog, *access, *how]);
                self.syslog_access = how.identifier();
                return 3;
            }
            [verb, name, ..] if verb.is_any_word(&["set", "reset"]) => {
                if let Some(kept) = name.identifier().and_then(|name| setting::kept_as(&name)) {
                    self.edits.replace(&[*name], kept);
                }
                return rest.len();
            }
            _ => {}
        }
        1
    }
}

/// What follows `sha256|` in a password: the password itself, or its digest and the salt (documented).
fn sha256(password: &Token<'_>) -> Option<String> {
    password.literal()?.strip_prefix("sha256|").map(str::to_owned)
}
