//! What PostgreSQL would carry out and Redshift refuses.

use thiserror::Error;

use super::expression::parenthesized;
use super::token::{Token, TokenKind, text_of};

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
    /// Seen, for SHOW of a setting that is newer than Redshift's PostgreSQL.
    #[error("unrecognized configuration parameter \"{0}\"")]
    Setting(String),
    /// Seen, for SERIAL and for arrays.
    #[error("Column \"{column}\" has unsupported type \"{kind}\".")]
    Type { column: String, kind: String },
}

/// Objects that cannot be created, altered or dropped.
const OBJECTS: [&str; 16] = [
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
];

/// Types of PostgreSQL's that Redshift's tables cannot have (documented).
const TYPES: [&str; 20] = [
    "serial",
    "bigserial",
    "smallserial",
    "serial4",
    "serial8",
    "bytea",
    "uuid",
    "json",
    "jsonb",
    "xml",
    "money",
    "inet",
    "cidr",
    "macaddr",
    "point",
    "polygon",
    "tsvector",
    "tsquery",
    "bit",
    "hstore",
];

/// What the names of system relations begin with.
const CATALOG: [&str; 6] = ["pg_", "stl_", "stv_", "svl_", "svv_", "sys_"];

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

/// Says why Redshift refuses a statement, if it does.
pub(crate) fn refusal(sql: &str, tokens: &[Token<'_>]) -> Option<Unsupported> {
    if reads_catalog_only(tokens) {
        return None;
    }
    command(sql, tokens).or_else(|| (0..tokens.len()).find_map(|at| construct(tokens, at)))
}

/// Commands that do not exist.
fn command(sql: &str, tokens: &[Token<'_>]) -> Option<Unsupported> {
    let refused = match tokens {
        [verb, rest @ ..] if verb.is_any_word(&["create", "alter", "drop"]) => {
            let object = rest
                .iter()
                .find(|token| !token.is_any_word(&["or", "replace", "unique", "constraint", "temp"]));
            object.is_some_and(|token| token.is_any_word(&OBJECTS))
        }
        [verb, ..] if verb.is_any_word(&["savepoint", "release", "listen", "unlisten", "notify"]) => true,
        [rollback, rest @ ..] if rollback.is_word("rollback") => rest.iter().any(|token| token.is_word("to")),
        _ => false,
    };
    if refused {
        return Some(Unsupported::Command(text_of(sql, tokens).to_owned()));
    }
    match tokens {
        [create, rest @ ..] if create.is_word("create") => table(rest),
        _ => None,
    }
}

/// Clauses and types of `CREATE TABLE`.
fn table(rest: &[Token<'_>]) -> Option<Unsupported> {
    let at = rest.iter().take(3).position(|token| token.is_word("table"))?;
    let unlogged = rest.first().filter(|token| token.is_word("unlogged"));
    if let Some(unlogged) = unlogged {
        return syntax(unlogged, "Redshift has no unlogged tables");
    }
    let rest = rest.get(at..)?;
    let open = rest.iter().position(|token| token.is_symbol('('))?;
    let (elements, length) = parenthesized(rest.get(open..)?)?;
    if let Some(refused) = super::expression::list(elements).into_iter().find_map(element) {
        return Some(refused);
    }
    let behind = rest.get(open + length..)?;
    let clause =
        behind.first().filter(|token| token.is_any_word(&["partition", "inherits", "with", "tablespace"]))?;
    syntax(clause, "Redshift has neither partitions nor inheritance nor storage parameters")
}

/// A column or a constraint.
fn element(element: &[Token<'_>]) -> Option<Unsupported> {
    let (name, rest) = element.split_first()?;
    let forbidden = |token: &&Token<'_>| token.is_any_word(&["check", "exclude"]);
    if let Some(check) = element.iter().find(forbidden) {
        return syntax(check, "Redshift's constraints are PRIMARY KEY, UNIQUE, FOREIGN KEY and NOT NULL");
    }
    let kind = rest.first()?;
    let is_array = rest.iter().any(|token| token.is_symbol('['));
    (is_array || kind.is_any_word(&TYPES)).then(|| Unsupported::Type {
        column: name.identifier().unwrap_or_default(),
        kind: kind.text.to_owned() + if is_array { "[]" } else { "" },
    })
}

fn syntax(token: &Token<'_>, hint: &'static str) -> Option<Unsupported> {
    Some(Unsupported::Syntax { near: token.text.to_owned(), hint })
}

/// What stands at `at`, if Redshift lacks it.
fn construct(tokens: &[Token<'_>], at: usize) -> Option<Unsupported> {
    let here = tokens.get(at).filter(|token| token.kind == TokenKind::Word)?;
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let next = tokens.get(at + 1);
    let after = |word: &str| before.is_some_and(|token| token.is_word(word));
    let then = |word: &str| next.is_some_and(|token| token.is_word(word));
    let opens = |symbol: char| next.is_some_and(|token| token.is_symbol(symbol));
    let verb = tokens.first();
    let writes =
        verb.is_some_and(|token| token.is_any_word(&["insert", "update", "delete", "with", "merge"]));
    if here.is_word("conflict") && after("on") && writes {
        return syntax(before?, "Redshift's INSERT has no ON CONFLICT: use MERGE, or DELETE and INSERT");
    }
    if here.is_word("returning") && writes && !after("as") && next.is_some() {
        return syntax(here, "Redshift's statements have no RETURNING: read the rows with a SELECT");
    }
    if here.is_word("filter") && opens('(') && before.is_some_and(|token| token.is_symbol(')')) {
        return syntax(next?, "Redshift's aggregates have no FILTER: use CASE inside the aggregate");
    }
    if here.is_word("distinct") && then("from") && (after("is") || after("not")) {
        return syntax(here, "Redshift has no IS DISTINCT FROM: use NVL, or compare with IS NULL");
    }
    if here.is_word("distinct") && then("on") && after("select") {
        return syntax(next?, "Redshift has no DISTINCT ON: use ROW_NUMBER()");
    }
    if here.is_word("lateral")
        && before.is_some_and(|token| token.is_any_word(&["join", "from"]) || token.is_symbol(','))
    {
        return syntax(here, "Redshift has no LATERAL");
    }
    if here.is_word("array") && opens('[') {
        return syntax(next?, "Redshift has no arrays: use SUPER");
    }
    if here.is_word("values") && before.is_some_and(|token| token.is_symbol('(')) && is_table(tokens, at) {
        return syntax(here, "Redshift has no VALUES as a table: use SELECT and UNION ALL");
    }
    let function = ["string_agg", "array_agg"].into_iter().find(|name| here.is_word(name) && opens('('));
    function.map(|_| Unsupported::Function("use LISTAGG"))
}

/// Whether what stands in parentheses at `at` is a table.
fn is_table(tokens: &[Token<'_>], at: usize) -> bool {
    let outside = at.checked_sub(2).and_then(|outside| tokens.get(outside));
    outside.is_some_and(|token| token.is_any_word(&["from", "join"]) || token.is_symbol(','))
}

/// Whether all relations of a query are the catalog's: the leader node has more than tables can be asked for.
fn reads_catalog_only(tokens: &[Token<'_>]) -> bool {
    if !tokens.first().is_some_and(|token| token.is_any_word(&["select", "with"])) {
        return false;
    }
    let common = tokens.windows(3).filter_map(|three| match three {
        [name, r#as, open] if r#as.is_word("as") && open.is_symbol('(') => name.identifier(),
        _ => None,
    });
    let common: Vec<_> = common.collect();
    let mut relations = tokens.windows(2).filter_map(|pair| match pair {
        [from, name] if from.is_any_word(&["from", "join"]) => name.identifier(),
        _ => None,
    });
    let is_catalog = |name: &String| {
        CATALOG.iter().any(|prefix| name.starts_with(prefix))
            || name == "information_schema"
            || common.contains(name)
    };
    let first = relations.next();
    first.as_ref().is_some_and(is_catalog) && relations.all(|name| is_catalog(&name))
}
