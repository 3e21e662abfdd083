//! The COPY statement.

use linchpin_formats::{Compression, Csv, Delimited, Escape, Layout, Quotes};
use thiserror::Error;

use super::convert::{Conversion, TimePattern};
use crate::authorization::{Authorization, AuthorizationClauses, AuthorizationError};
use crate::s3::Location;
use crate::sql::{Cursor, SyntaxError, Token};

/// A COPY from S3.
#[derive(Debug)]
pub(crate) struct CopyStatement {
    /// Parts of the table's name.
    pub(crate) table: Vec<String>,
    /// The column list; empty means every column.
    pub(crate) columns: Vec<String>,
    pub(crate) source: Location,
    pub(crate) addressing: Addressing,
    pub(crate) authorization: Authorization,
    pub(crate) region: Option<String>,
    pub(crate) layout: Layout,
    pub(crate) compression: Compression,
    pub(crate) header_lines: u64,
    pub(crate) conversion: Conversion,
    pub(crate) identity: Identity,
    pub(crate) effect: Effect,
    /// The number of load errors that fails the statement, at least 1.
    pub(crate) max_errors: u64,
}

/// Where the values of identity columns come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    Generated,
    /// EXPLICIT_IDS: the files.
    Explicit,
}

/// What becomes of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Load,
    /// NOLOAD: they are read, and nothing more.
    Check,
}

/// What the source names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Addressing {
    /// Every object whose key starts so.
    Prefix,
    /// One object that lists the others.
    Manifest,
}

/// A COPY that is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum CopyParseError {
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    /// Not S3.
    #[error("source `{0}`")]
    Source(String),
    /// `COPY .. TO`, which Redshift does not have.
    #[error("COPY TO")]
    CopyTo,
    /// An option of Redshift's that linchpin does not carry out.
    #[error("option {0}")]
    NotCarriedOut(&'static str),
    #[error("option {0} given twice")]
    Twice(&'static str),
    #[error("options {0} and {1} exclude each other")]
    Conflict(&'static str, &'static str),
    #[error("option {option}: invalid value `{value}`")]
    Value { option: &'static str, value: String },
}

/// Options of Redshift's COPY that linchpin does not carry out (yet): each is refused by its name.
const NOT_CARRIED_OUT: [&str; 15] = [
    "AVRO",
    "BZIP2",
    "ENCODING",
    "ENCRYPTED",
    "FIXEDWIDTH",
    "JSON",
    "LZOP",
    "MASTER_SYMMETRIC_KEY",
    "ORC",
    "PARQUET",
    "READRATIO",
    "SERIALIZETOJSON",
    "SHAPEFILE",
    "SSH",
    "ZSTD",
];

/// The options as written, before they are checked against each other.
#[derive(Debug, Default)]
struct Options {
    seen: Vec<&'static str>,
    authorization: AuthorizationClauses,
    delimiter: Option<u8>,
    quote: Option<u8>,
    null: Option<Vec<u8>>,
    region: Option<String>,
    header_lines: u64,
    max_errors: u64,
    conversion: Conversion,
}

impl CopyStatement {
    /// Reads the statement after its first word.
    pub(crate) fn parse(mut cursor: Cursor<'_, '_>) -> Result<CopyStatement, CopyParseError> {
        if cursor.peek().is_some_and(|token| token.is_symbol('(')) {
            return Err(CopyParseError::CopyTo);
        }
        let mut table = vec![cursor.identifier()?];
        while cursor.take_symbol('.') {
            table.push(cursor.identifier()?);
        }
        let columns = column_list(&mut cursor)?;
        if cursor.take_word("to") {
            return Err(CopyParseError::CopyTo);
        }
        cursor.expect_word("from")?;
        let source = source(&mut cursor)?;
        let mut options = Options::default();
        while cursor.peek().is_some() {
            options.take(&mut cursor)?;
        }
        options.check()?;
        Ok(CopyStatement {
            table,
            columns,
            source,
            addressing: if options.has("MANIFEST") { Addressing::Manifest } else { Addressing::Prefix },
            identity: if options.has("EXPLICIT_IDS") { Identity::Explicit } else { Identity::Generated },
            effect: if options.has("NOLOAD") { Effect::Check } else { Effect::Load },
            layout: options.layout()?,
            compression: if options.has("GZIP") { Compression::Gzip } else { Compression::None },
            authorization: options.authorization.finish()?,
            region: options.region,
            header_lines: options.header_lines,
            conversion: options.conversion,
            max_errors: options.max_errors.max(1),
        })
    }
}

fn column_list(cursor: &mut Cursor<'_, '_>) -> Result<Vec<String>, SyntaxError> {
    let mut columns = Vec::new();
    if cursor.take_symbol('(') {
        columns.push(cursor.identifier()?);
        while cursor.take_symbol(',') {
            columns.push(cursor.identifier()?);
        }
        cursor.expect_symbol(')')?;
    }
    Ok(columns)
}

fn source(cursor: &mut Cursor<'_, '_>) -> Result<Location, CopyParseError> {
    if cursor.take_word("stdin") {
        return Err(CopyParseError::Source("stdin".to_owned()));
    }
    let url = cursor.literal()?;
    Location::parse(&url).ok_or(CopyParseError::Source(url))
}

impl Options {
    fn has(&self, name: &str) -> bool {
        self.seen.contains(&name)
    }

    /// Reads one option.
    fn take(&mut self, cursor: &mut Cursor<'_, '_>) -> Result<(), CopyParseError> {
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
                .map_or_else(|| cursor.unexpected().into(), |name| CopyParseError::NotCarriedOut(name)));
        };
        if self.has(name) {
            return Err(CopyParseError::Twice(name));
        }
        self.seen.push(name);
        self.argument(name, cursor)
    }

    /// Reads what follows the option `name`.
    fn argument(&mut self, name: &'static str, cursor: &mut Cursor<'_, '_>) -> Result<(), CopyParseError> {
        let conversion = &mut self.conversion;
        match name {
            "ACCEPTANYDATE" => conversion.accept_any_date = true,
            "ACCEPTINVCHARS" => conversion.replacement = Some(replacement(cursor)?),
            "BLANKSASNULL" => conversion.blanks_as_null = true,
            "COMPROWS" => drop(number(name, cursor, 1000..=2_147_483_647)?),
            "COMPUPDATE" => switch(cursor, &["preset", "on", "true", "off", "false"]),
            "DATEFORMAT" => conversion.date = pattern(name, cursor)?,
            "DELIMITER" => self.delimiter = Some(one_byte(name, cursor)?),
            "EMPTYASNULL" => conversion.empty_as_null = true,
            "FILLRECORD" => conversion.fill_record = true,
            "IGNOREALLERRORS" => self.max_errors = u64::MAX,
            "IGNOREBLANKLINES" => conversion.ignore_blank_lines = true,
            "IGNOREHEADER" => self.header_lines = number(name, cursor, 0..=u64::MAX)?,
            "MAXERROR" => self.max_errors = number(name, cursor, 0..=100_000)?,
            "NULL" => self.null = Some(null_string(cursor)?),
            "QUOTE" => self.quote = Some(one_byte(name, cursor)?),
            "REGION" => self.region = Some(text(cursor)?),
            "ROUNDEC" => conversion.round_decimals = true,
            "STATUPDATE" => switch(cursor, &["on", "true", "off", "false"]),
            "TIMEFORMAT" => conversion.time = pattern(name, cursor)?,
            "TRIMBLANKS" => conversion.trim_blanks = true,
            "TRUNCATECOLUMNS" => conversion.truncate_columns = true,
            // The others take none.
            _ => {}
        }
        Ok(())
    }

    /// Refuses options that exclude each other (documented).
    fn check(&self) -> Result<(), CopyParseError> {
        const CONFLICTS: [(&str, &str); 3] =
            [("CSV", "ESCAPE"), ("CSV", "REMOVEQUOTES"), ("MAXERROR", "IGNOREALLERRORS")];
        let conflict = CONFLICTS.iter().find(|(one, other)| self.has(one) && self.has(other));
        match conflict {
            Some((one, other)) => Err(CopyParseError::Conflict(one, other)),
            None => Ok(()),
        }
    }

    fn layout(&self) -> Result<Layout, CopyParseError> {
        let null = self.null.clone().unwrap_or_else(|| b"\\N".to_vec());
        if self.has("CSV") {
            let (delimiter, quote) = (self.delimiter.unwrap_or(b','), self.quote.unwrap_or(b'"'));
            if delimiter == quote {
                return Err(CopyParseError::Conflict("DELIMITER", "QUOTE"));
            }
            return Ok(Layout::Csv(Csv { delimiter, quote, null }));
        }
        if self.quote.is_some() {
            // QUOTE belongs to CSV (documented).
            return Err(CopyParseError::Syntax(SyntaxError::Near("QUOTE".to_owned())));
        }
        Ok(Layout::Delimited(Delimited {
            delimiter: self.delimiter.unwrap_or(b'|'),
            null,
            escape: if self.has("ESCAPE") { Escape::Backslash } else { Escape::Off },
            quotes: if self.has("REMOVEQUOTES") { Quotes::Remove } else { Quotes::Keep },
        }))
    }
}

/// The options that are carried out, besides authorization.
const SUPPORTED: [&str; 28] = [
    "ACCEPTANYDATE",
    "ACCEPTINVCHARS",
    "BLANKSASNULL",
    "COMPROWS",
    "COMPUPDATE",
    "CSV",
    "DATEFORMAT",
    "DELIMITER",
    "EMPTYASNULL",
    "ESCAPE",
    "EXPLICIT_IDS",
    "FILLRECORD",
    "GZIP",
    "IGNOREALLERRORS",
    "IGNOREBLANKLINES",
    "IGNOREHEADER",
    "MANIFEST",
    "MAXERROR",
    "NOLOAD",
    "NULL",
    "QUOTE",
    "REGION",
    "REMOVEQUOTES",
    "ROUNDEC",
    "STATUPDATE",
    "TIMEFORMAT",
    "TRIMBLANKS",
    "TRUNCATECOLUMNS",
];

fn text(cursor: &mut Cursor<'_, '_>) -> Result<String, SyntaxError> {
    cursor.take_word("as");
    cursor.literal()
}

fn one_byte(option: &'static str, cursor: &mut Cursor<'_, '_>) -> Result<u8, CopyParseError> {
    let value = text(cursor)?;
    match value.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err(CopyParseError::Value { option, value }),
    }
}

/// `\N` as written means itself, although a backslash before a plain letter means nothing in a literal.
fn null_string(cursor: &mut Cursor<'_, '_>) -> Result<Vec<u8>, CopyParseError> {
    cursor.take_word("as");
    let raw = cursor.peek().and_then(Token::raw_literal);
    let value = cursor.literal()?;
    match value.as_str() {
        _ if raw == Some("\\N") => Ok(b"\\N".to_vec()),
        // A line ends there, so no field can hold it (documented).
        "\n" => Err(CopyParseError::Value { option: "NULL", value: "\\n".to_owned() }),
        value => Ok(value.as_bytes().to_vec()),
    }
}

fn number(
    option: &'static str,
    cursor: &mut Cursor<'_, '_>,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, CopyParseError> {
    cursor.take_word("as");
    let value = cursor.number()?;
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(CopyParseError::Value { option, value: value.to_string() })
    }
}

/// An optional word: the statistics and encodings that it is about do not exist here.
fn switch(cursor: &mut Cursor<'_, '_>, words: &[&str]) {
    words.iter().any(|word| cursor.take_word(word));
}

/// The optional replacement of invalid characters, `?` by default (documented).
fn replacement(cursor: &mut Cursor<'_, '_>) -> Result<u8, CopyParseError> {
    let follows = |token: Option<&Token<'_>>| {
        token.is_some_and(|token| token.is_word("as") || token.literal().is_some())
    };
    if follows(cursor.peek()) { one_byte("ACCEPTINVCHARS", cursor) } else { Ok(b'?') }
}

fn pattern(option: &'static str, cursor: &mut Cursor<'_, '_>) -> Result<TimePattern, CopyParseError> {
    let value = text(cursor)?;
    TimePattern::parse(&value, option == "TIMEFORMAT").ok_or(CopyParseError::Value { option, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::tokenize;

    fn parse(sql: &str) -> Result<CopyStatement, CopyParseError> {
        let tokens = tokenize(sql).unwrap();
        CopyStatement::parse(Cursor::new(&tokens))
    }

    #[test]
    fn a_statement_is_read() {
        let copy = parse(
            "\"My Schema\".T (A, \"B\") from 's3://b/p/x' with credentials as 'aws_iam_role=arn:a' \
             format as csv quote '%' null as 'nil' gzip ignoreheader as 2 region 'eu-west-1' maxerror 5 manifest",
        )
        .unwrap();
        assert_eq!(copy.table, ["My Schema", "t"]);
        assert_eq!(copy.columns, ["a", "B"]);
        assert_eq!(copy.source.url(), "s3://b/p/x");
        assert_eq!(copy.layout, Layout::Csv(Csv { delimiter: b',', quote: b'%', null: b"nil".to_vec() }));
        assert_eq!((copy.addressing, copy.compression), (Addressing::Manifest, Compression::Gzip));
        assert_eq!((copy.header_lines, copy.max_errors, copy.region.as_deref()), (2, 5, Some("eu-west-1")));
    }

    #[test]
    fn every_option_that_is_not_carried_out_is_refused_by_its_name() {
        for option in NOT_CARRIED_OUT {
            let sql = format!("t from 's3://b/k' iam_role default {} 'x'", option.to_lowercase());
            assert_eq!(parse(&sql).unwrap_err(), CopyParseError::NotCarriedOut(option));
        }
    }

    #[test]
    fn every_option_that_is_carried_out_is_read_once() {
        for option in SUPPORTED {
            let argument = match option {
                "COMPROWS" => "1000",
                "IGNOREHEADER" | "MAXERROR" => "1",
                "DATEFORMAT" | "TIMEFORMAT" => "'auto'",
                "QUOTE" => "'%' csv",
                "DELIMITER" | "NULL" | "REGION" => "';'",
                _ => "",
            };
            let sql = format!("t from 's3://b/k' iam_role default {option} {argument}");
            parse(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            let twice = format!("{sql} {option} {argument}");
            assert_eq!(parse(&twice).unwrap_err(), CopyParseError::Twice(option), "{twice}");
        }
    }

    #[test]
    fn refused() {
        use CopyParseError as E;
        let near = |text: &str| E::Syntax(SyntaxError::Near(text.to_owned()));
        let value = |option, value: &str| E::Value { option, value: value.to_owned() };
        for (sql, expected) in [
            ("t", E::Syntax(SyntaxError::End)),
            ("t from stdin", E::Source("stdin".to_owned())),
            ("t from '/etc/passwd'", E::Source("/etc/passwd".to_owned())),
            ("t from program 'ls'", near("program")),
            ("t from 'emr://c/x' iam_role default", E::Source("emr://c/x".to_owned())),
            ("t to 's3://b/k'", E::CopyTo),
            ("t (a,) from 's3://b/k'", near(")")),
            ("t from 's3://b/k' 'x'", near("'...'")),
            ("t from 's3://b/k' delimiter '||'", value("DELIMITER", "||")),
            ("t from 's3://b/k' delimiter ''", value("DELIMITER", "")),
            ("t from 's3://b/k' maxerror 100001", value("MAXERROR", "100001")),
            ("t from 's3://b/k' null '\\n'", value("NULL", "\\n")),
            ("t from 's3://b/k' dateformat 'QQ'", value("DATEFORMAT", "QQ")),
            ("t from 's3://b/k' dateformat 'epochsecs'", value("DATEFORMAT", "epochsecs")),
            ("t from 's3://b/k' quote '%'", near("QUOTE")),
            ("t from 's3://b/k' csv removequotes", E::Conflict("CSV", "REMOVEQUOTES")),
            ("t from 's3://b/k' maxerror 2 ignoreallerrors", E::Conflict("MAXERROR", "IGNOREALLERRORS")),
            ("t from 's3://b/k' csv delimiter '\"'", E::Conflict("DELIMITER", "QUOTE")),
        ] {
            assert_eq!(parse(sql).unwrap_err(), expected, "{sql}");
        }
    }
}
