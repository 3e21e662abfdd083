//! The UNLOAD statement.

use linchpin_formats::{AddQuotes, Compression, Escape, RowWriter};
use thiserror::Error;

use super::rows::RowForm;
use crate::authorization::{Authorization, AuthorizationClauses, AuthorizationError};
use crate::s3::{Encryption, Location};
use crate::sql::{Cursor, SyntaxError, Token, tokenize};

/// An UNLOAD to S3.
#[derive(Debug)]
pub(crate) struct UnloadStatement {
    pub(crate) query: String,
    pub(crate) destination: Location,
    pub(crate) authorization: Authorization,
    pub(crate) region: Option<String>,
    pub(crate) writer: RowForm,
    pub(crate) compression: Compression,
    pub(crate) header: bool,
    pub(crate) manifest: Option<Manifest>,
    /// Ends every file's name, in the place of what the compression would add.
    pub(crate) extension: Option<String>,
    /// How many bytes a file may have.
    pub(crate) max_file_size: u64,
    /// `None`: as the cluster does it.
    pub(crate) encryption: Option<Encryption>,
    pub(crate) parallel: Parallel,
    pub(crate) existing: Existing,
}

/// How many files are written at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parallel {
    /// One a slice.
    On,
    /// One after the other, in the order of the query.
    Off,
}

/// What happens when objects are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Refuse,
    /// ALLOWOVERWRITE.
    Overwrite,
    /// CLEANPATH.
    Delete,
}

/// How much a manifest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manifest {
    Plain,
    Verbose,
}

/// An UNLOAD that is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum UnloadParseError {
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    #[error("destination `{0}`")]
    Destination(String),
    /// LIMIT in the outer select.
    #[error("outer LIMIT")]
    Limit,
    /// Not a SELECT.
    #[error("the query is no SELECT")]
    NotASelect,
    /// An option of Redshift's that linchpin does not carry out.
    #[error("option {0}")]
    NotCarriedOut(&'static str),
    #[error("option {0} given twice")]
    Twice(&'static str),
    #[error("options {0} and {1} exclude each other")]
    Conflict(&'static str, &'static str),
    #[error("option {0} needs {1}")]
    Requires(&'static str, &'static str),
    #[error("option {option}: invalid value `{value}`")]
    Value { option: &'static str, value: String },
}

/// The options that are carried out, besides authorization.
const SUPPORTED: [&str; 17] = [
    "ADDQUOTES",
    "ALLOWOVERWRITE",
    "CLEANPATH",
    "CSV",
    "DELIMITER",
    "ENCRYPTED",
    "ESCAPE",
    "EXTENSION",
    "GZIP",
    "HEADER",
    "JSON",
    "KMS_KEY_ID",
    "MANIFEST",
    "MAXFILESIZE",
    "NULL",
    "PARALLEL",
    "REGION",
];

/// Options of Redshift's UNLOAD that linchpin does not carry out (yet): each is refused by its name.
const NOT_CARRIED_OUT: [&str; 7] =
    ["BZIP2", "FIXEDWIDTH", "MASTER_SYMMETRIC_KEY", "PARQUET", "PARTITION", "ROWGROUPSIZE", "ZSTD"];

/// The options as written, before they are checked against each other.
#[derive(Debug, Default)]
struct Options {
    seen: Vec<&'static str>,
    authorization: AuthorizationClauses,
    delimiter: Option<u8>,
    null: Vec<u8>,
    region: Option<String>,
    serial: bool,
    manifest: Option<Manifest>,
    extension: Option<String>,
    max_file_size: Option<u64>,
    kms_key: Option<String>,
    auto: bool,
}

/// The largest file without MAXFILESIZE (documented: 6.2 GB).
const MAX_FILE_SIZE: u64 = 6_200_000_000;
/// The smallest MAXFILESIZE (documented).
const LEAST_FILE_SIZE: u64 = 5_000_000;

impl UnloadStatement {
    /// Reads the statement after its first word.
    pub(crate) fn parse(mut cursor: Cursor<'_, '_>) -> Result<UnloadStatement, UnloadParseError> {
        cursor.expect_symbol('(')?;
        let query = cursor.literal()?;
        cursor.expect_symbol(')')?;
        check_query(&query)?;
        cursor.expect_word("to")?;
        let url = cursor.literal()?;
        let destination = Location::parse(&url).ok_or(UnloadParseError::Destination(url))?;
        let mut options = Options::default();
        while cursor.peek().is_some() {
            options.take(&mut cursor)?;
        }
        options.check()?;
        Ok(UnloadStatement {
            query,
            destination,
            writer: options.writer(),
            compression: if options.has("GZIP") { Compression::Gzip } else { Compression::None },
            header: options.has("HEADER"),
            manifest: options.manifest,
            max_file_size: options.max_file_size.unwrap_or(MAX_FILE_SIZE),
            encryption: options.encryption(),
            existing: options.existing(),
            parallel: if options.serial { Parallel::Off } else { Parallel::On },
            authorization: options.authorization.finish()?,
            extension: options.extension,
            region: options.region,
        })
    }
}

/// The query must be one SELECT whose parentheses match, so that it stays inside PostgreSQL's `COPY (..)`.
fn check_query(query: &str) -> Result<(), UnloadParseError> {
    let tokens = tokenize(query).map_err(|_| SyntaxError::End)?;
    if !tokens
        .first()
        .is_some_and(|token| token.is_word("select") || token.is_word("with") || token.is_symbol('('))
    {
        return Err(UnloadParseError::NotASelect);
    }
    if let Some(change) = data_change(&tokens) {
        return Err(SyntaxError::Near(change.to_owned()).into());
    }
    let mut depth = 0_i32;
    for token in unwrapped(&tokens) {
        depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
        match depth {
            ..0 => return Err(SyntaxError::Near(")".to_owned()).into()),
            0 if token.is_symbol(';') => return Err(SyntaxError::Near(";".to_owned()).into()),
            0 if token.is_word("limit") || token.is_word("fetch") => return Err(UnloadParseError::Limit),
            _ => {}
        }
    }
    if depth == 0 { Ok(()) } else { Err(SyntaxError::End.into()) }
}

/// The word of a data change in a WITH: PostgreSQL knows them there, Redshift does not (documented: WITH takes SELECTs).
fn data_change<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    tokens.windows(3).find_map(|window| match window {
        [before, open, word]
            if open.is_symbol('(') && (before.is_word("as") || before.is_word("materialized")) =>
        {
            let changes = ["insert", "update", "delete", "merge"];
            changes.iter().any(|change| word.is_word(change)).then_some(word.text)
        }
        _ => None,
    })
}

/// The tokens without parentheses around the whole query.
fn unwrapped<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match tokens {
        [open, inner @ .., close] if open.is_symbol('(') && close.is_symbol(')') && is_balanced(inner) => {
            unwrapped(inner)
        }
        _ => tokens,
    }
}

/// No parenthesis closes one that opened outside.
fn is_balanced(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_i32;
    tokens.iter().all(|token| {
        depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
        depth >= 0
    }) && depth == 0
}

impl Options {
    fn has(&self, name: &str) -> bool {
        self.seen.contains(&name)
    }

    /// Reads one option.
    fn take(&mut self, cursor: &mut Cursor<'_, '_>) -> Result<(), UnloadParseError> {
        if self.authorization.take(cursor)? {
            return Ok(());
        }
        if cursor.take_word("format") {
            cursor.take_word("as");
        }
        let name = cursor.take(|token| SUPPORTED.iter().find(|name| token.is_word(name)).copied());
        let Some(name) = name else {
            let refused = NOT_CARRIED_OUT.iter().find(|name| cursor.take_word(name));
            return Err(refused
                .map_or_else(|| cursor.unexpected().into(), |name| UnloadParseError::NotCarriedOut(name)));
        };
        if self.has(name) {
            return Err(UnloadParseError::Twice(name));
        }
        self.seen.push(name);
        self.argument(name, cursor)
    }

    /// Reads what follows the option `name`.
    fn argument(&mut self, name: &'static str, cursor: &mut Cursor<'_, '_>) -> Result<(), UnloadParseError> {
        match name {
            "DELIMITER" => {
                let value = text(cursor)?;
                match value.as_bytes() {
                    [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => {
                        self.delimiter = Some(*byte)
                    }
                    _ => return Err(UnloadParseError::Value { option: name, value }),
                }
            }
            "NULL" => self.null = null_string(cursor)?,
            "REGION" => self.region = Some(text(cursor)?),
            "MANIFEST" => {
                let verbose = cursor.take_word("verbose");
                self.manifest = Some(if verbose { Manifest::Verbose } else { Manifest::Plain });
            }
            "EXTENSION" => self.extension = Some(text(cursor)?),
            "KMS_KEY_ID" => self.kms_key = Some(text(cursor)?),
            "ENCRYPTED" => self.auto = cursor.take_word("auto"),
            "MAXFILESIZE" => self.max_file_size = Some(file_size(cursor)?),
            "PARALLEL" => {
                self.serial = cursor.take_word("off") || cursor.take_word("false");
                if !self.serial && !cursor.take_word("on") {
                    cursor.take_word("true");
                }
            }
            // The others take none.
            _ => {}
        }
        Ok(())
    }

    /// Refuses options that exclude each other (documented).
    fn check(&self) -> Result<(), UnloadParseError> {
        const CONFLICTS: [(&str, &str); 9] = [
            ("CSV", "ADDQUOTES"),
            ("CSV", "ESCAPE"),
            ("CLEANPATH", "ALLOWOVERWRITE"),
            ("JSON", "CSV"),
            ("JSON", "DELIMITER"),
            ("JSON", "HEADER"),
            ("JSON", "ADDQUOTES"),
            ("JSON", "ESCAPE"),
            ("JSON", "NULL"),
        ];
        if let Some((one, other)) = CONFLICTS.iter().find(|(one, other)| self.has(one) && self.has(other)) {
            return Err(UnloadParseError::Conflict(one, other));
        }
        match (self.has("ENCRYPTED"), self.auto, self.kms_key.is_some()) {
            (false, _, true) => Err(UnloadParseError::Requires("KMS_KEY_ID", "ENCRYPTED")),
            (true, true, true) => Err(UnloadParseError::Conflict("ENCRYPTED AUTO", "KMS_KEY_ID")),
            (true, false, false) => Err(UnloadParseError::Requires("ENCRYPTED", "KMS_KEY_ID or AUTO")),
            _ => Ok(()),
        }
    }

    /// With AUTO the bucket decides: its default key, or SSE-S3 (documented).
    fn encryption(&self) -> Option<Encryption> {
        match &self.kms_key {
            Some(key) => Some(Encryption::Kms(key.clone())),
            None => self.auto.then_some(Encryption::Unnamed),
        }
    }

    fn existing(&self) -> Existing {
        if self.has("ALLOWOVERWRITE") {
            Existing::Overwrite
        } else if self.has("CLEANPATH") {
            Existing::Delete
        } else {
            Existing::Refuse
        }
    }

    fn writer(&self) -> RowForm {
        let null = self.null.clone();
        if self.has("JSON") {
            return RowForm::Json;
        }
        if self.has("CSV") {
            return RowForm::Text(RowWriter::Csv { delimiter: self.delimiter.unwrap_or(b','), null });
        }
        RowForm::Text(RowWriter::Delimited {
            delimiter: self.delimiter.unwrap_or(b'|'),
            null,
            escape: if self.has("ESCAPE") { Escape::Backslash } else { Escape::Off },
            add_quotes: if self.has("ADDQUOTES") { AddQuotes::Yes } else { AddQuotes::No },
        })
    }
}

/// `n [MB | GB]`: decimal units, MB unless said (documented).
fn file_size(cursor: &mut Cursor<'_, '_>) -> Result<u64, UnloadParseError> {
    cursor.take_word("as");
    let written =
        cursor.take(|token| token.text.parse::<f64>().ok().map(|size| (size, token.text.to_owned())));
    let (size, value) = written.ok_or_else(|| cursor.unexpected())?;
    let unit = if cursor.take_word("gb") {
        1e9
    } else {
        cursor.take_word("mb");
        1e6
    };
    let bytes = format!("{:.0}", size * unit).parse().unwrap_or(u64::MAX);
    if (LEAST_FILE_SIZE..=MAX_FILE_SIZE).contains(&bytes) {
        Ok(bytes)
    } else {
        Err(UnloadParseError::Value { option: "MAXFILESIZE", value })
    }
}

fn text(cursor: &mut Cursor<'_, '_>) -> Result<String, SyntaxError> {
    cursor.take_word("as");
    cursor.literal()
}

/// `\N` as written means itself, although a backslash before a plain letter means nothing in a literal.
fn null_string(cursor: &mut Cursor<'_, '_>) -> Result<Vec<u8>, SyntaxError> {
    cursor.take_word("as");
    let raw = cursor.peek().and_then(Token::raw_literal);
    let value = cursor.literal()?;
    Ok(if raw == Some("\\N") { b"\\N".to_vec() } else { value.into_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(sql: &str) -> Result<UnloadStatement, UnloadParseError> {
        let sql = format!("{sql} iam_role default");
        let tokens = tokenize(&sql).unwrap();
        UnloadStatement::parse(Cursor::new(&tokens))
    }

    #[test]
    fn the_query_is_taken_out_of_its_literal() {
        for (sql, expected) in [
            (r"('select ''a'' from t') to 's3://b/p'", "select 'a' from t"),
            (r"('select \'a\\\\b\' from t') to 's3://b/p'", r"select 'a\\b' from t"),
            ("($$select 'it''s'$$) to 's3://b/p'", "select 'it''s'"),
            ("('select * from (select 1 limit 1)') to 's3://b/p'", "select * from (select 1 limit 1)"),
            ("('select 1 -- no limit') to 's3://b/p'", "select 1 -- no limit"),
        ] {
            assert_eq!(parse(sql).unwrap().query, expected, "{sql}");
        }
    }

    #[test]
    fn refused() {
        use UnloadParseError as E;
        let near = |text: &str| E::Syntax(SyntaxError::Near(text.to_owned()));
        for (sql, expected) in [
            ("(select 1) to 's3://b/p'", near("select")),
            ("('select 1 limit 2') to 's3://b/p'", E::Limit),
            ("('(select 1 limit 2)') to 's3://b/p'", E::Limit),
            ("('select 1 fetch first 1 row only') to 's3://b/p'", E::Limit),
            ("('with d as (delete from t returning a) select * from d') to 's3://b/p'", near("delete")),
            ("('select 1;') to 's3://b/p'", near(";")),
            ("('select 1) to stdout; drop table t --') to 's3://b/p'", near(")")),
            ("('select (1') to 's3://b/p'", E::Syntax(SyntaxError::End)),
            ("('delete from t') to 's3://b/p'", E::NotASelect),
            ("('select 1') to 'b/p'", E::Destination("b/p".to_owned())),
            ("('select 1') to 's3://b/p' parquet", E::NotCarriedOut("PARQUET")),
            ("('select 1') to 's3://b/p' format as json header", E::Conflict("JSON", "HEADER")),
            ("('select 1') to 's3://b/p' format as orc", near("orc")),
            (
                "('select 1') to 's3://b/p' cleanpath allowoverwrite",
                E::Conflict("CLEANPATH", "ALLOWOVERWRITE"),
            ),
            ("('select 1') to 's3://b/p' kms_key_id 'k'", E::Requires("KMS_KEY_ID", "ENCRYPTED")),
            ("('select 1') to 's3://b/p' encrypted", E::Requires("ENCRYPTED", "KMS_KEY_ID or AUTO")),
            (
                "('select 1') to 's3://b/p' encrypted auto kms_key_id 'k'",
                E::Conflict("ENCRYPTED AUTO", "KMS_KEY_ID"),
            ),
            (
                "('select 1') to 's3://b/p' maxfilesize 4 mb",
                E::Value { option: "MAXFILESIZE", value: "4".to_owned() },
            ),
            (
                "('select 1') to 's3://b/p' maxfilesize 6.3 gb",
                E::Value { option: "MAXFILESIZE", value: "6.3".to_owned() },
            ),
            ("('select 1') to 's3://b/p' csv addquotes", E::Conflict("CSV", "ADDQUOTES")),
            ("('select 1') to 's3://b/p' header header", E::Twice("HEADER")),
            (
                "('select 1') to 's3://b/p' delimiter '||'",
                E::Value { option: "DELIMITER", value: "||".to_owned() },
            ),
            ("('select 1') to 's3://b/p' nonsense", near("nonsense")),
        ] {
            assert_eq!(parse(sql).unwrap_err(), expected, "{sql}");
        }
    }
}
