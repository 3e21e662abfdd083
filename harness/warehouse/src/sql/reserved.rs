//! Words that Redshift reserves and PostgreSQL does not (documented: Reserved words): as names they must stand in quotes.

use super::expression::{list, parenthesized};
use super::lateral::query;
use super::refuse::Unsupported;
use super::token::{Token, TokenKind};

/// Those that no query has a clause for.
const NEVER: [&str; 47] = [
    "aes128",
    "aes256",
    "allowoverwrite",
    "az64",
    "backup",
    "blanksasnull",
    "bytedict",
    "bzip2",
    "credentials",
    "deflate",
    "defrag",
    "delta",
    "delta32k",
    "disable",
    "emptyasnull",
    "enable",
    "encode",
    "encrypt",
    "encryption",
    "explicit",
    "globaldict256",
    "globaldict64k",
    "gzip",
    "lun",
    "luns",
    "lzo",
    "lzop",
    "mostly16",
    "mostly32",
    "mostly8",
    "new",
    "offline",
    "old",
    "parallel",
    "permissions",
    "raw",
    "readratio",
    "recover",
    "rejectlog",
    "resort",
    "restore",
    "snapshot",
    "tag",
    "tdes",
    "text255",
    "text32k",
    "wallet",
];

/// Those that clauses of queries are made of too.
const IN_CLAUSES: [&str; 18] = [
    "identity",
    "ignore",
    "interval",
    "language",
    "minus",
    "nulls",
    "off",
    "open",
    "overlaps",
    "partition",
    "percent",
    "respect",
    "sysdate",
    "system",
    "timestamp",
    "top",
    "truncatecolumns",
    "without",
];

/// What an element of CREATE TABLE begins with that is no column.
const CONSTRAINTS: [&str; 6] = ["constraint", "primary", "unique", "foreign", "like", "check"];

const HINT: &str = "the word is reserved in Redshift: write it in double quotes";

/// Why Redshift refuses a name in a statement, if it does.
pub(super) fn refusal(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let named = match tokens {
        [verb, ..] if verb.is_any_word(&["select", "with", "insert", "update", "delete"]) => in_query(tokens),
        [create, ..] if create.is_word("create") => created(tokens),
        [alter, table, ..] if alter.is_word("alter") && table.is_word("table") => altered(tokens),
        _ => None,
    };
    Unsupported::syntax(named?, HINT)
}

/// A word in a query. Behind a dot and behind AS every word is a name.
fn in_query<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    let named = tokens.windows(2).find(|pair| {
        matches!(pair, [before, word] if word.is_any_word(&NEVER) && !before.is_symbol('.') && !before.is_word("as"))
    })?;
    named.last()
}

/// The name of a table or a view, or of one of its columns.
fn created<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    let kinds = ["table", "view"];
    let at = tokens.iter().take(5).position(|token| token.is_any_word(&kinds))? + 1;
    let rest = tokens.get(at..)?;
    let exists = rest.iter().take(3).all(|token| token.is_any_word(&["if", "not", "exists"]));
    let rest = if exists { rest.get(3..)? } else { rest };
    let length =
        rest.iter().position(|token| token.is_symbol('(') || token.is_word("as")).unwrap_or(rest.len());
    let (name, behind) = rest.split_at_checked(length)?;
    let columns = parenthesized(behind).map(|(inner, _)| list(inner)).unwrap_or_default();
    let columns = columns.into_iter().filter_map(|column| column.first());
    let column = columns.filter(|name| !name.is_any_word(&CONSTRAINTS)).find(|name| is_reserved(name));
    let query = query(tokens);
    let inside = (query.len() < tokens.len()).then(|| in_query(query)).flatten();
    name.first().filter(|name| is_reserved(name)).or(column).or(inside)
}

/// The name that a column gets, or the table.
fn altered<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    let at = tokens.iter().position(|token| token.is_any_word(&["add", "rename"]))?;
    let given = match tokens.get(at..)? {
        [add, column, name, ..] if add.is_word("add") && column.is_word("column") => name,
        [add, name, _, ..] if add.is_word("add") && !name.is_any_word(&CONSTRAINTS) => name,
        [rename, rest @ ..] if rename.is_word("rename") => {
            rest.get(rest.iter().position(|token| token.is_word("to"))? + 1)?
        }
        _ => return None,
    };
    Some(given).filter(|name| is_reserved(name))
}

fn is_reserved(name: &Token<'_>) -> bool {
    name.kind == TokenKind::Word && (name.is_any_word(&NEVER) || name.is_any_word(&IN_CLAUSES))
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::super::trigger::may_need_the_front;
    use super::*;

    #[test]
    fn a_query_that_names_one_is_looked_at() {
        let missed =
            NEVER.iter().find(|word| !may_need_the_front(format!("select {word} from t").as_bytes()));
        assert_eq!(missed, None);
    }

    #[test]
    fn reserved_words_are_no_names() {
        for (sql, near) in [
            ("create table t (id int, tag varchar(3))", Some("tag")),
            ("create temp table if not exists open (id int)", Some("open")),
            ("create table t (\"tag\" int, primary key (id), snapshot int)", Some("snapshot")),
            ("create table t (id int encode lzo, at timestamp) backup no", None),
            ("create table t as select old from u", Some("old")),
            ("create or replace view partition as select 1", Some("partition")),
            ("alter table t add column system int", Some("system")),
            ("alter table t add primary key (id)", None),
            ("alter table t rename column a to percent", Some("percent")),
            ("alter table t alter column a encode raw", None),
            ("select a, tag from t", Some("tag")),
            ("select t.tag, a as new, \"old\" from t", None),
            ("insert into t (id, delta) values (1, 2)", Some("delta")),
            ("update t set enable = 1", Some("enable")),
            ("select interval '1 day', top from t", None),
            ("vacuum recluster t", None),
        ] {
            let named = match refusal(&tokenize(sql).unwrap()) {
                Some(Unsupported::Syntax { near, .. }) => Some(near),
                _ => None,
            };
            assert_eq!(named.as_deref(), near, "{sql}");
        }
    }
}
