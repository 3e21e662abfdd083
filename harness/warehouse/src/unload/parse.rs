//! The UNLOAD statement.

use linchpin_formats::{AddQuotes, Compression, Escape, RowWriter};
use secrecy::SecretString;
use thiserror::Error;

use super::query::check_query;
use crate::authorization::{Authorization, AuthorizationError, Authorized};
use crate::options::{
    Given, OptionError, Vocabulary, compression, null_string, one_byte, size, switch, text, widths,
};
use crate::s3::{Encryption, Location};
use crate::sql::{Cursor, SyntaxError};

/// An UNLOAD to S3.
#[derive(Debug)]
pub(crate) struct UnloadStatement {
    pub(crate) query: String,
    pub(crate) authorization: Authorization,
    /// The key of client-side encryption, in base64.
    pub(crate) master_key: Option<SecretString>,
    pub(crate) region: Option<String>,
    pub(crate) output: Output,
    pub(crate) manifest: Option<Manifest>,
    /// `None`: as the cluster does it.
    pub(crate) encryption: Option<Encryption>,
    pub(crate) existing: Existing,
}

/// The files of an UNLOAD.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) destination: Location,
    pub(crate) form: RowForm,
    pub(crate) compression: Compression,
    pub(crate) header: bool,
    /// Ends every file's name, in the place of what format and compression would add.
    pub(crate) extension: Option<String>,
    pub(crate) parallel: Parallel,
    /// How many bytes a file may have.
    pub(crate) max_file_size: u64,
    /// How many bytes of values make a row group of Parquet.
    pub(crate) row_group: usize,
    pub(crate) partition: Option<Partition>,
}

impl Output {
    /// The object of this UNLOAD whose name ends so.
    pub(crate) fn object(&self, suffix: &str) -> Location {
        Location { bucket: self.destination.bucket.clone(), key: format!("{}{suffix}", self.destination.key) }
    }
}

/// How the rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowForm {
    Text(RowWriter),
    /// An object a line.
    Json,
    Parquet,
}

impl RowForm {
    /// Its name in the system tables.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            RowForm::Json => "JSON",
            RowForm::Parquet => "Parquet",
            RowForm::Text(RowWriter::Csv { .. }) => "CSV",
            RowForm::Text(RowWriter::FixedWidth { .. }) => "FixedWidth",
            RowForm::Text(RowWriter::Delimited { .. }) => "Text",
        }
    }
}

/// PARTITION BY: a folder for each value of these columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) columns: Vec<String>,
    pub(crate) included: Included,
}

/// Whether the files have the columns of PARTITION BY too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Included {
    No,
    Yes,
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
    Option(#[from] OptionError),
    #[error("destination `{0}`")]
    Destination(String),
    /// LIMIT in the outer select.
    #[error("outer LIMIT")]
    Limit,
    /// Not a SELECT.
    #[error("the query is no SELECT")]
    NotASelect,
}

impl From<SyntaxError> for UnloadParseError {
    fn from(error: SyntaxError) -> UnloadParseError {
        UnloadParseError::Option(error.into())
    }
}

impl From<AuthorizationError> for UnloadParseError {
    fn from(error: AuthorizationError) -> UnloadParseError {
        UnloadParseError::Option(error.into())
    }
}

/// UNLOAD's options; the conflicts are documented unless noted.
pub(crate) const VOCABULARY: Vocabulary = Vocabulary {
    options: &[
        "ADDQUOTES",
        "ALLOWOVERWRITE",
        "BZIP2",
        "CLEANPATH",
        "DELIMITER",
        "ENCRYPTED",
        "ESCAPE",
        "EXTENSION",
        "GZIP",
        "HEADER",
        "KMS_KEY_ID",
        "MANIFEST",
        "MASTER_SYMMETRIC_KEY",
        "MAXFILESIZE",
        "NULL",
        "PARALLEL",
        "PARTITION",
        "REGION",
        "ROWGROUPSIZE",
        "ZSTD",
    ],
    formats: &["CSV", "FIXEDWIDTH", "JSON", "PARQUET"],
    refused: &[],
    conflicts: &[
        ("CSV", "ADDQUOTES"),
        // Inferred: CSV doubles quotes and escapes nothing.
        ("CSV", "ESCAPE"),
        ("CLEANPATH", "ALLOWOVERWRITE"),
        ("JSON", "DELIMITER"),
        ("JSON", "HEADER"),
        ("JSON", "ADDQUOTES"),
        ("JSON", "ESCAPE"),
        ("JSON", "NULL"),
        ("PARQUET", "DELIMITER"),
        ("PARQUET", "ADDQUOTES"),
        ("PARQUET", "ESCAPE"),
        ("PARQUET", "NULL"),
        ("PARQUET", "HEADER"),
        ("PARQUET", "GZIP"),
        ("PARQUET", "BZIP2"),
        ("PARQUET", "ZSTD"),
        ("PARQUET", "MASTER_SYMMETRIC_KEY"),
        ("FIXEDWIDTH", "DELIMITER"),
        ("FIXEDWIDTH", "HEADER"),
        // Inferred: neither quotes nor backslashes have a place in a column's width.
        ("FIXEDWIDTH", "ADDQUOTES"),
        ("FIXEDWIDTH", "ESCAPE"),
        ("MASTER_SYMMETRIC_KEY", "KMS_KEY_ID"),
        // One word for all files.
        ("GZIP", "BZIP2"),
        ("GZIP", "ZSTD"),
        ("BZIP2", "ZSTD"),
    ],
    requirements: &[
        ("KMS_KEY_ID", "ENCRYPTED"),
        ("MASTER_SYMMETRIC_KEY", "ENCRYPTED"),
        ("ROWGROUPSIZE", "PARQUET"),
    ],
};

/// The arguments of the options, before they are checked against each other.
#[derive(Debug, Default)]
struct Arguments {
    delimiter: Option<u8>,
    null: Option<Vec<u8>>,
    widths: Vec<usize>,
    partition: Option<Partition>,
    row_group: Option<u64>,
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
/// The smallest and usual ROWGROUPSIZE, and the largest (documented: 32 MB and 128 MB).
const ROW_GROUP: u64 = 32_000_000;
const MAX_ROW_GROUP: u64 = 128_000_000;
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
        // COPY takes aliases of access points, UNLOAD does not (documented).
        let named = Location::parse(&url).filter(|location| !location.bucket.ends_with("-s3alias"));
        let mut destination = named.ok_or(UnloadParseError::Destination(url))?;
        let (mut given, mut options) = (Given::new(&VOCABULARY), Arguments::default());
        while let Some(name) = given.next(&mut cursor)? {
            options.take(name, &mut given, &mut cursor)?;
        }
        given.check()?;
        options.check(&given)?;
        if options.partition.is_some() && !destination.key.ends_with('/') {
            destination.key.push('/');
        }
        let form = options.form(&given);
        let output = Output {
            destination,
            max_file_size: options.max_file_size(&form),
            row_group: usize::try_from(options.row_group.unwrap_or(ROW_GROUP)).unwrap_or(usize::MAX),
            form,
            compression: compression(&given),
            header: given.has("HEADER"),
            parallel: if options.serial { Parallel::Off } else { Parallel::On },
            extension: options.extension.take(),
            partition: options.partition.take(),
        };
        let (encryption, existing) = (options.encryption(), existing(&given));
        let Authorized { authorization, master_key } = given.authorization.finish()?;
        Ok(UnloadStatement {
            query,
            authorization,
            master_key,
            region: options.region,
            output,
            manifest: options.manifest,
            encryption,
            existing,
        })
    }
}

impl Arguments {
    /// Reads what follows the option `name`.
    fn take(
        &mut self,
        name: &'static str,
        given: &mut Given,
        cursor: &mut Cursor<'_, '_>,
    ) -> Result<(), OptionError> {
        match name {
            "DELIMITER" => self.delimiter = Some(one_byte(name, cursor)?),
            "FIXEDWIDTH" => self.widths = widths(cursor)?,
            "MASTER_SYMMETRIC_KEY" => given.authorization.set_master_key(text(cursor)?.into()),
            "NULL" => self.null = Some(null_string(cursor)?),
            "PARTITION" => self.partition = Some(partition(cursor)?),
            "ROWGROUPSIZE" => self.row_group = Some(size(name, cursor, ROW_GROUP..=MAX_ROW_GROUP)?),
            "REGION" => self.region = Some(text(cursor)?),
            "MANIFEST" => {
                let verbose = cursor.take_word("verbose");
                self.manifest = Some(if verbose { Manifest::Verbose } else { Manifest::Plain });
            }
            "EXTENSION" => self.extension = Some(text(cursor)?),
            "KMS_KEY_ID" => self.kms_key = Some(text(cursor)?),
            "ENCRYPTED" => self.auto = cursor.take_word("auto"),
            "MAXFILESIZE" => self.max_file_size = Some(size(name, cursor, LEAST_FILE_SIZE..=MAX_FILE_SIZE)?),
            "PARALLEL" => {
                let word = switch(cursor, &["on", "true", "off", "false"]);
                self.serial = matches!(word, Some("off" | "false"));
            }
            // The others take none.
            _ => {}
        }
        Ok(())
    }

    /// Refuses encryptions that do not go together (documented).
    fn check(&self, given: &Given) -> Result<(), OptionError> {
        let key = given.authorization.has_master_key();
        match (given.has("ENCRYPTED"), self.auto, self.kms_key.is_some()) {
            (true, true, true) => Err(OptionError::Conflict("ENCRYPTED AUTO", "KMS_KEY_ID")),
            (true, true, _) if key => Err(OptionError::Conflict("ENCRYPTED AUTO", "MASTER_SYMMETRIC_KEY")),
            (false, ..) if key => Err(OptionError::Requires("MASTER_SYMMETRIC_KEY", "ENCRYPTED")),
            (_, _, true) if given.authorization.has_credentials() => {
                Err(OptionError::Conflict("KMS_KEY_ID", "CREDENTIALS"))
            }
            _ if given.has("MASTER_SYMMETRIC_KEY") && given.authorization.has_credentials() => {
                Err(OptionError::Conflict("MASTER_SYMMETRIC_KEY", "CREDENTIALS"))
            }
            _ => Ok(()),
        }
    }

    /// Of Parquet, whole multiples of 32 MB (documented), and at least one.
    fn max_file_size(&self, form: &RowForm) -> u64 {
        let size = self.max_file_size.unwrap_or(MAX_FILE_SIZE);
        if *form == RowForm::Parquet { (size / ROW_GROUP).max(1) * ROW_GROUP } else { size }
    }

    /// ENCRYPTED alone is what an UNLOAD does anyway (client source: awswrangler always writes it).
    /// With AUTO the bucket decides: its default key, or SSE-S3 (documented).
    fn encryption(&self) -> Option<Encryption> {
        match &self.kms_key {
            Some(key) => Some(Encryption::Kms(key.clone())),
            None => self.auto.then_some(Encryption::Unnamed),
        }
    }

    fn form(&mut self, given: &Given) -> RowForm {
        if given.has("PARQUET") {
            return RowForm::Parquet;
        }
        if given.has("FIXEDWIDTH") {
            let widths = std::mem::take(&mut self.widths);
            // NULL is blanks unless told otherwise (documented).
            let null = self.null.take().unwrap_or_default();
            return RowForm::Text(RowWriter::FixedWidth { widths, null });
        }
        let null = self.null.take().unwrap_or_default();
        if given.has("JSON") {
            return RowForm::Json;
        }
        if given.has("CSV") {
            return RowForm::Text(RowWriter::Csv { delimiter: self.delimiter.unwrap_or(b','), null });
        }
        RowForm::Text(RowWriter::Delimited {
            delimiter: self.delimiter.unwrap_or(b'|'),
            null,
            escape: if given.has("ESCAPE") { Escape::Backslash } else { Escape::Off },
            add_quotes: if given.has("ADDQUOTES") { AddQuotes::Yes } else { AddQuotes::No },
        })
    }
}

/// `BY (a, b) [INCLUDE]`.
fn partition(cursor: &mut Cursor<'_, '_>) -> Result<Partition, SyntaxError> {
    cursor.expect_word("by")?;
    cursor.expect_symbol('(')?;
    let mut columns = vec![cursor.identifier()?];
    while cursor.take_symbol(',') {
        columns.push(cursor.identifier()?);
    }
    cursor.expect_symbol(')')?;
    let included = if cursor.take_word("include") { Included::Yes } else { Included::No };
    Ok(Partition { columns, included })
}

fn existing(given: &Given) -> Existing {
    if given.has("ALLOWOVERWRITE") {
        Existing::Overwrite
    } else if given.has("CLEANPATH") {
        Existing::Delete
    } else {
        Existing::Refuse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::tokenize;

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
        use OptionError as O;
        use UnloadParseError as E;
        let near = |text: &str| E::from(SyntaxError::Near(text.to_owned()));
        for (sql, expected) in [
            ("(select 1) to 's3://b/p'", near("select")),
            ("('select 1 limit 2') to 's3://b/p'", E::Limit),
            ("('(select 1 limit 2)') to 's3://b/p'", E::Limit),
            ("('select 1 fetch first 1 row only') to 's3://b/p'", E::Limit),
            ("('with d as (delete from t returning a) select * from d') to 's3://b/p'", near("delete")),
            ("('select 1;') to 's3://b/p'", near(";")),
            ("('select 1) to stdout; drop table t --') to 's3://b/p'", near(")")),
            ("('select (1') to 's3://b/p'", SyntaxError::End.into()),
            ("('delete from t') to 's3://b/p'", E::NotASelect),
            ("('select 1') to 'b/p'", E::Destination("b/p".to_owned())),
            ("('select 1') to 's3://b/p' parquet gzip", O::Conflict("PARQUET", "GZIP").into()),
            ("('select 1') to 's3://b/p' rowgroupsize 32", O::Requires("ROWGROUPSIZE", "PARQUET").into()),
            (
                "('select 1') to 's3://b/p' parquet rowgroupsize 129 mb",
                O::Value { option: "ROWGROUPSIZE", value: "129".to_owned() }.into(),
            ),
            ("('select 1') to 's3://b/p' partition (a)", near("(")),
            (
                "('select 1') to 's3://b/p' fixedwidth 'a:3' header",
                O::Conflict("FIXEDWIDTH", "HEADER").into(),
            ),
            ("('select 1') to 's3://b/p' format as json header", O::Conflict("JSON", "HEADER").into()),
            ("('select 1') to 's3://b/p' format as orc", near("orc")),
            (
                "('select 1') to 's3://b/p' cleanpath allowoverwrite",
                O::Conflict("CLEANPATH", "ALLOWOVERWRITE").into(),
            ),
            ("('select 1') to 's3://b/p' kms_key_id 'k'", O::Requires("KMS_KEY_ID", "ENCRYPTED").into()),
            (
                "('select 1') to 's3://b/p' encrypted auto kms_key_id 'k'",
                O::Conflict("ENCRYPTED AUTO", "KMS_KEY_ID").into(),
            ),
            (
                "('select 1') to 's3://b/p' maxfilesize 4 mb",
                O::Value { option: "MAXFILESIZE", value: "4".to_owned() }.into(),
            ),
            (
                "('select 1') to 's3://b/p' maxfilesize 6.3 gb",
                O::Value { option: "MAXFILESIZE", value: "6.3".to_owned() }.into(),
            ),
            ("('select 1') to 's3://b/p' csv addquotes", O::Conflict("CSV", "ADDQUOTES").into()),
            ("('select 1') to 's3://b/p' header header", O::Twice("HEADER").into()),
            (
                "('select 1') to 's3://b/p' delimiter '||'",
                O::Value { option: "DELIMITER", value: "||".to_owned() }.into(),
            ),
            ("('select 1') to 's3://b/p' nonsense", near("nonsense")),
        ] {
            assert_eq!(parse(sql).unwrap_err(), expected, "{sql}");
        }
    }
}
