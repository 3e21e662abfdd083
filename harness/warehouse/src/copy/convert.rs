//! From a field of a file to a value of a column, or to a load error.

use super::datetime;
pub(crate) use super::datetime::TimePattern;
use super::decimal::{Decimal, round, truncate_fraction, without_leading_zeros};
use super::load_error::Mistake;
use super::plan::{Column, ColumnType};
use crate::json::compact;

/// The data conversion parameters of a COPY.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversion {
    pub(crate) accept_any_date: bool,
    /// What stands for a byte that is no UTF-8 (ACCEPTINVCHARS).
    pub(crate) replacement: Option<u8>,
    pub(crate) blanks_as_null: bool,
    pub(crate) empty_as_null: bool,
    pub(crate) fill_record: bool,
    pub(crate) ignore_blank_lines: bool,
    pub(crate) round_decimals: bool,
    pub(crate) trim_blanks: bool,
    pub(crate) truncate_columns: bool,
    pub(crate) date: TimePattern,
    pub(crate) time: TimePattern,
}

/// What a field became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Text,
    /// Text in which ACCEPTINVCHARS replaced bytes.
    Replaced,
}

/// Writes the value of `field` for `column` into `out`.
pub(crate) fn convert(
    column: &Column,
    field: &[u8],
    conversion: &Conversion,
    out: &mut Vec<u8>,
) -> Result<Value, Mistake> {
    out.clear();
    // PostgreSQL has no NUL in any value; it gets this far only under NULL AS '\\0'.
    if field.contains(&0) {
        return Err(Mistake::NullByte);
    }
    match column.kind {
        ColumnType::Char(_) | ColumnType::Varchar(_) => character(column, field, conversion, out),
        _ => {
            let text = field.trim_ascii();
            // Empty and blank fields of other types are always NULL (documented).
            if text.is_empty() {
                return Ok(Value::Null);
            }
            other(column, text, conversion, out).map_err(|mistake| of_identity(column, mistake))
        }
    }
}

/// The value of an identity column, under EXPLICIT_IDS, has a code of its own (documented).
fn of_identity(column: &Column, mistake: Mistake) -> Mistake {
    if column.source.is_identity() { Mistake::Identity } else { mistake }
}

fn other(column: &Column, text: &[u8], conversion: &Conversion, out: &mut Vec<u8>) -> Result<Value, Mistake> {
    match column.kind {
        ColumnType::SmallInt => integer::<i16>(text, "Short", 2, out)?,
        ColumnType::Integer => integer::<i32>(text, "Integer", 4, out)?,
        ColumnType::BigInt => integer::<i64>(text, "Long", 8, out)?,
        ColumnType::Numeric { precision, scale } => numeric(text, precision, scale, conversion, out)?,
        ColumnType::Real => float(text, |text| text.parse::<f32>().ok().map(f64::from), out)?,
        ColumnType::Double => float(text, |text| text.parse().ok(), out)?,
        ColumnType::Boolean => boolean(text, out)?,
        ColumnType::Date | ColumnType::Timestamp | ColumnType::TimestampTz => {
            return time(column.kind, text, conversion, out);
        }
        ColumnType::Super => super_value(text, out)?,
        ColumnType::Varbyte(limit) => varbyte(text, limit, out)?,
        ColumnType::Other => {
            std::str::from_utf8(text)
                .map_err(|error| Mistake::Utf8(utf8_mistake(text, error.valid_up_to())))?;
            out.extend_from_slice(text);
        }
        ColumnType::Char(_) | ColumnType::Varchar(_) => return character(column, text, conversion, out),
    }
    Ok(Value::Text)
}

/// JSON that PostgreSQL takes too: it has no NUL in any text.
fn super_value(text: &[u8], out: &mut Vec<u8>) -> Result<(), Mistake> {
    let valid = serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
    if !valid || memchr::memmem::find(text, b"\\u0000").is_some() || std::str::from_utf8(text).is_err() {
        return Err(Mistake::Json);
    }
    out.extend(compact(text));
    Ok(())
}

/// Hexadecimal digits (documented). The reasons of mistakes are inferred.
fn varbyte(text: &[u8], limit: Option<usize>, out: &mut Vec<u8>) -> Result<(), Mistake> {
    let wrong = text.iter().position(|byte| !byte.is_ascii_hexdigit());
    if let Some(at) = wrong.or((text.len() % 2 == 1).then_some(text.len())) {
        return Err(Mistake::digit(text, at, "Varbyte"));
    }
    if limit.is_some_and(|limit| text.len() / 2 > limit) {
        return Err(Mistake::VarcharLength);
    }
    store_digits(text, out);
    Ok(())
}

/// The digits of a VARBYTE as the database takes those that are no literal's text (`catalog/varbyte.sql`).
pub(crate) fn store_digits(digits: &[u8], out: &mut Vec<u8>) {
    out.extend(digits.iter().map(u8::to_ascii_lowercase));
    out.extend_from_slice(b"\\000");
}

fn integer<T: std::str::FromStr>(
    text: &[u8],
    name: &'static str,
    bytes: u8,
    out: &mut Vec<u8>,
) -> Result<(), Mistake> {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let sign = text.len() - digits.len();
    if let Some(at) = digits.iter().position(|byte| !byte.is_ascii_digit()) {
        return Err(Mistake::digit(text, sign + at, name));
    }
    if digits.is_empty() {
        return Err(Mistake::digit(text, 0, name));
    }
    let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse::<T>().ok());
    parsed.ok_or(Mistake::IntegerOverflow { bytes })?;
    out.extend_from_slice(text);
    Ok(())
}

/// Cuts the digits after the scale off, as Redshift does without ROUNDEC (documented); PostgreSQL would round.
fn numeric(
    text: &[u8],
    precision: u16,
    scale: u16,
    conversion: &Conversion,
    out: &mut Vec<u8>,
) -> Result<(), Mistake> {
    let number = Decimal::parse(text).map_err(|position| Mistake::digit(text, position, "Decimal"))?;
    let (mut whole, mut fraction) = number.plain().ok_or(Mistake::NumericOverflow)?;
    if precision > 0 {
        let to_scale = if conversion.round_decimals { round } else { truncate_fraction };
        to_scale(&mut whole, &mut fraction, usize::from(scale));
    }
    let whole = without_leading_zeros(&whole);
    if precision > 0 && whole.len() > usize::from(precision.saturating_sub(scale)) {
        return Err(Mistake::NumericOverflow);
    }
    if number.negative {
        out.push(b'-');
    }
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(&fraction);
    }
    Ok(())
}

/// `parse` rounds to the type, as PostgreSQL does: what becomes infinite or zero was out of its range.
fn float(text: &[u8], parse: fn(&str) -> Option<f64>, out: &mut Vec<u8>) -> Result<(), Mistake> {
    let number = std::str::from_utf8(text).ok().and_then(parse);
    let number = number.ok_or_else(|| Mistake::float(text))?;
    let written_infinite = text.iter().any(|byte| matches!(byte, b'i' | b'I' | b'n' | b'N'));
    let mantissa = text.split(|byte| matches!(byte, b'e' | b'E')).next().unwrap_or_default();
    let written_zero = !mantissa.iter().any(|byte| matches!(byte, b'1'..=b'9'));
    let underflow = number == 0.0 && !written_zero;
    if (number.is_infinite() && !written_infinite) || underflow {
        return Err(Mistake::FloatOverflow);
    }
    out.extend_from_slice(text);
    Ok(())
}

fn boolean(text: &[u8], out: &mut Vec<u8>) -> Result<(), Mistake> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
    if is(&["t", "true", "y", "yes", "1"]) {
        out.push(b't');
    } else if is(&["f", "false", "n", "no", "0"]) {
        out.push(b'f');
    } else {
        return Err(Mistake::Boolean);
    }
    Ok(())
}

fn time(kind: ColumnType, text: &[u8], conversion: &Conversion, out: &mut Vec<u8>) -> Result<Value, Mistake> {
    let pattern = if kind == ColumnType::Date { &conversion.date } else { &conversion.time };
    match datetime::parse(kind, pattern, text) {
        Some(value) => {
            value.write(kind, out);
            Ok(Value::Text)
        }
        None if conversion.accept_any_date => Ok(Value::Null),
        None if kind == ColumnType::Date => Err(Mistake::date(text)),
        None => Err(Mistake::Timestamp(pattern.name().to_owned())),
    }
}

/// A value of CHAR or VARCHAR.
pub(super) fn character(
    column: &Column,
    field: &[u8],
    conversion: &Conversion,
    out: &mut Vec<u8>,
) -> Result<Value, Mistake> {
    if conversion.blanks_as_null && !field.is_empty() && field.iter().all(|byte| *byte == b' ') {
        return Ok(Value::Null);
    }
    if conversion.empty_as_null && field.is_empty() {
        return Ok(Value::Null);
    }
    let (limit, fixed) = (column.kind.limit(), matches!(column.kind, ColumnType::Char(_)));
    let field = if conversion.trim_blanks && !fixed { trim_end_blanks(field) } else { field };
    if fixed && let Some(at) = field.iter().position(|byte| !byte.is_ascii()) {
        return Err(Mistake::multibyte(field, at));
    }
    let value = valid_utf8(field, conversion.replacement.filter(|_| !fixed), out)?;
    match limit {
        // Trailing blanks of a CHAR are no part of its value.
        Some(limit) if fixed && trim_end_blanks(out).len() <= limit => {}
        Some(limit) if out.len() > limit => {
            if !conversion.truncate_columns {
                return Err(if fixed { Mistake::CharLength } else { Mistake::VarcharLength });
            }
            truncate(out, limit);
        }
        _ => {}
    }
    Ok(value)
}

fn trim_end_blanks(field: &[u8]) -> &[u8] {
    let end = field.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
    field.get(..end).unwrap_or_default()
}

/// Copies `field`, each byte that is no UTF-8 replaced; without a replacement it is a mistake.
fn valid_utf8(field: &[u8], replacement: Option<u8>, out: &mut Vec<u8>) -> Result<Value, Mistake> {
    let (mut rest, mut value) = (field, Value::Text);
    while let Err(error) = std::str::from_utf8(rest) {
        let at = error.valid_up_to();
        let Some(replacement) = replacement else {
            return Err(Mistake::Utf8(utf8_mistake(rest, at)));
        };
        value = Value::Replaced;
        let bad = error.error_len().unwrap_or(rest.len() - at);
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend(std::iter::repeat_n(replacement, bad));
        rest = rest.get(at + bad..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Ok(value)
}

/// The bad sequence in hexadecimal and Redshift's sub-error (documented): 1 longer than four bytes, 2 incomplete,
/// 3 start byte out of range, 4 bad continuation.
fn utf8_mistake(text: &[u8], at: usize) -> (String, u8) {
    let bad = text.get(at..).unwrap_or_default();
    let first = bad.first().copied().unwrap_or_default();
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let sub_error = match first {
        0xf8..=0xff => 1,
        _ if length == 1 => 3,
        _ if bad.len() < length => 2,
        _ => 4,
    };
    (hex::encode(bad.get(..length).unwrap_or(bad)), sub_error)
}

/// Cuts at `limit` bytes, or before the character that crosses it.
fn truncate(out: &mut Vec<u8>, limit: usize) {
    let is_boundary = |at: &usize| out.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    let end = (0..=limit).rev().find(is_boundary).unwrap_or_default();
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::plan::ValueSource;

    /// Shows what becomes of `field`: the value, `NULL`, or code and reason of the mistake.
    fn shown(kind: ColumnType, field: &[u8], conversion: &Conversion) -> String {
        let column = Column { name: "c".to_owned(), kind, not_null: false, source: ValueSource::Given };
        let mut out = Vec::new();
        match convert(&column, field, conversion, &mut out) {
            Ok(Value::Text | Value::Replaced) => String::from_utf8(out).unwrap(),
            Ok(Value::Null) => "NULL".to_owned(),
            Err(mistake) => format!("{} {}", mistake.code(), mistake.reason()),
        }
    }

    #[test]
    fn values() {
        use ColumnType::*;
        let numeric = Numeric { precision: 6, scale: 2 };
        let plain = Conversion::default();
        for (kind, field, expected) in [
            (Integer, "12", "12"),
            (Integer, " -12 ", "-12"),
            (Integer, "", "NULL"),
            (Integer, "  ", "NULL"),
            (Integer, "1a", "1207 Invalid digit, Value 'a', Pos 1, Type: Integer"),
            (Integer, "-", "1207 Invalid digit, Value '-', Pos 0, Type: Integer"),
            (SmallInt, "32768", "1222 Value out of range for 2 bytes."),
            (BigInt, "9223372036854775807", "9223372036854775807"),
            (BigInt, "1.0", "1207 Invalid digit, Value '.', Pos 1, Type: Long"),
            (numeric, "1234.567", "1234.56"),
            (numeric, "-.5", "-0.5"),
            (numeric, "12345", "1209 Numeric data overflow"),
            (numeric, "1x", "1207 Invalid digit, Value 'x', Pos 1, Type: Decimal"),
            (numeric, "1e2", "100"),
            (Double, "1.5e300", "1.5e300"),
            (numeric, "0012.3e1", "123"),
            (numeric, "1e999999999999", "1209 Numeric data overflow"),
            (numeric, "1e", "1207 Invalid digit, Value ' ', Pos 2, Type: Decimal"),
            (Real, "1e-50", "1204 Value out of range for type float."),
            (Double, "0e-999", "0e-999"),
            (Real, "3.4028235e38", "3.4028235e38"),
            (Double, "NaN", "NaN"),
            (Varchar(None), "a\0", "1218 Invalid null byte - field longer than 1 byte"),
            (Double, "1e999", "1204 Value out of range for type float."),
            (Real, "1e40", "1204 Value out of range for type float."),
            (Double, "abc", "1208 Invalid digit, Value 'a', Pos 0, Type: Double"),
            (Boolean, "TRUE", "t"),
            (Boolean, "0", "f"),
            (Boolean, "maybe", "1210 Unknown boolean format"),
            (Varchar(Some(3)), "abc", "abc"),
            (Varchar(Some(3)), "ab\u{e9}", "1204 String length exceeds DDL length"),
            (Varchar(None), "", ""),
            (Char(2), "a   ", "a   "),
            (Char(2), "abc", "1204 Char length exceeds DDL length"),
            (
                Char(4),
                "\u{e9}",
                "1215 Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: c3 a9",
            ),
            (Other, " x ", "x"),
            (Super, " {\"b \\\"\": [1],\n \"a\": 2} ", "{\"b \\\"\":[1],\"a\":2}"),
            (Super, "{a}", "1224 Invalid JSON for SUPER"),
            (Varbyte(Some(2)), "6a0F", "6a0f\\000"),
            (Varbyte(Some(1)), "6a0F", "1204 String length exceeds DDL length"),
            (Varbyte(None), "6x", "1207 Invalid digit, Value 'x', Pos 1, Type: Varbyte"),
            (Varbyte(None), "6a0", "1207 Invalid digit, Value ' ', Pos 3, Type: Varbyte"),
        ] {
            assert_eq!(shown(kind, field.as_bytes(), &plain), expected, "{kind:?} {field:?}");
        }
    }

    #[test]
    fn invalid_characters() {
        let reason = |hex: &str, sub: u8| {
            format!(
                "1220 String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {hex} (error {sub})"
            )
        };
        let plain = Conversion::default();
        let replacing = Conversion { replacement: Some(b'?'), ..Conversion::default() };
        for (field, expected, replaced) in [
            (&b"a\xa4b"[..], reason("a4", 3), "a?b"),
            (b"a\xe2\x82", reason("e282", 2), "a??"),
            (b"\xe2\x28\xa1", reason("e228a1", 4), "?(?"),
            (b"\xff", reason("ff", 1), "?"),
        ] {
            let kind = ColumnType::Varchar(Some(9));
            assert_eq!(shown(kind, field, &plain), expected, "{field:?}");
            assert_eq!(shown(kind, field, &replacing), replaced, "{field:?}");
        }
    }

    #[test]
    fn conversion_parameters() {
        let varchar = ColumnType::Varchar(Some(4));
        let all = Conversion {
            blanks_as_null: true,
            empty_as_null: true,
            trim_blanks: true,
            truncate_columns: true,
            accept_any_date: true,
            round_decimals: true,
            ..Conversion::default()
        };
        let numeric = ColumnType::Numeric { precision: 6, scale: 2 };
        for (kind, field, expected) in [
            (varchar, "", "NULL"),
            (varchar, "  ", "NULL"),
            (varchar, "ab  ", "ab"),
            (varchar, "abc\u{e9}", "abc"),
            (varchar, "abcdef", "abcd"),
            (ColumnType::Date, "yesterday", "NULL"),
            (numeric, "1.005", "1.01"),
            (numeric, "-9999.994", "-9999.99"),
            (numeric, "9999.995", "1209 Numeric data overflow"),
        ] {
            assert_eq!(shown(kind, field.as_bytes(), &all), expected, "{field:?}");
        }
    }
}
