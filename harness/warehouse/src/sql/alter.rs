//! `ALTER TABLE`: what Redshift has more than PostgreSQL.

use super::attributes::{Attributes, encoding, literal};
use super::edits::Edits;
use super::expression::{Source, list};
use super::key::Key;
use super::rewrite::{Ending, Rewritten, Script};
use super::table;
use super::token::Token;

/// Rewrites an `ALTER TABLE`; `None` if PostgreSQL takes it but for names.
pub(crate) fn table(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let rest = tokens.get(2..)?;
    let name_length = name_length(rest);
    let (name, action) = rest.split_at_checked(name_length)?;
    let table = source.render(name);
    match action {
        [append, from, rest @ ..] if append.is_word("append") && from.is_word("from") => {
            Some(append_from(source, &table, rest))
        }
        [add, rest @ ..] if add.is_word("add") && is_constraint(rest) => add_key(source, &table, rest),
        [add, rest @ ..] if add.is_word("add") => {
            let rest = rest.strip_prefix_word("column");
            let (column, definition) = rest.split_first()?;
            let (edits, declarations) = table::column(source, &table, &source.name(column)?, definition);
            Some(changed(source, tokens, edits, declarations))
        }
        [alter, column, name, kind, ..]
            if alter.is_word("alter") && column.is_word("column") && kind.is_word("type") =>
        {
            alter_type(source, tokens, &table, name)
        }
        [rename, rest @ ..] if rename.is_word("rename") => rename_column(source, tokens, &table, rest),
        [drop, rest @ ..] if drop.is_word("drop") && !rest.first()?.is_word("constraint") => {
            let column = literal(&source.name(rest.strip_prefix_word("column").first()?)?);
            let check =
                format!("SELECT pg_catalog.linchpin_refuse_dropped_key({}, {column})", literal(&table));
            Some(script(vec![check, source.render(tokens)]))
        }
        [alter, rest @ ..] if alter.is_word("alter") => {
            Some(script(vec![physical(source, rest)?.statement(&table)]))
        }
        _ => None,
    }
}

trait StripPrefix {
    fn strip_prefix_word(self, word: &str) -> Self;
}

impl StripPrefix for &[Token<'_>] {
    fn strip_prefix_word(self, word: &str) -> Self {
        match self.split_first() {
            Some((first, rest)) if first.is_word(word) => rest,
            _ => self,
        }
    }
}

/// How many tokens a qualified name is.
pub(crate) fn name_length(tokens: &[Token<'_>]) -> usize {
    let mut length = 0;
    while tokens.get(length).is_some_and(|token| token.identifier().is_some()) {
        length += 1;
        if !tokens.get(length).is_some_and(|token| token.is_symbol('.')) {
            break;
        }
        length += 1;
    }
    length
}

pub(crate) fn is_constraint(rest: &[Token<'_>]) -> bool {
    rest.first().is_some_and(|token| token.is_any_word(&["constraint", "primary", "unique", "foreign"]))
}

/// `ADD [CONSTRAINT name] PRIMARY KEY (..)` and the like; what Redshift's grammar has not is for PostgreSQL to refuse.
fn add_key(source: &Source<'_>, table: &str, rest: &[Token<'_>]) -> Option<Rewritten> {
    let (key, taken) = Key::of_table(source, rest)?;
    Some(match rest.get(taken..) {
        None | Some([]) => script(vec![key.statement(table)]),
        Some(more) => Rewritten::Text(format!("ALTER TABLE {table} {}", source.render(more))),
    })
}

fn script(statements: Vec<String>) -> Rewritten {
    Rewritten::Script(Script { statements, command: Some("ALTER TABLE"), ending: Ending::Open })
}

fn changed(
    source: &Source<'_>,
    tokens: &[Token<'_>],
    mut edits: Edits,
    declarations: Vec<String>,
) -> Rewritten {
    edits.extend(source.edits(tokens));
    let sql = edits.apply(source.sql, tokens);
    if declarations.is_empty() {
        return Rewritten::Text(sql);
    }
    script([vec![sql], declarations].concat())
}

/// `RENAME [COLUMN] a TO b`: what is kept of the column goes by its name.
fn rename_column(
    source: &Source<'_>,
    tokens: &[Token<'_>],
    table: &str,
    rest: &[Token<'_>],
) -> Option<Rewritten> {
    let [old, to, new] = rest.strip_prefix_word("column") else { return None };
    if !to.is_word("to") {
        return None;
    }
    let (old, new) = (literal(&source.name(old)?), literal(&source.name(new)?));
    let rename = format!("SELECT pg_catalog.linchpin_rename_attribute({}, {old}, {new})", literal(table));
    Some(script(vec![source.render(tokens), rename]))
}

/// `ALTER COLUMN c TYPE t`, which is refused where a key is on the column.
fn alter_type(
    source: &Source<'_>,
    tokens: &[Token<'_>],
    table: &str,
    column: &Token<'_>,
) -> Option<Rewritten> {
    let column = literal(&source.name(column)?);
    let check = format!("SELECT pg_catalog.linchpin_refuse_altered_key({}, {column})", literal(table));
    Some(script(vec![check, source.render(tokens)]))
}

/// `ALTER DISTKEY c`, `ALTER DISTSTYLE ..`, `ALTER [COMPOUND] SORTKEY (..)`, `ALTER ENCODE AUTO`,
/// `ALTER COLUMN c ENCODE e, ..`; the first word is left out.
pub(crate) fn physical(source: &Source<'_>, rest: &[Token<'_>]) -> Option<Attributes> {
    let mut kept = Attributes::default();
    match rest {
        [distkey, column] if distkey.is_word("distkey") => {
            (kept.diststyle, kept.distkey) = (Some("key".to_owned()), source.name(column));
        }
        [diststyle, style, distkey, column]
            if diststyle.is_word("diststyle") && distkey.is_word("distkey") =>
        {
            (kept.diststyle, kept.distkey) = (style.identifier(), source.name(column));
        }
        [sortkey, none] if sortkey.is_word("sortkey") && none.is_word("none") => {
            kept.sortkey = Some(Vec::new())
        }
        [column, _, encode, ..] if column.is_word("column") && encode.is_word("encode") => {
            for part in list(rest) {
                kept.encodings.extend([encoded(source, part.strip_prefix_word("alter"))?]);
            }
        }
        [first, ..] if first.is_any_word(&["diststyle", "compound", "interleaved", "sortkey", "encode"]) => {
            kept = table::clauses(source, rest).0;
        }
        _ => return None,
    }
    Some(kept)
}

/// `COLUMN c ENCODE e`.
fn encoded(source: &Source<'_>, part: &[Token<'_>]) -> Option<(String, String)> {
    let [column, name, encode, by] = part else { return None };
    let known = column.is_word("column") && encode.is_word("encode");
    known.then(|| Some((source.name(name)?, encoding(by)?))).flatten()
}

/// `APPEND FROM s [IGNOREEXTRA | FILLTARGET]`: moves the rows, by column name, in a transaction of its own (documented).
fn append_from(source: &Source<'_>, table: &str, rest: &[Token<'_>]) -> Rewritten {
    let (from, options) = rest.split_at_checked(name_length(rest)).unwrap_or((rest, &[]));
    let has = |word: &str| options.iter().any(|token| token.is_word(word));
    let (table, from) = (literal(table), literal(&source.render(from)));
    let (extra, fill) = (has("ignoreextra"), has("filltarget"));
    let statement = format!("SELECT pg_catalog.linchpin_append({table}, {from}, {extra}, {fill})");
    Rewritten::Script(Script {
        statements: vec![statement],
        command: Some("ALTER TABLE APPEND"),
        ending: Ending::Own,
    })
}
