//! What clients are told when the files of a COPY cannot be found, read or loaded.

use super::{EngineContext, EngineError, FEATURE_NOT_SUPPORTED, Process, s3_exception};
use crate::copy::{Columnar, MappingError, ReadError, ScanError, SourceError};
use crate::wire::Report;

pub(super) fn source(error: &SourceError, at: EngineContext) -> Report {
    let engine = match error {
        // Ours.
        SourceError::Compressed(url) => {
            let message = format!(
                "a columnar file that is compressed as a whole (`{url}`) is not carried out by linchpin"
            );
            return Report::error(FEATURE_NOT_SUPPORTED, message)
                .with_hint("compress the columns inside the file, and name it without .gz, .bz2 or .snappy");
        }
        // Seen.
        SourceError::Listing { bucket, prefix, error } => EngineError {
            context: format!("Listing bucket={bucket} prefix={prefix}"),
            ..EngineError::new(s3_exception(error), "s3_utility.cpp:840")
        },
        // Seen.
        SourceError::EmptyPrefix(prefix) => EngineError::new(
            format!("The specified S3 prefix '{prefix}' does not exist"),
            "s3_utility.cpp:539",
        ),
        // Seen.
        SourceError::Manifest { url, error } => EngineError {
            context: format!("S3 key being read : {url}"),
            ..EngineError::new(
                format!("Problem reading manifest file - {}", s3_exception(error)),
                "s3_utility.cpp:284",
            )
        },
        // Seen.
        SourceError::InvalidManifest => {
            EngineError::new("Manifest file is not in correct json format", "s3_utility.cpp:308")
        }
        // Inferred from error code 8001 of the load error reference.
        SourceError::InvalidUrl(url) => EngineError::new(
            format!("The url `{url}` of the manifest is not a full object path"),
            "s3_utility.cpp:308",
        ),
        // Inferred.
        SourceError::NoLength(url) => EngineError::new(
            format!("The manifest lacks meta.content_length for `{url}`, which columnar formats need"),
            "s3_utility.cpp:308",
        ),
        // Inferred.
        SourceError::NoFiles => EngineError::new("No files of the manifest were found", "s3_utility.cpp:308"),
    };
    engine.report(at)
}

pub(super) fn mapping(error: &MappingError, at: EngineContext) -> Report {
    let location = "s3_utility.cpp:672";
    let engine = match error {
        // Seen for other objects.
        MappingError::Read { url, error } => EngineError {
            context: format!("S3 key being read : {url}"),
            ..EngineError::new(s3_exception(error), location)
        },
        // Inferred.
        MappingError::Paths { url, error } => EngineError {
            context: format!("S3 key being read : {url}"),
            ..EngineError::new(format!("Invalid JSONPath format: {error}"), location)
        },
        // Inferred.
        MappingError::Count { paths, columns } => EngineError::new(
            format!(
                "Number of jsonpaths and the number of columns should match. JSONPath size: {paths}, Number of columns \
                 in table or column list: {columns}"
            ),
            location,
        ),
        // Inferred.
        MappingError::NoShred(columns) => EngineError::new(
            format!("JSON 'noshred' loads into one SUPER column, and the table or column list has {columns}"),
            location,
        ),
    };
    engine.report(at)
}

pub(super) fn read(error: &ReadError, at: EngineContext) -> Report {
    let scanner = "table_s3_scanner.cpp:354";
    let reading = |url: &str, message: String| EngineError {
        context: format!("S3 key being read : {url}"),
        process: Process::Query,
        ..EngineError::new(message, scanner)
    };
    let engine = match error {
        // Seen.
        ReadError::S3 { url, error } => reading(url, s3_exception(error)),
        // Seen.
        ReadError::Missing(url) => reading(url, "Mandatory url is not present in manifest file".to_owned()),
        // Inferred.
        ReadError::Compression { url, error } => {
            reading(url, format!("The file cannot be unpacked: {error}"))
        }
        // Inferred.
        ReadError::Envelope { url, error } => reading(url, format!("The file cannot be decrypted: {error}")),
        ReadError::Scan { url, error } => return scan(url, error, at),
        // Inferred.
        ReadError::Unreadable(url) => reading(url, "The file is damaged and cannot be read".to_owned()),
        ReadError::Ended => EngineError::new("The statement has ended", scanner),
    };
    engine.report(at)
}

/// Errors of columnar files; titles, codes and contexts are seen unless noted.
fn scan(url: &str, error: &ScanError, at: EngineContext) -> Report {
    let spectrum = |context: String| EngineError {
        code: 15007,
        context,
        process: Process::Query,
        ..EngineError::new("Spectrum Scan Error", "dory_util.cpp:1509")
    };
    let engine = match error {
        ScanError::Columns { table, file } => spectrum(format!(
            "Unmatched number of columns between table and file. Table columns: {table}, Data columns: {file}, \
             File name: {url}"
        )),
        // Seen for Parquet; ORC's is inferred.
        ScanError::Schema { format, column, wanted, schema } => {
            let format = title(*format);
            spectrum(format!(
                "File '{url}' has an incompatible {format} schema for column '{column}'. Column type: {wanted}, \
                 {format} schema: {schema}"
            ))
        }
        ScanError::Length { column, limit, length } => spectrum(format!(
            "The length of the data column {column} is longer than the length defined in the table. \
             Table: {limit}, Data: {length}, File name: {url}"
        )),
        // Inferred.
        ScanError::Value { column, reason } => spectrum(format!(
            "The data column {column} has a value that does not fit: {reason}, File name: {url}"
        )),
        ScanError::Null(column) => EngineError {
            code: 8007,
            process: Process::Query,
            ..EngineError::new(
                format!("Cannot insert a NULL value into column {column}"),
                "query_desc.cpp:809",
            )
        },
        ScanError::Super => {
            return Report::error(
                FEATURE_NOT_SUPPORTED,
                "SUPER column in COPY query requires SERIALIZETOJSON option",
            );
        }
        // Inferred.
        ScanError::Parquet(error) => spectrum(format!("File '{url}' cannot be read as Parquet: {error}")),
        ScanError::Orc(error) => spectrum(format!("File '{url}' cannot be read as ORC: {error}")),
    };
    engine.report(at)
}

/// A columnar format as sentences have it.
fn title(format: Columnar) -> &'static str {
    match format {
        Columnar::Parquet => "Parquet",
        Columnar::Orc => "ORC",
    }
}
