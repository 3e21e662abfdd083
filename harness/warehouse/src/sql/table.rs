//! `CREATE TABLE`: physical clauses and constraints are taken out and kept, identity columns and types written as
//! PostgreSQL writes them.

use super::alter::name_length;
use super::attributes::{Attributes, encoding, literal, names};
use super::edits::Edits;
use super::expression::{Source, VARBYTE, VARBYTE_OF_NO_LENGTH, is_temporary, list, parenthesized, varbyte};
use super::key::Key;
use super::rewrite::{Ending, Rewritten, Script};
use super::token::{Token, TokenKind};

/// Rewrites a statement that begins with `CREATE [LOCAL] [TEMP] TABLE`; `None` if it does not.
pub(crate) fn create(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let table = tokens.iter().take(4).position(|token| token.is_word("table"))?;
    let (head, rest) = tokens.split_at_checked(table + 1)?;
    if !head.iter().all(|token| token.is_any_word(&["create", "local", "temp", "temporary", "table"])) {
        return None;
    }
    let exists = rest.iter().take(3).all(|token| token.is_any_word(&["if", "not", "exists"]));
    let rest = if exists { rest.get(3..)? } else { rest };
    let name_length = rest.iter().take_while(|token| token.identifier().is_some() || token.is_symbol('.'));
    let name_length = name_length.take_while(|token| !is_clause(token)).count();
    let (name, mut rest) = rest.split_at_checked(name_length)?;
    let mut creation = Creation::new(source);
    if name.first().is_some_and(is_temporary) && head.len() == 2 {
        creation.edits.append(head.first()?, " TEMP");
    }
    if let Some((elements, length)) = parenthesized(rest) {
        let mut before = None;
        for element in list(elements) {
            creation.element(before, element);
            before = element.last();
        }
        rest = rest.get(length..)?;
    }
    creation.clauses(rest);
    Some(creation.finish(
        tokens,
        &source.render(name),
        if exists { Presence::IfAbsent } else { Presence::New },
    ))
}

/// Whether the table may be there already.
#[derive(Debug, Clone, Copy)]
enum Presence {
    New,
    IfAbsent,
}

fn is_clause(token: &Token<'_>) -> bool {
    token.is_any_word(&[
        "as",
        "diststyle",
        "distkey",
        "compound",
        "interleaved",
        "sortkey",
        "encode",
        "backup",
    ])
}

/// A column's definition, without the name: its type and what follows, as `ALTER TABLE .. ADD COLUMN` has it too.
pub(crate) fn column(
    source: &Source<'_>,
    table: &str,
    name: &str,
    rest: &[Token<'_>],
) -> (Edits, Vec<String>) {
    let mut creation = Creation::new(source);
    creation.column(name, rest);
    let declarations = creation.declarations(table);
    (creation.edits, declarations)
}

/// The clauses that follow a table's columns, as `ALTER TABLE` and materialized views have them too, and what follows them.
pub(crate) fn clauses<'t, 'a>(source: &Source<'_>, rest: &'t [Token<'a>]) -> (Attributes, &'t [Token<'a>]) {
    let mut creation = Creation::new(source);
    let rest = creation.clauses(rest);
    (creation.kept, rest)
}

/// A statement at work.
struct Creation<'s> {
    source: &'s Source<'s>,
    edits: Edits,
    kept: Attributes,
    keys: Vec<Key>,
    /// The table that this one is to be like.
    parent: Option<String>,
}

impl<'s> Creation<'s> {
    fn new(source: &'s Source<'s>) -> Creation<'s> {
        Creation {
            source,
            edits: Edits::default(),
            kept: Attributes::default(),
            keys: Vec::new(),
            parent: None,
        }
    }

    /// The statements that tell the catalog what PostgreSQL is not told.
    fn declarations(&self, table: &str) -> Vec<String> {
        let kept = (!self.kept.is_empty()).then(|| self.kept.statement(table));
        let like = self.parent.as_ref().map(|parent| {
            format!("SELECT pg_catalog.linchpin_like_attributes({}, {})", literal(table), literal(parent))
        });
        self.keys.iter().map(|key| key.statement(table)).chain(like).chain(kept).collect()
    }

    fn finish(mut self, tokens: &[Token<'_>], table: &str, presence: Presence) -> Rewritten {
        self.edits.extend(self.source.edits(tokens));
        let (changed, declarations) = (!self.edits.is_empty(), self.declarations(table));
        let sql = self.edits.apply(self.source.sql, tokens);
        if declarations.is_empty() {
            return if changed { Rewritten::Text(sql) } else { Rewritten::Unchanged };
        }
        let mut statements = vec![sql];
        statements.extend(self.keys.iter().flat_map(|key| key.not_null(table)));
        statements.extend(declarations);
        let mut command = None;
        if let Presence::IfAbsent = presence {
            let listed: Vec<_> = statements.iter().map(|statement| literal(statement)).collect();
            let (table, listed) = (literal(table), listed.join(", "));
            statements =
                vec![format!("SELECT pg_catalog.linchpin_create_if_absent({table}, ARRAY[{listed}])")];
            command = Some("CREATE TABLE");
        }
        Rewritten::Script(Script { statements, command, ending: Ending::Open })
    }

    /// One of the parts in parentheses.
    fn element(&mut self, before: Option<&Token<'_>>, element: &[Token<'_>]) {
        let Some((first, rest)) = element.split_first() else { return };
        let is_quoted = first.kind == TokenKind::QuotedIdentifier;
        if !is_quoted && first.is_any_word(&["constraint", "primary", "unique", "foreign"]) {
            self.constraint(before, element);
        } else if !is_quoted && first.is_word("like") {
            self.parent = rest.get(..name_length(rest)).map(|name| self.source.render(name));
        } else if (is_quoted || !first.is_word("check")) && !rest.is_empty() {
            let name = self.source.name(first).unwrap_or_default();
            self.column(&name, rest);
        }
    }

    /// A constraint of the table: kept, and taken out together with the comma behind the element `before`. What it says
    /// more than Redshift's grammar has is left for PostgreSQL to refuse.
    fn constraint(&mut self, before: Option<&Token<'_>>, element: &[Token<'_>]) {
        let Some((key, taken)) = Key::of_table(self.source, element) else { return };
        self.keys.push(key);
        let element = element.get(..taken).unwrap_or_default();
        match (before, element.last()) {
            (Some(before), Some(last)) => self.edits.remove_between(before, last),
            // Nothing is left to hang a comma on.
            _ => self.edits.replace(element, "CHECK (true)"),
        }
    }

    /// What follows a column's name.
    fn column(&mut self, name: &str, rest: &[Token<'_>]) {
        let mut rest = self.column_type(rest);
        let mut before = None;
        while let Some(first) = rest.first() {
            let taken = self.column_attribute(name, before, rest).max(1);
            before = Some(first);
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// Gives lengths to the types that have one without saying so (documented).
    fn column_type<'t, 'a>(&mut self, rest: &'t [Token<'a>]) -> &'t [Token<'a>] {
        let length = usize::from(rest.get(1).is_some_and(|token| token.is_word("varying")));
        let (kind, behind) = rest.split_at_checked(length + 1).unwrap_or((rest, &[]));
        let has_length = behind.first().is_some_and(|token| token.is_symbol('('));
        let is_max = matches!(behind, [_, max, ..] if has_length && max.is_word("max"));
        let Some(first) = kind.first() else { return behind };
        if let Some((kind, _)) = varbyte(rest) {
            self.edits.replace(kind, if has_length { VARBYTE } else { VARBYTE_OF_NO_LENGTH });
            return behind;
        }
        let varies = first.is_any_word(&["varchar", "nvarchar", "text"]) || length == 1;
        let fixed = first.is_any_word(&["bpchar", "nchar"]);
        if first.is_word("text") || (varies && !has_length) {
            let parentheses =
                if has_length { parenthesized(behind).map_or(0, |(_, length)| length) } else { 0 };
            self.edits.replace(rest.get(..=length + parentheses).unwrap_or(kind), "varchar(256)");
        } else if varies {
            self.edits.replace(kind, "varchar");
        } else if fixed {
            self.edits.replace(
                kind,
                if has_length {
                    "char"
                } else if first.is_word("nchar") {
                    "char(1)"
                } else {
                    "char(256)"
                },
            );
        }
        if is_max && let Some(max) = behind.get(1) {
            self.edits.replace(&[*max], if varies { "65535" } else { "4096" });
        }
        self.identity_bounds(first, behind);
        behind
    }

    /// `IDENTITY(seed, step)`, of which PostgreSQL wants its own spelling and a range that the seed is in.
    fn identity_bounds(&mut self, kind: &Token<'_>, rest: &[Token<'_>]) {
        let Some(at) = rest.iter().position(|token| token.is_word("identity")) else { return };
        let Some((numbers, _)) = rest.get(at + 1..).and_then(parenthesized) else { return };
        let parts = list(numbers);
        let [seed, step] = parts.as_slice() else { return };
        let [seed, step] = [seed, step].map(|number| super::token::text_of(self.source.sql, number));
        let least = if kind.is_any_word(&["bigint", "int8"]) { i64::MIN } else { i64::from(i32::MIN) };
        self.edits.replace(numbers, format!("START WITH {seed} INCREMENT BY {step} MINVALUE {least}"));
        let spelled_out =
            at.checked_sub(1).and_then(|before| rest.get(before)).is_some_and(|token| token.is_word("as"));
        if let Some(identity) = rest.get(at).filter(|_| !spelled_out) {
            self.edits.replace(&[*identity], "GENERATED ALWAYS AS IDENTITY");
        }
    }

    /// Takes out what `rest` begins with if PostgreSQL must not see it; returns how many tokens are done with.
    fn column_attribute(&mut self, name: &str, before: Option<&Token<'_>>, rest: &[Token<'_>]) -> usize {
        let Some((first, behind)) = rest.split_first() else { return 1 };
        if first.is_symbol('(') {
            return parenthesized(rest).map_or(1, |(_, length)| length);
        }
        let taken = if first.is_word("encode") && before.is_none_or(|token| !token.is_word("default")) {
            let encoding = behind.first().and_then(encoding).unwrap_or_default();
            self.kept.encodings.insert(name.to_owned(), encoding);
            2
        } else if first.is_word("distkey") {
            (self.kept.diststyle, self.kept.distkey) = (Some("key".to_owned()), Some(name.to_owned()));
            1
        } else if first.is_word("sortkey") {
            (self.kept.sortstyle, self.kept.sortkey) =
                (Some("compound".to_owned()), Some(vec![name.to_owned()]));
            1
        } else if let Some((key, taken)) = Key::of_column(self.source, name, rest) {
            self.keys.push(key);
            taken
        } else if first.is_word("collate")
            && behind.first().is_some_and(|token| token.is_word("case_sensitive"))
        {
            2
        } else {
            return 1;
        };
        self.edits.remove(rest.get(..taken).unwrap_or_default());
        taken
    }

    /// The clauses of the table, up to `AS`, which is returned with what follows it.
    fn clauses<'t, 'a>(&mut self, mut rest: &'t [Token<'a>]) -> &'t [Token<'a>] {
        while let Some((first, behind)) = rest.split_first() {
            let word = || behind.first().and_then(Token::identifier);
            let columns = parenthesized(behind);
            let listed = columns.map_or(2, |(_, length)| length + 1);
            let taken = if first.is_word("diststyle") {
                self.kept.diststyle = word();
                2
            } else if first.is_word("distkey") {
                let columns = columns.map(|(columns, _)| names(self.source, columns));
                self.kept.distkey = columns.and_then(|columns| columns.into_iter().next());
                self.kept.diststyle.get_or_insert_with(|| "key".to_owned());
                listed
            } else if first.is_any_word(&["compound", "interleaved"]) {
                self.kept.sortstyle = first.identifier();
                1
            } else if first.is_word("sortkey") {
                let style = if columns.is_some() { "compound" } else { "auto" };
                self.kept.sortstyle.get_or_insert_with(|| style.to_owned());
                self.kept.sortkey =
                    Some(columns.map(|(columns, _)| names(self.source, columns)).unwrap_or_default());
                listed
            } else if first.is_word("encode") {
                2
            } else if first.is_word("backup") {
                self.kept.backup = word();
                2
            } else {
                return rest;
            };
            self.edits.remove(rest.get(..taken).unwrap_or_default());
            rest = rest.get(taken..).unwrap_or_default();
        }
        rest
    }
}
