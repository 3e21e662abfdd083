//! PostgreSQL's COPY text format, the form in which rows travel to and from the private server.

use thiserror::Error;

/// A row of COPY text that PostgreSQL would not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CopyTextError {
    /// A backslash at the end of a field.
    #[error("a backslash ends the field at byte {0} of a COPY row")]
    DanglingBackslash(usize),
}

/// Appends one field to a row: the delimiter (a tab) unless it is the first, then the value or `\N`.
pub fn encode_copy_field(out: &mut Vec<u8>, value: Option<&[u8]>) {
    let Some(value) = value else {
        out.extend_from_slice(b"\\N");
        return;
    };
    // Without an early end the compiler looks at many bytes at once, and few values have any (measured: a tenth of a COPY).
    let is_plain =
        !value.iter().fold(false, |found, byte| found | matches!(byte, b'\\' | b'\t' | b'\n' | b'\r'));
    if is_plain {
        out.extend_from_slice(value);
    } else {
        escape(value, out);
    }
}

fn escape(value: &[u8], out: &mut Vec<u8>) {
    let mut plain = 0;
    for (at, byte) in value.iter().enumerate() {
        let letter = match byte {
            b'\\' => b'\\',
            b'\t' => b't',
            b'\n' => b'n',
            b'\r' => b'r',
            _ => continue,
        };
        out.extend_from_slice(value.get(plain..at).unwrap_or_default());
        out.extend_from_slice(&[b'\\', letter]);
        plain = at + 1;
    }
    out.extend_from_slice(value.get(plain..).unwrap_or_default());
}

/// Calls `field` with each value of `row`, a line of COPY text without its newline. `scratch` is reused memory.
///
/// # Errors
/// When the row is not COPY text.
pub fn decode_copy_row(
    row: &[u8],
    scratch: &mut Vec<u8>,
    mut field: impl FnMut(usize, Option<&[u8]>),
) -> Result<(), CopyTextError> {
    for (index, written) in row.split(|&byte| byte == b'\t').enumerate() {
        if written == b"\\N" {
            field(index, None);
        } else if memchr::memchr(b'\\', written).is_none() {
            field(index, Some(written));
        } else {
            scratch.clear();
            unescape(written, scratch)?;
            field(index, Some(scratch));
        }
    }
    Ok(())
}

fn unescape(written: &[u8], out: &mut Vec<u8>) -> Result<(), CopyTextError> {
    let mut bytes = written.iter();
    while let Some(&byte) = bytes.next() {
        out.push(match byte {
            b'\\' => match bytes.next().ok_or(CopyTextError::DanglingBackslash(written.len()))? {
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'v' => 11,
                other => *other,
            },
            plain => plain,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(row: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut fields = Vec::new();
        decode_copy_row(row, &mut Vec::new(), |_, value| fields.push(value.map(<[u8]>::to_vec))).unwrap();
        fields
    }

    #[test]
    fn fields_go_round() {
        let fields: [Option<&[u8]>; 6] =
            [Some(b""), None, Some(b"a\tb\nc\rd\\e"), Some(b"\\N"), Some("\u{e9}".as_bytes()), Some(b"x")];
        let mut row = Vec::new();
        for (index, value) in fields.iter().enumerate() {
            if index > 0 {
                row.push(b'\t');
            }
            encode_copy_field(&mut row, *value);
        }
        assert!(!row.contains(&b'\n'));
        assert_eq!(decoded(&row), fields.map(|value| value.map(<[u8]>::to_vec)));
    }

    #[test]
    fn a_dangling_backslash_is_refused() {
        let result = decode_copy_row(b"a\\", &mut Vec::new(), |_, _| {});
        assert_eq!(result, Err(CopyTextError::DanglingBackslash(2)));
    }
}
