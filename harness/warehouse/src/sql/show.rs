//! `SHOW` of what is in the catalog: a query over the catalog's functions and views (`catalog/show.sql`).

use super::attributes::literal;
use super::cursor::{Cursor, SyntaxError};
use super::expression::Source;
use super::token::Token;

/// What SHOW lists and linchpin does not.
const LEFT_OUT: [&str; 9] =
    ["cursors", "datashares", "external", "integrations", "job", "jobs", "model", "parameters", "procedure"];

/// What SHOW lists, by its first word.
const LISTED: [&str; 9] = [
    "columns",
    "constraints",
    "databases",
    "functions",
    "grants",
    "procedures",
    "schemas",
    "table",
    "tables",
];

/// What becomes of a SHOW.
pub(super) enum Shown {
    /// It is one of a setting.
    Setting,
    /// It is this query.
    Query(String),
    /// linchpin does not carry it out.
    LeftOut(String),
    /// It breaks the grammar.
    Wrong(SyntaxError),
}

/// Reads a SHOW; `rest` follows the word.
pub(super) fn show(source: Option<&Source<'_>>, rest: &[Token<'_>]) -> Shown {
    let Some(first) = rest.first().and_then(Token::identifier) else { return Shown::Setting };
    let column_grants = first == "column" && rest.get(1).is_some_and(|token| token.is_word("grants"));
    if LEFT_OUT.contains(&&*first) || column_grants {
        let name = if column_grants { "COLUMN GRANTS".to_owned() } else { first.to_uppercase() };
        return Shown::LeftOut(format!("SHOW {name}"));
    }
    if !(LISTED.contains(&&*first) || first == "view") {
        return Shown::Setting;
    }
    let mut reader = Reader { cursor: Cursor::new(rest), source };
    match reader.query(&first) {
        Ok(query) => query,
        Err(error) => Shown::Wrong(error),
    }
}

/// Names are folded as the session folds them, where it is known.
struct Reader<'t, 'a> {
    cursor: Cursor<'t, 'a>,
    source: Option<&'t Source<'t>>,
}

impl Reader<'_, '_> {
    fn query(&mut self, first: &str) -> Result<Shown, SyntaxError> {
        self.cursor.next();
        let (from, name) = match first {
            "databases" if self.cursor.peek().is_some_and(|token| token.is_word("from")) => {
                return Ok(Shown::LeftOut("SHOW DATABASES FROM".to_owned()));
            }
            "databases" => ("pg_internal.show_databases()".to_owned(), "database_name"),
            "schemas" => (self.from("show_schemas", "database", 1)?, "schema_name"),
            "tables" | "columns" if self.next_are("from", "database") => {
                return Ok(Shown::LeftOut(format!("SHOW {} FROM DATABASE", first.to_uppercase())));
            }
            "tables" => (self.from("show_tables", "schema", 2)?, "table_name"),
            "procedures" => (self.from("show_procedures", "schema", 2)?, "procedure_name"),
            "functions" => (self.from("show_functions", "schema", 2)?, "function_name"),
            "columns" => (self.from("show_columns", "table", 3)?, "column_name"),
            "constraints" => return self.constraints(),
            "grants" => return self.grants(),
            "table" => return self.text("show_table", "Show Table DDL statement"),
            _ => return self.text("show_view", "Show View DDL statement"),
        };
        let like = if self.cursor.take_word("like") {
            format!(" WHERE {name} LIKE {}", literal(&self.cursor.literal()?))
        } else {
            String::new()
        };
        self.ended(format!("SELECT * FROM {from}{like}"))
    }

    fn next_are(&self, first: &str, second: &str) -> bool {
        let mut ahead = self.cursor.clone();
        ahead.take_word(first) && ahead.take_word(second)
    }

    /// `LIMIT n`, and nothing behind.
    fn ended(&mut self, query: String) -> Result<Shown, SyntaxError> {
        let limit = if self.cursor.take_word("limit") {
            format!(" LIMIT {}", self.cursor.number()?)
        } else {
            String::new()
        };
        match self.cursor.peek() {
            Some(_) => Err(self.cursor.unexpected()),
            None => Ok(Shown::Query(format!("{query}{limit}"))),
        }
    }

    fn name(&mut self) -> Result<String, SyntaxError> {
        let source = self.source;
        let named =
            |token: &Token<'_>| source.map_or_else(|| token.identifier(), |source| source.name(token));
        self.cursor.take(named).ok_or_else(|| self.cursor.unexpected())
    }

    /// A name of up to `most` parts, as arguments: those that are left out first, as NULL.
    fn parts(&mut self, most: usize) -> Result<String, SyntaxError> {
        let mut parts = vec![literal(&self.name()?)];
        while parts.len() < most && self.cursor.take_symbol('.') {
            parts.push(literal(&self.name()?));
        }
        let left_out = vec!["NULL".to_owned(); most - parts.len()];
        Ok(left_out.into_iter().chain(parts).collect::<Vec<_>>().join(", "))
    }

    /// `FROM kind name`, as a call of `function`.
    fn from(&mut self, function: &str, kind: &str, most: usize) -> Result<String, SyntaxError> {
        self.cursor.expect_word("from")?;
        self.cursor.expect_word(kind)?;
        Ok(format!("pg_internal.{function}({})", self.parts(most)?))
    }

    /// `CONSTRAINTS PRIMARY KEYS | FOREIGN KEYS [EXPORTED] FROM TABLE t`.
    fn constraints(&mut self) -> Result<Shown, SyntaxError> {
        let primary = self.cursor.take_word("primary");
        if !primary {
            self.cursor.expect_word("foreign")?;
        }
        self.cursor.expect_word("keys")?;
        let function = match (primary, self.cursor.take_word("exported")) {
            (true, false) => "show_primary_keys",
            (false, false) => "show_foreign_keys",
            (_, true) => "show_exported_keys",
        };
        let from = self.from(function, "table", 3)?;
        self.ended(format!("SELECT * FROM {from}"))
    }

    /// `GRANTS [ON DATABASE d | SCHEMA s | TABLE t] [FOR u | ROLE r | GROUP g | PUBLIC]`.
    fn grants(&mut self) -> Result<Shown, SyntaxError> {
        let from = if self.cursor.take_word("on") {
            let (kind, most) = match self.cursor.identifier()?.as_str() {
                "database" => ("show_database_grants", 1),
                "schema" => ("show_schema_grants", 2),
                "table" => ("show_table_grants", 3),
                other => return Ok(Shown::LeftOut(format!("SHOW GRANTS ON {}", other.to_uppercase()))),
            };
            format!("pg_internal.{kind}({})", self.parts(most)?)
        } else {
            "pg_internal.show_grants()".to_owned()
        };
        let whom = if self.cursor.take_word("for") {
            let kind = ["role", "group"].into_iter().find(|word| self.cursor.take_word(word));
            let name = self.name()?;
            let kind = kind.unwrap_or(if name == "public" { "public" } else { "user" });
            format!(" WHERE identity_name = {} AND identity_type = '{kind}'", literal(&name))
        } else {
            String::new()
        };
        self.ended(format!("SELECT * FROM {from}{whom}"))
    }

    /// `TABLE t` and `VIEW v`: one text.
    fn text(&mut self, function: &str, column: &str) -> Result<Shown, SyntaxError> {
        let name = self.parts(3)?;
        self.ended(format!("SELECT pg_internal.{function}({name}) AS \"{column}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::*;

    #[test]
    fn what_show_lists() {
        for (sql, expected) in [
            (
                "databases like 'd%' limit 5",
                "SELECT * FROM pg_internal.show_databases() WHERE database_name LIKE 'd%' LIMIT 5",
            ),
            ("tables from schema public", "SELECT * FROM pg_internal.show_tables(NULL, 'public')"),
            (
                "columns from table dev.public.t",
                "SELECT * FROM pg_internal.show_columns('dev', 'public', 't')",
            ),
            ("table t", "SELECT pg_internal.show_table(NULL, NULL, 't') AS \"Show Table DDL statement\""),
            (
                "grants on schema s for role r",
                "SELECT * FROM pg_internal.show_schema_grants(NULL, 's') WHERE identity_name = 'r' AND identity_type = 'role'",
            ),
            (
                "constraints foreign keys exported from table t",
                "SELECT * FROM pg_internal.show_exported_keys(NULL, NULL, 't')",
            ),
            ("grants on function f", "left out: SHOW GRANTS ON FUNCTION"),
            ("column grants on table t", "left out: SHOW COLUMN GRANTS"),
            ("tables", "syntax error at end of input"),
            ("schemas from schema x", "syntax error at or near \"schema\""),
            ("search_path", "setting"),
        ] {
            let shown = match show(None, &tokenize(sql).unwrap()) {
                Shown::Setting => "setting".to_owned(),
                Shown::Query(query) => query,
                Shown::LeftOut(name) => format!("left out: {name}"),
                Shown::Wrong(error) => error.to_string(),
            };
            assert_eq!(shown, expected, "{sql}");
        }
    }
}
