//! Decimal digits as text.

/// Appends `unscaled` with `scale` digits after the point.
pub(crate) fn write_decimal(unscaled: i128, scale: u16, out: &mut Vec<u8>) {
    let (digits, scale) = (unscaled.unsigned_abs().to_string(), usize::from(scale));
    if unscaled < 0 {
        out.push(b'-');
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at_checked(padded.len() - scale).unwrap_or((&padded, ""));
    out.extend_from_slice(whole.as_bytes());
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction.as_bytes());
    }
}
