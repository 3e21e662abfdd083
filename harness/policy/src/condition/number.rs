//! Numbers of conditions.

use std::cmp::Ordering;

/// A decimal number. Integers are kept as they are, since a float has no room for those beyond 2^53.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Integer(i128),
    Fraction(f64),
}

impl Number {
    /// Rust's own `inf` and `nan` are none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let decimal = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E'));
        let integer = text.parse().map(Self::Integer).ok();
        integer.or_else(|| text.parse().map(Self::Fraction).ok()).filter(|_| decimal)
    }

    /// Beside a fraction, an integer is what a float makes of it.
    fn rounded(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Fraction(number) => number,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => Some(one.cmp(other)),
            _ => self.rounded().partial_cmp(&other.rounded()),
        }
    }
}
