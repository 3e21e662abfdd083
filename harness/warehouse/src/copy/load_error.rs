//! Load errors: what is wrong with a row, as `stl_load_errors` tells it.

use linchpin_formats::EncodingError;

use super::plan::Column;

/// The longest `err_reason` (documented: `char(100)`).
const REASON: usize = 100;

/// Every `err_code` that [`Mistake::code`] gives.
#[cfg(test)]
pub(crate) const ERROR_CODES: [i32; 20] = [
    1202, 1203, 1204, 1205, 1206, 1207, 1208, 1209, 1210, 1211, 1213, 1214, 1215, 1216, 1217, 1218, 1220,
    1221, 1222, 1224,
];

/// The documented codes that are never given, and why.
#[cfg(test)]
pub(crate) const NEVER_GIVEN: [(i32, &str); 7] = [
    (1200, "an error of no known kind: every kind here has its own"),
    (1201, "the delimiter of a whole file: each line without one is 1214, as seen in logs"),
    (1212, "a file that is not there: COPY itself fails with 8001, as seen in logs"),
    (1219, "a hexadecimal digit of UTF-8: no option of COPY has text written so; digits of VARBYTE are 1207"),
    (1223, "a type that cannot be loaded: CREATE TABLE refuses those"),
    (8001, "a manifest's address that is no object's: COPY itself fails with it"),
    (9005, "the last key of a listing, which is the cluster's own business"),
];

/// What is wrong with a value or a record. Codes are documented; reasons are seen in public logs unless noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mistake {
    InvalidDigit {
        digit: char,
        position: usize,
        kind: &'static str,
    },
    InvalidFloat {
        digit: char,
        position: usize,
    },
    IntegerOverflow {
        bytes: u8,
    },
    FloatOverflow,
    NumericOverflow,
    Boolean,
    VarcharLength,
    CharLength,
    MultibyteChar(String),
    Utf8((String, u8)),
    DateLength,
    DateFormat,
    /// The format that it is not in.
    Timestamp(String),
    NotNull,
    /// A NUL in a field longer than that.
    NullByte,
    DelimiterNotFound,
    /// Of a line in which no delimiter is looked for.
    FewerColumns,
    NoData,
    /// The value of an identity column.
    Identity,
    ExtraColumns,
    CsvQuote,
    UnmatchedQuote,
    Nul {
        byte: u8,
        position: usize,
    },
    TooLong,
    /// No JSON in a SUPER column.
    Json,
    /// A record that is no JSON object.
    JsonRecord,
    JsonIndex,
    Avro(&'static str),
    /// The file is not in the encoding that ENCODING names.
    Encoding(EncodingError),
}

impl Mistake {
    pub(crate) fn digit(text: &[u8], position: usize, kind: &'static str) -> Mistake {
        Mistake::InvalidDigit { digit: char_at(text, position), position, kind }
    }

    /// Points at the first byte that no number has.
    pub(crate) fn float(text: &[u8]) -> Mistake {
        let belongs = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        let position = text.iter().position(|byte| !belongs(byte)).unwrap_or_default();
        Mistake::InvalidFloat { digit: char_at(text, position), position }
    }

    pub(crate) fn date(text: &[u8]) -> Mistake {
        if text.len() < 10 { Mistake::DateLength } else { Mistake::DateFormat }
    }

    pub(crate) fn multibyte(field: &[u8], at: usize) -> Mistake {
        let tail = field.iter().skip(at + 1).take_while(|byte| **byte & 0xc0 == 0x80);
        let bytes: Vec<_> = field.get(at).into_iter().chain(tail).map(|byte| format!("{byte:02x}")).collect();
        Mistake::MultibyteChar(bytes.join(" "))
    }

    /// `err_code`.
    pub(crate) fn code(&self) -> i32 {
        match self {
            Mistake::ExtraColumns => 1202,
            Mistake::FewerColumns => 1203,
            Mistake::VarcharLength | Mistake::CharLength | Mistake::FloatOverflow => 1204,
            Mistake::DateLength | Mistake::DateFormat => 1205,
            Mistake::Timestamp(_) => 1206,
            Mistake::InvalidDigit { .. } => 1207,
            Mistake::InvalidFloat { .. } => 1208,
            Mistake::NumericOverflow => 1209,
            Mistake::Boolean => 1210,
            Mistake::NoData => 1211,
            Mistake::NotNull => 1213,
            Mistake::DelimiterNotFound | Mistake::CsvQuote | Mistake::UnmatchedQuote => 1214,
            Mistake::MultibyteChar(_) => 1215,
            Mistake::Nul { .. }
            | Mistake::TooLong
            | Mistake::JsonRecord
            | Mistake::JsonIndex
            | Mistake::Avro(_) => 1216,
            Mistake::Identity => 1217,
            Mistake::NullByte => 1218,
            Mistake::Utf8(_) => 1220,
            Mistake::Encoding(_) => 1221,
            Mistake::IntegerOverflow { .. } => 1222,
            Mistake::Json => 1224,
        }
    }

    /// `err_reason`, cut to its column.
    pub(crate) fn reason(&self) -> String {
        let reason = match self {
            Mistake::InvalidDigit { digit, position, kind } => {
                format!("Invalid digit, Value '{digit}', Pos {position}, Type: {kind}")
            }
            Mistake::InvalidFloat { digit, position } => {
                format!("Invalid digit, Value '{digit}', Pos {position}, Type: Double")
            }
            // Inferred.
            Mistake::IntegerOverflow { bytes } => format!("Value out of range for {bytes} bytes."),
            // Inferred.
            Mistake::FloatOverflow => "Value out of range for type float.".to_owned(),
            // Inferred.
            Mistake::NumericOverflow => "Numeric data overflow".to_owned(),
            // Inferred.
            Mistake::Boolean => "Unknown boolean format".to_owned(),
            Mistake::VarcharLength => "String length exceeds DDL length".to_owned(),
            Mistake::CharLength => "Char length exceeds DDL length".to_owned(),
            Mistake::MultibyteChar(hex) => {
                format!(
                    "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: {hex}"
                )
            }
            Mistake::Utf8((hex, sub_error)) => format!(
                "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {hex} (error {sub_error})"
            ),
            Mistake::DateLength => "Invalid Date Format - length must be 10 or more".to_owned(),
            // Inferred.
            Mistake::DateFormat => "Invalid Date Format".to_owned(),
            Mistake::Timestamp(format) => format!("Invalid timestamp format or value [{format}]"),
            Mistake::NotNull => "Missing data for not-null field".to_owned(),
            Mistake::NullByte => "Invalid null byte - field longer than 1 byte".to_owned(),
            Mistake::DelimiterNotFound => "Delimiter not found".to_owned(),
            // These three are inferred from what the documentation says of their codes.
            Mistake::FewerColumns => "Input data had fewer columns than the DDL".to_owned(),
            Mistake::NoData => "Input data line had no data".to_owned(),
            Mistake::Identity => "Invalid value for an identity column".to_owned(),
            Mistake::ExtraColumns => "Extra column(s) found".to_owned(),
            Mistake::CsvQuote => "Invalid quote formatting for CSV".to_owned(),
            // Inferred.
            Mistake::UnmatchedQuote => "Invalid quote formatting, no matching quote found".to_owned(),
            Mistake::Nul { byte, position } => {
                format!("Missing newline: Unexpected character {byte:#04x} found at location {position}")
            }
            // Inferred.
            Mistake::TooLong => "Input line is longer than 4 MB".to_owned(),
            // Inferred.
            Mistake::Json => "Invalid JSON for SUPER".to_owned(),
            // Inferred.
            Mistake::JsonRecord => "Invalid value: not a JSON object".to_owned(),
            // Documented.
            Mistake::JsonIndex => "Invalid JSONPath format: Not an array or index out of range.".to_owned(),
            // Inferred.
            Mistake::Avro(damage) => format!("Invalid AVRO file found. {damage}"),
            // Inferred from the description of error 1221.
            Mistake::Encoding(error) => format!("File encoding does not match ENCODING: {error}"),
        };
        reason.chars().take(REASON).collect()
    }
}

fn char_at(text: &[u8], position: usize) -> char {
    let rest = String::from_utf8_lossy(text.get(position..).unwrap_or_default()).into_owned();
    rest.chars().next().unwrap_or(' ')
}

/// A row that could not be loaded.
#[derive(Debug, Clone)]
pub(crate) struct LoadError {
    pub(crate) file: String,
    pub(crate) slice: i32,
    pub(crate) line: u64,
    /// The column at fault, unless the record as a whole is.
    pub(crate) column: Option<Column>,
    /// Where in the line; -1 under FIXEDWIDTH (seen).
    pub(crate) position: i32,
    pub(crate) raw_line: Vec<u8>,
    pub(crate) raw_value: Vec<u8>,
    pub(crate) mistake: Mistake,
    /// The fields up to the one at fault.
    pub(crate) fields: Vec<FieldDetail>,
}

/// A field of a row that could not be loaded, as `stl_loaderror_detail` tells it.
#[derive(Debug, Clone)]
pub(crate) struct FieldDetail {
    pub(crate) column: Column,
    /// `None`: it is NULL.
    pub(crate) value: Option<Vec<u8>>,
}

/// A row in which ACCEPTINVCHARS replaced bytes, as `stl_replacements` tells it.
#[derive(Debug, Clone)]
pub(crate) struct Replacement {
    pub(crate) file: String,
    pub(crate) slice: i32,
    pub(crate) line: u64,
    pub(crate) column: String,
    pub(crate) raw_line: Vec<u8>,
}

/// A line or a value as `stl_load_errors` keeps it: 1024 characters, multibyte ones as dots (documented).
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..4096).unwrap_or(bytes));
    text.chars().take(1024).map(|c| if c.is_ascii() && c != '\0' { c } else { '.' }).collect()
}
