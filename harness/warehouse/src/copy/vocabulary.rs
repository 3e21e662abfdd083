//! The words of COPY's options, and which of them go together.

use crate::options::Vocabulary;

/// COPY's options; the conflicts are documented unless noted.
pub(crate) const VOCABULARY: Vocabulary = Vocabulary {
    options: &[
        "ACCEPTANYDATE",
        "ACCEPTINVCHARS",
        "BLANKSASNULL",
        "BZIP2",
        "COMPROWS",
        "COMPUPDATE",
        "DATEFORMAT",
        "DELIMITER",
        "EMPTYASNULL",
        "ENCODING",
        "ENCRYPTED",
        "ESCAPE",
        "EXPLICIT_IDS",
        "FILLRECORD",
        "GZIP",
        "IGNOREALLERRORS",
        "IGNOREBLANKLINES",
        "IGNOREHEADER",
        "MANIFEST",
        "MASTER_SYMMETRIC_KEY",
        "MAXERROR",
        "NOLOAD",
        "NULL",
        "QUOTE",
        "REGION",
        "REMOVEQUOTES",
        "ROUNDEC",
        "SERIALIZETOJSON",
        "STATUPDATE",
        "TIMEFORMAT",
        "TRIMBLANKS",
        "TRUNCATECOLUMNS",
        "ZSTD",
    ],
    formats: &["AVRO", "CSV", "FIXEDWIDTH", "JSON", "ORC", "PARQUET"],
    refused: &["JOB", "LZOP", "READRATIO", "SHAPEFILE", "SSH"],
    conflicts: &[
        ("CSV", "ESCAPE"),
        ("CSV", "REMOVEQUOTES"),
        ("FIXEDWIDTH", "DELIMITER"),
        ("FIXEDWIDTH", "ESCAPE"),
        // Inferred: quotes would have widths too.
        ("FIXEDWIDTH", "REMOVEQUOTES"),
        ("JSON", "DELIMITER"),
        ("JSON", "ESCAPE"),
        ("JSON", "FILLRECORD"),
        ("JSON", "IGNOREBLANKLINES"),
        ("JSON", "NULL"),
        ("JSON", "REMOVEQUOTES"),
        // Those of AVRO are inferred from JSON's: it has no lines, no text and no headers.
        ("AVRO", "DELIMITER"),
        ("AVRO", "ENCODING"),
        ("AVRO", "ESCAPE"),
        ("AVRO", "FILLRECORD"),
        ("AVRO", "IGNOREBLANKLINES"),
        ("AVRO", "IGNOREHEADER"),
        ("AVRO", "NULL"),
        ("AVRO", "REMOVEQUOTES"),
        ("MAXERROR", "IGNOREALLERRORS"),
        // One word for all files.
        ("GZIP", "BZIP2"),
        ("GZIP", "ZSTD"),
        ("BZIP2", "ZSTD"),
    ],
    requirements: &[("QUOTE", "CSV"), ("MASTER_SYMMETRIC_KEY", "ENCRYPTED")],
};

/// The formats that are read by column.
pub(super) const COLUMNAR: [&str; 2] = ["ORC", "PARQUET"];

/// The options that a columnar format takes (documented); REGION and the like are refused (measured by third parties).
pub(crate) const WITH_COLUMNAR: [&str; 6] =
    ["ACCEPTINVCHARS", "EXPLICIT_IDS", "FILLRECORD", "MANIFEST", "SERIALIZETOJSON", "STATUPDATE"];
