//! JSON as Redshift writes a SUPER.

/// JSON without the blanks between its parts (documented, in examples).
pub(crate) fn compact(json: &[u8]) -> impl Iterator<Item = u8> {
    let (mut quoted, mut escaped) = (false, false);
    json.iter().copied().filter(move |byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        quoted ^= ends;
        quoted || !byte.is_ascii_whitespace()
    })
}
