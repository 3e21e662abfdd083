//! The COPY statement.

use linchpin_formats::{Compression, Csv, Delimited, Encoding, Escape, FixedWidth, Layout, Quotes};
use secrecy::SecretString;
use thiserror::Error;

use super::convert::{Conversion, TimePattern};
use super::vocabulary::{COLUMNAR, VOCABULARY, WITH_COLUMNAR};
use crate::authorization::{Authorization, AuthorizationError, Authorized};
use crate::options::{Given, OptionError, compression, null_string, number, one_byte, switch, text, widths};
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
    /// ENCRYPTED: the key of client-side encryption, in base64.
    pub(crate) master_key: Option<SecretString>,
    pub(crate) region: Option<String>,
    pub(crate) format: Format,
    pub(crate) compression: Compression,
    pub(crate) encoding: Encoding,
    pub(crate) header_lines: u64,
    pub(crate) conversion: Conversion,
    pub(crate) identity: Identity,
    pub(crate) effect: Effect,
    /// The number of load errors that fails the statement, at least 1.
    pub(crate) max_errors: u64,
}

/// The format of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text, CSV or fixed width.
    Lines(Layout),
    Json(Mapping),
    Avro(Mapping),
    Columnar(Columnar, Nested),
}

/// The columnar formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columnar {
    Parquet,
    Orc,
}

impl Columnar {
    /// Its option.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Columnar::Parquet => "PARQUET",
            Columnar::Orc => "ORC",
        }
    }
}

impl Format {
    /// Its name in the system tables.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Format::Lines(Layout::Csv(_)) => "CSV",
            Format::Lines(_) => "TEXT",
            Format::Json(_) => "JSON",
            Format::Avro(_) => "AVRO",
            Format::Columnar(format, _) => format.name(),
        }
    }
}

/// How the values of an object find their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mapping {
    /// By name.
    Auto,
    /// By name, whatever its case.
    AutoIgnoreCase,
    /// In the order of the paths in this file.
    Paths(Location),
    /// The whole object is the value of the one column.
    NoShred,
}

/// What becomes of nested values of a columnar file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nested {
    Refuse,
    /// SERIALIZETOJSON: they are loaded into SUPER columns.
    Serialize,
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
    Option(#[from] OptionError),
    /// Not S3.
    #[error("source `{0}`")]
    Source(String),
    /// `COPY .. TO`, which Redshift does not have.
    #[error("COPY TO")]
    CopyTo,
}

impl From<SyntaxError> for CopyParseError {
    fn from(error: SyntaxError) -> CopyParseError {
        CopyParseError::Option(error.into())
    }
}

impl From<AuthorizationError> for CopyParseError {
    fn from(error: AuthorizationError) -> CopyParseError {
        CopyParseError::Option(error.into())
    }
}

/// The arguments of the options, before they are checked against each other.
#[derive(Debug, Default)]
struct Arguments {
    delimiter: Option<u8>,
    quote: Option<u8>,
    null: Option<Vec<u8>>,
    widths: Vec<usize>,
    mapping: Option<Mapping>,
    region: Option<String>,
    encoding: Encoding,
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
        let (table, columns) = target(&mut cursor)?;
        if cursor.take_word("to") {
            return Err(CopyParseError::CopyTo);
        }
        cursor.expect_word("from")?;
        let source = source(&mut cursor)?;
        let (mut given, mut arguments) = (Given::new(&VOCABULARY), Arguments::default());
        while let Some(name) = given.next(&mut cursor)? {
            arguments.take(name, &mut given, &mut cursor)?;
        }
        check(&given)?;
        let format = arguments.format(&given)?;
        let either = |name: &str| given.has(name);
        let compression = compression(&given);
        let (manifest, explicit, check) = (either("MANIFEST"), either("EXPLICIT_IDS"), either("NOLOAD"));
        let Authorized { authorization, master_key } = given.authorization.finish()?;
        Ok(CopyStatement {
            table,
            columns,
            source,
            addressing: if manifest { Addressing::Manifest } else { Addressing::Prefix },
            identity: if explicit { Identity::Explicit } else { Identity::Generated },
            effect: if check { Effect::Check } else { Effect::Load },
            format,
            compression,
            authorization,
            master_key,
            region: arguments.region,
            encoding: arguments.encoding,
            header_lines: arguments.header_lines,
            conversion: arguments.conversion,
            max_errors: arguments.max_errors.max(1),
        })
    }
}

/// The table and its column list.
fn target(cursor: &mut Cursor<'_, '_>) -> Result<(Vec<String>, Vec<String>), CopyParseError> {
    let mut table = vec![cursor.identifier()?];
    if table == ["job"]
        && cursor.peek().is_some_and(|token| token.identifier().is_some() && !token.is_word("from"))
    {
        return Err(OptionError::NotCarriedOut("COPY JOB").into());
    }
    while cursor.take_symbol('.') {
        table.push(cursor.identifier()?);
    }
    let mut columns = Vec::new();
    if cursor.take_symbol('(') {
        columns.push(cursor.identifier()?);
        while cursor.take_symbol(',') {
            columns.push(cursor.identifier()?);
        }
        cursor.expect_symbol(')')?;
    }
    Ok((table, columns))
}

fn source(cursor: &mut Cursor<'_, '_>) -> Result<Location, CopyParseError> {
    if cursor.take_word("stdin") {
        return Err(CopyParseError::Source("stdin".to_owned()));
    }
    let url = cursor.literal()?;
    for (scheme, name) in [("dynamodb://", "DynamoDB"), ("emr://", "EMR")] {
        if url.starts_with(scheme) {
            return Err(OptionError::NotCarriedOut(name).into());
        }
    }
    Location::parse(&url).ok_or(CopyParseError::Source(url))
}

/// Refuses options that do not go together.
fn check(given: &Given) -> Result<(), OptionError> {
    if let Some(format) = given.format().filter(|format| COLUMNAR.contains(format)) {
        let other = given.names().find(|name| *name != format && !WITH_COLUMNAR.contains(name));
        if let Some(option) = other {
            return Err(OptionError::NotColumnar { option, format });
        }
    } else if given.has("SERIALIZETOJSON") {
        return Err(OptionError::Requires("SERIALIZETOJSON", "PARQUET or ORC"));
    }
    given.check()?;
    let authorization = &given.authorization;
    if given.has("MASTER_SYMMETRIC_KEY") && authorization.has_credentials() {
        return Err(OptionError::Conflict("MASTER_SYMMETRIC_KEY", "CREDENTIALS"));
    }
    match (given.has("ENCRYPTED"), authorization.has_master_key()) {
        (true, false) => Err(OptionError::Requires("ENCRYPTED", "MASTER_SYMMETRIC_KEY")),
        (false, true) => Err(OptionError::Requires("MASTER_SYMMETRIC_KEY", "ENCRYPTED")),
        _ => Ok(()),
    }
}

impl Arguments {
    /// Reads what follows the option `name`.
    fn take(
        &mut self,
        name: &'static str,
        given: &mut Given,
        cursor: &mut Cursor<'_, '_>,
    ) -> Result<(), CopyParseError> {
        let conversion = &mut self.conversion;
        match name {
            "ACCEPTANYDATE" => conversion.accept_any_date = true,
            "ACCEPTINVCHARS" => conversion.replacement = Some(replacement(cursor)?),
            "AVRO" | "JSON" => self.mapping = Some(mapping(name, cursor)?),
            "BLANKSASNULL" => conversion.blanks_as_null = true,
            "COMPROWS" => drop(number(name, cursor, 1000..=2_147_483_647)?),
            // The statistics and encodings that these are about do not exist here.
            "COMPUPDATE" => drop(switch(cursor, &["preset", "on", "true", "off", "false"])),
            "STATUPDATE" => drop(switch(cursor, &["on", "true", "off", "false"])),
            "DATEFORMAT" => conversion.date = pattern(name, cursor)?,
            "DELIMITER" => self.delimiter = Some(one_byte(name, cursor)?),
            "EMPTYASNULL" => conversion.empty_as_null = true,
            "ENCODING" => self.encoding = encoding(cursor)?,
            "FILLRECORD" => conversion.fill_record = true,
            "FIXEDWIDTH" => self.widths = widths(cursor)?,
            "IGNOREALLERRORS" => self.max_errors = u64::MAX,
            "IGNOREBLANKLINES" => conversion.ignore_blank_lines = true,
            "IGNOREHEADER" => self.header_lines = number(name, cursor, 0..=u64::MAX)?,
            "MASTER_SYMMETRIC_KEY" => given.authorization.set_master_key(text(cursor)?.into()),
            "MAXERROR" => self.max_errors = number(name, cursor, 0..=100_000)?,
            "NULL" => self.null = Some(null(cursor)?),
            "QUOTE" => self.quote = Some(one_byte(name, cursor)?),
            "REGION" => self.region = Some(text(cursor)?),
            "ROUNDEC" => conversion.round_decimals = true,
            "TIMEFORMAT" => conversion.time = pattern(name, cursor)?,
            "TRIMBLANKS" => conversion.trim_blanks = true,
            "TRUNCATECOLUMNS" => conversion.truncate_columns = true,
            // The others take none.
            _ => {}
        }
        Ok(())
    }

    fn format(&mut self, given: &Given) -> Result<Format, OptionError> {
        let mapping = self.mapping.take().unwrap_or(Mapping::Auto);
        let nested = if given.has("SERIALIZETOJSON") { Nested::Serialize } else { Nested::Refuse };
        Ok(match given.format() {
            Some("AVRO") => Format::Avro(mapping),
            Some("JSON") => Format::Json(mapping),
            Some("ORC") => Format::Columnar(Columnar::Orc, nested),
            Some("PARQUET") => Format::Columnar(Columnar::Parquet, nested),
            _ => Format::Lines(self.layout(given)?),
        })
    }

    fn layout(&mut self, given: &Given) -> Result<Layout, OptionError> {
        let null = self.null.take().unwrap_or_else(|| b"\\N".to_vec());
        if given.has("FIXEDWIDTH") {
            // Its files must be of UTF-8 (documented).
            if self.encoding != Encoding::Utf8 {
                return Err(OptionError::Conflict("ENCODING UTF16", "FIXEDWIDTH"));
            }
            return Ok(Layout::FixedWidth(FixedWidth { widths: std::mem::take(&mut self.widths), null }));
        }
        if given.has("CSV") {
            let (delimiter, quote) = (self.delimiter.unwrap_or(b','), self.quote.unwrap_or(b'"'));
            if delimiter == quote {
                return Err(OptionError::Conflict("DELIMITER", "QUOTE"));
            }
            return Ok(Layout::Csv(Csv { delimiter, quote, null }));
        }
        Ok(Layout::Delimited(Delimited {
            delimiter: self.delimiter.unwrap_or(b'|'),
            null,
            escape: if given.has("ESCAPE") { Escape::Backslash } else { Escape::Off },
            quotes: if given.has("REMOVEQUOTES") { Quotes::Remove } else { Quotes::Keep },
        }))
    }
}

/// A line ends at a newline, so no field can hold it (documented).
fn null(cursor: &mut Cursor<'_, '_>) -> Result<Vec<u8>, OptionError> {
    let value = null_string(cursor)?;
    if value == b"\n" {
        return Err(OptionError::Value { option: "NULL", value: "\\n".to_owned() });
    }
    Ok(value)
}

/// Whether the next token is an optional string.
fn string_follows(token: Option<&Token<'_>>) -> bool {
    token.is_some_and(|token| token.is_word("as") || token.literal().is_some())
}

/// The optional replacement of invalid characters, `?` by default (documented).
fn replacement(cursor: &mut Cursor<'_, '_>) -> Result<u8, OptionError> {
    if string_follows(cursor.peek()) { one_byte("ACCEPTINVCHARS", cursor) } else { Ok(b'?') }
}

/// How objects are mapped, `'auto'` by default (documented; the words are case-sensitive by inference).
fn mapping(option: &'static str, cursor: &mut Cursor<'_, '_>) -> Result<Mapping, OptionError> {
    if !string_follows(cursor.peek()) {
        return Ok(Mapping::Auto);
    }
    let value = text(cursor)?;
    match value.as_str() {
        "auto" => Ok(Mapping::Auto),
        "auto ignorecase" => Ok(Mapping::AutoIgnoreCase),
        "noshred" if option == "JSON" => Ok(Mapping::NoShred),
        url => match Location::parse(url) {
            Some(at) => Ok(Mapping::Paths(at)),
            None => Err(OptionError::Value { option, value }),
        },
    }
}

fn encoding(cursor: &mut Cursor<'_, '_>) -> Result<Encoding, OptionError> {
    cursor.take_word("as");
    let known = [
        ("UTF8", Encoding::Utf8),
        ("UTF16", Encoding::Utf16),
        ("UTF16LE", Encoding::Utf16Le),
        ("UTF16BE", Encoding::Utf16Be),
    ];
    // The page has it as a word, its examples as a string too.
    let written =
        cursor.take(|token| token.literal().map(std::borrow::Cow::into_owned).or(token.identifier()));
    let value = written.ok_or_else(|| cursor.unexpected())?;
    let found = known.iter().find(|(name, _)| value.eq_ignore_ascii_case(name));
    found.map(|(_, encoding)| *encoding).ok_or(OptionError::Value { option: "ENCODING", value })
}

fn pattern(option: &'static str, cursor: &mut Cursor<'_, '_>) -> Result<TimePattern, OptionError> {
    let value = text(cursor)?;
    TimePattern::parse(&value, option == "TIMEFORMAT").ok_or(OptionError::Value { option, value })
}

#[cfg(test)]
mod tests;
