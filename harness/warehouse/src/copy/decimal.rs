//! Decimal numbers as text, plain or in scientific notation.

use std::borrow::Cow;

/// The largest exponent that any precision of Redshift's can hold (38 digits), with room to spare.
const MAX_EXPONENT: i32 = 1000;

/// Digits: of the text as they stand in it, others where an exponent or rounding made them.
pub(crate) type Digits<'a> = Cow<'a, [u8]>;

/// A number, split into its parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decimal<'a> {
    pub(crate) negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i32,
}

impl<'a> Decimal<'a> {
    /// Reads a number; the error is the position of the first byte that is wrong.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Decimal<'a>, usize> {
        let mut at = usize::from(matches!(text.first(), Some(b'+' | b'-')));
        let whole = digits(text, &mut at);
        let mut fraction: &[u8] = &[];
        if text.get(at) == Some(&b'.') {
            at += 1;
            fraction = digits(text, &mut at);
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(at.min(text.len().saturating_sub(1)));
        }
        let mut exponent = 0;
        if matches!(text.get(at), Some(b'e' | b'E')) {
            at += 1;
            let negative = text.get(at) == Some(&b'-');
            at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
            let written = digits(text, &mut at);
            if written.is_empty() {
                return Err(at);
            }
            exponent = saturating(written);
            if negative {
                exponent = -exponent;
            }
        }
        let negative = text.first() == Some(&b'-');
        if at == text.len() { Ok(Decimal { negative, whole, fraction, exponent }) } else { Err(at) }
    }

    /// The digits before and after the point, without an exponent; `None`: it is beyond any column.
    pub(crate) fn plain(&self) -> Option<(Digits<'a>, Digits<'a>)> {
        if self.exponent == 0 {
            return Some((Cow::Borrowed(self.whole), Cow::Borrowed(self.fraction)));
        }
        let (whole, fraction) = self.shifted()?;
        Some((Cow::Owned(whole), Cow::Owned(fraction)))
    }

    /// The digits with the point where the exponent moves it.
    fn shifted(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        if self.exponent.abs() > MAX_EXPONENT {
            return None;
        }
        let (mut whole, mut fraction) = (self.whole.to_vec(), self.fraction.to_vec());
        let shift = usize::try_from(self.exponent.unsigned_abs()).ok()?;
        if self.exponent >= 0 {
            fraction.resize(fraction.len().max(shift), b'0');
            let rest = fraction.split_off(shift);
            whole.append(&mut fraction);
            Some((whole, rest))
        } else {
            let mut all = vec![b'0'; shift.saturating_sub(whole.len())];
            all.append(&mut whole);
            let mut rest = all.split_off(all.len() - shift);
            rest.append(&mut fraction);
            Some((all, rest))
        }
    }
}

/// Takes the digits at `at`.
fn digits<'a>(text: &'a [u8], at: &mut usize) -> &'a [u8] {
    let rest = text.get(*at..).unwrap_or_default();
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    *at += count;
    rest.get(..count).unwrap_or_default()
}

fn saturating(digits: &[u8]) -> i32 {
    digits
        .iter()
        .fold(0_i32, |number, digit| number.saturating_mul(10).saturating_add(i32::from(digit - b'0')))
}

/// Cuts the digits after `scale` off.
pub(crate) fn truncate_fraction(_whole: &mut Digits<'_>, fraction: &mut Digits<'_>, scale: usize) {
    match fraction {
        Cow::Borrowed(digits) => *digits = digits.get(..scale).unwrap_or(digits),
        Cow::Owned(digits) => digits.truncate(scale),
    }
}

/// Rounds to `scale` digits, half away from zero as INSERT does.
pub(crate) fn round(whole: &mut Digits<'_>, fraction: &mut Digits<'_>, scale: usize) {
    let up = fraction.get(scale).is_some_and(|digit| *digit >= b'5');
    truncate_fraction(whole, fraction, scale);
    if !up {
        return;
    }
    let (whole, fraction) = (whole.to_mut(), fraction.to_mut());
    for digit in whole.iter_mut().chain(fraction.iter_mut()).rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    whole.insert(0, b'1');
}

/// Cuts leading zeros, which count for no precision.
pub(crate) fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    digits.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_plain() {
        for (text, expected) in [
            ("1", "1."),
            ("-1.50", "-1.50"),
            (".5", ".5"),
            ("5.", "5."),
            ("1.25e1", "12.5"),
            ("1.25E+3", "1250."),
            ("125e-1", "12.5"),
            ("125e-5", ".00125"),
            ("1.5e-1", ".15"),
        ] {
            let number = Decimal::parse(text.as_bytes()).unwrap();
            let (whole, fraction) = number.plain().unwrap();
            let text_of = |digits: Digits<'_>| String::from_utf8(digits.into_owned()).unwrap();
            let shown = format!("{}.{}", text_of(whole), text_of(fraction));
            assert_eq!(format!("{}{shown}", if number.negative { "-" } else { "" }), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_pointed_at() {
        for (text, position) in
            [("a", 0), ("-", 0), ("1a", 1), ("1.2.3", 3), (".", 0), ("1e", 2), ("1e5x", 3)]
        {
            assert_eq!(Decimal::parse(text.as_bytes()), Err(position), "{text}");
        }
    }
}
