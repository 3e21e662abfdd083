//! What PostgreSQL would carry out and Redshift refuses.

use thiserror::Error;

use super::alter::name_length;
use super::body;
use super::construct::construct;
use super::cursor::SyntaxError;
use super::definition;
use super::grant;
use super::merge;
use super::principal;
use super::relations::reads_catalog_only;
use super::reserved;
use super::setting;
use super::token::{Token, text_of};
use super::udf;
use super::user;
use super::window;

/// Whether a cluster refuses what Redshift refuses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It does.
    #[default]
    Strict,
    /// It carries out what PostgreSQL can.
    Lenient,
}

/// A statement that Redshift does not know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Unsupported {
    /// Inferred from answers to CREATE INDEX that users quote.
    #[error("SQL command \"{0}\" not supported.")]
    Command(String),
    /// PostgreSQL's own, at the word that Redshift's grammar lacks.
    #[error("syntax error at or near \"{near}\"")]
    Syntax { near: String, hint: &'static str },
    /// Documented, for functions that exist on the leader node only.
    #[error("Specified types or functions (one per INFO message) not supported on Redshift tables.")]
    Function(&'static str),
    /// PostgreSQL's own, without the types of the arguments, which the front does not know.
    #[error("function {name} does not exist")]
    NoFunction { name: String, hint: &'static str },
    /// PostgreSQL's own, without the types of the operands.
    #[error("operator does not exist: {0}")]
    Operator(&'static str),
    /// Seen, for SHOW of a setting that is newer than Redshift's PostgreSQL.
    #[error("unrecognized configuration parameter \"{0}\"")]
    Setting(String),
    /// Seen, for SERIAL and for arrays.
    #[error("Column \"{column}\" has unsupported type \"{kind}\".")]
    Type { column: String, kind: String },
    /// PostgreSQL's own, of a type that it does not know.
    #[error("type \"{0}\" does not exist")]
    Cast(String),
    /// Inferred: only the length of a VARCHAR can be altered (documented).
    #[error("cannot alter column \"{column}\" to type \"{kind}\"")]
    NewType { column: String, kind: String },
    /// Seen, of VARCHAR.
    #[error("length for type {kind} cannot exceed {most}")]
    Length { kind: &'static str, most: u64 },
    /// PostgreSQL's own, with Redshift's bound.
    #[error("NUMERIC precision {0} must be between 1 and 38")]
    Precision(u64),
    /// The rule is documented, the wording inferred.
    #[error("a table cannot have more than one DISTKEY column")]
    DistKeys,
    /// Seen in users' questions.
    #[error("Aggregate window functions with an ORDER BY clause require a frame clause")]
    WindowWithoutRows,
    /// Documented.
    #[error("Target table must be part of an equijoin predicate")]
    NoEquijoin,
    /// PostgreSQL's own.
    #[error("syntax error at end of input")]
    Unfinished(&'static str),
    /// PostgreSQL's own.
    #[error(transparent)]
    Wrong(SyntaxError),
    /// PostgreSQL's own, the next two too.
    #[error("parameter \"{0}\" requires a Boolean value")]
    NoSwitch(&'static str),
    #[error("invalid value for parameter \"{name}\": \"{value}\"")]
    NoNumber { name: &'static str, value: String },
    #[error("{value} is outside the valid range for parameter \"{name}\" ({least} .. {most})")]
    OutOfRange { name: &'static str, value: String, least: u32, most: u32 },
    /// The rule is documented, the wording inferred.
    #[error("ALTER TABLE ADD COLUMN cannot define {0}")]
    NotAdded(&'static str),
    /// Seen in users' questions.
    #[error("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")]
    NullAdded,
    /// PostgreSQL 8.0's own, of a rule that is documented.
    #[error("grant options can only be granted to individual users")]
    GrantOption,
    /// The rule is documented, the wording inferred.
    #[error("password must have 8 to 64 characters, an uppercase letter, a lowercase letter and a number")]
    Password,
    /// Ours: Redshift carries it out.
    #[error("{0} is not carried out by linchpin")]
    NotCarriedOut(String),
    /// Ours too, where the same can be written otherwise.
    #[error("{what} is not carried out by linchpin")]
    LeftOut { what: &'static str, hint: &'static str },
}

impl Unsupported {
    /// A syntax error at `token`.
    pub(crate) fn syntax(token: &Token<'_>, hint: &'static str) -> Option<Unsupported> {
        Some(Unsupported::Syntax { near: token.text.to_owned(), hint })
    }
}

/// Objects that cannot be created, altered or dropped.
const OBJECTS: [&str; 25] = [
    "index",
    "trigger",
    "sequence",
    "type",
    "domain",
    "extension",
    "rule",
    "aggregate",
    "operator",
    "collation",
    "publication",
    "subscription",
    "tablespace",
    "policy",
    "statistics",
    "event",
    "recursive",
    "cast",
    "conversion",
    "server",
    "access",
    "transform",
    "system",
    "routine",
    "owned",
];

/// Commands that do not exist.
const COMMANDS: [&str; 14] = [
    "move",
    "savepoint",
    "release",
    "listen",
    "unlisten",
    "notify",
    "do",
    "cluster",
    "reindex",
    "checkpoint",
    "load",
    "security",
    "discard",
    "reassign",
];

/// Settings that decide how literals are read. Redshift has none of them, and the front reads literals one way: a change
/// would let statements past it, so a lenient cluster refuses them too.
const OF_LITERALS: [&str; 3] = ["standard_conforming_strings", "backslash_quote", "escape_string_warning"];

/// Refuses `SET`, `SHOW` and `RESET` of a setting that decides how literals are read.
pub(crate) fn setting_of_literals(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let [verb, rest @ ..] = tokens else { return None };
    if !verb.is_any_word(&["set", "show", "reset"]) {
        return None;
    }
    let name = rest.iter().find(|token| !token.is_any_word(&["session", "local"]))?.identifier()?;
    OF_LITERALS.contains(&name.as_str()).then_some(Unsupported::Setting(name))
}

/// The longest name that PostgreSQL keeps, in bytes; Redshift keeps 127. It would cut a longer one, and two names would be one.
const LONGEST_NAME: usize = 63;

/// Refuses what neither a strict nor a lenient cluster can carry out: a name that is too long.
pub(crate) fn too_long_name(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let names = tokens.iter().filter_map(Token::identifier);
    let long = names.into_iter().find(|name| name.len() > LONGEST_NAME)?;
    Some(Unsupported::NotCarriedOut(format!("a name of more than {LONGEST_NAME} bytes (\"{long}\")")))
}

/// Objects of Redshift's that linchpin does not have, by the words that name them.
const LEFT_OUT: [&[&str]; 11] = [
    &["external", "schema"],
    &["external", "table"],
    &["external", "view"],
    &["external", "function"],
    &["external", "model"],
    &["datashare"],
    &["identity", "provider"],
    &["library"],
    &["masking", "policy"],
    &["model"],
    &["rls", "policy"],
];

/// What Redshift carries out and linchpin does not.
fn left_out(verb: &Token<'_>, rest: &[Token<'_>]) -> Option<Unsupported> {
    let refused = |name: String| Some(Unsupported::NotCarriedOut(name));
    if let [compression, table @ ..] = rest
        && verb.is_any_word(&["analyze", "analyse"])
        && compression.is_word("compression")
        && table.len() > name_length(table)
    {
        return refused("ANALYZE COMPRESSION of columns or with COMPROWS".to_owned());
    }
    if verb.is_word("refresh") && rest.len() > 3 && rest.last().is_some_and(|last| last.is_word("cascade")) {
        let hint = "refresh the materialized views that it reads first, one by one";
        return Some(Unsupported::LeftOut { what: "REFRESH MATERIALIZED VIEW .. CASCADE", hint });
    }
    if !verb.is_any_word(&["create", "alter", "drop"]) {
        return None;
    }
    let rest = match rest {
        [or, replace, rest @ ..] if or.is_word("or") && replace.is_word("replace") => rest,
        rest => rest,
    };
    let begins = |words: &&&[&str]| {
        rest.len() >= words.len() && words.iter().zip(rest).all(|(word, token)| token.is_word(word))
    };
    if let Some(words) = LEFT_OUT.iter().find(begins) {
        return refused(format!("{} {}", verb.text, words.join(" ")).to_uppercase());
    }
    let (object, rest) = rest.split_first()?;
    if object.is_word("procedure") && rest.iter().any(|token| token.is_word("nonatomic")) {
        return refused("CREATE PROCEDURE .. NONATOMIC".to_owned());
    }
    let clause = rest.iter().find(|token| {
        (object.is_word("database") && token.is_any_word(&["collate", "isolation"]))
            || (object.is_word("schema") && token.is_word("quota"))
    })?;
    refused(format!("{} {} .. {}", verb.text, object.text, clause.text).to_uppercase())
}

/// Says why Redshift refuses a statement, if it does.
pub(crate) fn refusal(sql: &str, tokens: &[Token<'_>]) -> Option<Unsupported> {
    if reads_catalog_only(tokens) {
        return None;
    }
    let named = || reserved::refusal(tokens).or_else(|| window::refusal(tokens));
    command(sql, tokens).or_else(named).or_else(|| (0..tokens.len()).find_map(|at| construct(tokens, at)))
}

/// What a statement is, as its first words tell.
fn command(sql: &str, tokens: &[Token<'_>]) -> Option<Unsupported> {
    let (verb, rest) = tokens.split_first()?;
    let lacking = match rest.first() {
        _ if verb.is_any_word(&COMMANDS) => true,
        _ if verb.is_any_word(&["create", "alter", "drop"]) => is_lacking(rest),
        _ if verb.is_word("rollback") => rest.iter().any(|token| token.is_word("to")),
        Some(next) if verb.is_any_word(&["prepare", "import"]) => {
            next.is_any_word(&["transaction", "foreign"])
        }
        _ => false,
    };
    if let Some(refused) = left_out(verb, rest)
        .or_else(|| grant::refusal(tokens))
        .or_else(|| body::refusal(tokens))
        .or_else(|| udf::refusal(tokens))
    {
        return Some(refused);
    }
    if lacking {
        return Some(Unsupported::Command(text_of(sql, tokens).to_owned()));
    }
    if let Some(refused) = setting::refusal(tokens) {
        return Some(refused);
    }
    if verb.is_word("values") {
        return Unsupported::syntax(verb, "Redshift's VALUES belongs to INSERT: use SELECT and UNION ALL");
    }
    if let Some(refused) = definition::created(rest).filter(|_| verb.is_word("create")) {
        return Some(refused);
    }
    if verb.is_word("merge") {
        return merge::refusal(rest);
    }
    if verb.is_word("truncate") {
        let more = rest.iter().find(|token| {
            token.is_symbol(',') || token.is_any_word(&["cascade", "restrict", "restart", "continue", "only"])
        })?;
        return Unsupported::syntax(more, "Redshift's TRUNCATE takes one table, and no clause");
    }
    if verb.is_word("declare") {
        return cursor_option(rest);
    }
    if verb.is_word("explain") {
        let analyze = rest.first().filter(|token| token.is_any_word(&["analyze", "analyse"]))?;
        return Unsupported::syntax(analyze, "Redshift's EXPLAIN does not run the query");
    }
    match rest {
        [kind, _, rest @ ..] if kind.is_word("user") => user::refusal(verb, rest),
        [role, _, rest @ ..] if role.is_word("role") && verb.is_any_word(&["create", "alter", "drop"]) => {
            principal::refusal(verb, rest)
        }
        [table, rest @ ..] if verb.is_word("alter") && table.is_word("table") => definition::altered(rest),
        _ => None,
    }
}

/// What a cursor of PostgreSQL's may be more than one of Redshift's. NO SCROLL and WITHOUT HOLD say what it is anyway (client
/// source: psycopg2 writes the latter).
fn cursor_option(rest: &[Token<'_>]) -> Option<Unsupported> {
    let words = rest.split(|token| token.is_any_word(&["for", "select"])).next()?;
    let option = words.windows(2).find_map(|two| match two {
        [before, scroll] if scroll.is_word("scroll") && !before.is_word("no") => Some(scroll),
        [_, word] if word.is_any_word(&["binary", "with"]) => Some(word),
        _ => None,
    })?;
    Unsupported::syntax(option, "Redshift's cursors go forward only, and end with the transaction")
}

/// Whether the object of a CREATE, ALTER or DROP is none of Redshift's.
fn is_lacking(rest: &[Token<'_>]) -> bool {
    let more = ["or", "replace", "unique", "constraint", "temp"];
    rest.iter().find(|token| !token.is_any_word(&more)).is_some_and(|token| token.is_any_word(&OBJECTS))
}
