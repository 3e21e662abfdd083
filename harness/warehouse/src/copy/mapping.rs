//! From the statement's format to the way records are read: JSONPaths files are fetched, names of columns put in.

use aws_sdk_s3::Client;
use linchpin_formats::{FieldNames, JsonFields, JsonPathError, RecordFormat, parse_json_paths};
use thiserror::Error;

use super::parse::{Columnar, CopyStatement, Format, Mapping, Nested};
use super::plan::{Column, ColumnType};
use crate::s3::{self, Location, S3Error};

/// The largest JSONPaths file that is read.
const MAX_PATHS: usize = 4 * 1024 * 1024;

/// Why the records' fields cannot be mapped.
#[derive(Debug, Error)]
pub(crate) enum MappingError {
    #[error("cannot read the JSONPaths file `{url}`: {error}")]
    Read { url: String, error: S3Error },
    #[error("`{url}`: {error}")]
    Paths { url: String, error: JsonPathError },
    #[error("{paths} paths for {columns} columns")]
    Count { paths: usize, columns: usize },
    /// `noshred` loads into one column.
    #[error("noshred with {0} columns")]
    NoShred(usize),
}

/// How the files of a statement are read.
#[derive(Debug)]
pub(crate) enum Reading {
    Records(RecordFormat),
    Columnar(Columnar, Nested),
}

/// How `copy`'s files are read into `columns`.
pub(crate) async fn reading(
    copy: &CopyStatement,
    columns: &[Column],
    client: &Client,
) -> Result<Reading, MappingError> {
    let header_lines = copy.header_lines;
    Ok(Reading::Records(match &copy.format {
        Format::Lines(layout) => RecordFormat::Lines { layout: layout.clone(), header_lines },
        Format::Json(mapping) => {
            RecordFormat::Json { fields: fields(mapping, columns, client).await?, header_lines }
        }
        Format::Avro(mapping) => RecordFormat::Avro(fields(mapping, columns, client).await?),
        Format::Columnar(format, nested) => return Ok(Reading::Columnar(*format, *nested)),
    }))
}

async fn fields(mapping: &Mapping, columns: &[Column], client: &Client) -> Result<JsonFields, MappingError> {
    let by_name = |names| JsonFields::by_name(columns.iter().map(|column| column.name.as_str()), names);
    let fields = match mapping {
        Mapping::Auto => by_name(FieldNames::Exact),
        Mapping::AutoIgnoreCase => by_name(FieldNames::IgnoreCase),
        Mapping::NoShred if columns.len() == 1 => JsonFields::whole(),
        Mapping::NoShred => return Err(MappingError::NoShred(columns.len())),
        Mapping::Paths(at) => {
            by_path(at, columns, client).await?.unwrap_or_else(|| by_name(FieldNames::Exact))
        }
    };
    let json = columns.iter().enumerate().filter(|(_, column)| column.kind == ColumnType::Super);
    Ok(fields.verbatim(json.map(|(index, _)| index).collect()))
}

/// `None`: the file says nothing of paths, which means `'auto'` (documented).
async fn by_path(
    at: &Location,
    columns: &[Column],
    client: &Client,
) -> Result<Option<JsonFields>, MappingError> {
    let file = s3::read(client, at, MAX_PATHS).await;
    let file = file.map_err(|error| MappingError::Read { url: at.url(), error })?;
    let paths = parse_json_paths(&file).map_err(|error| MappingError::Paths { url: at.url(), error })?;
    match paths {
        Some(paths) if paths.len() != columns.len() => {
            Err(MappingError::Count { paths: paths.len(), columns: columns.len() })
        }
        paths => Ok(paths.map(JsonFields::by_path)),
    }
}
