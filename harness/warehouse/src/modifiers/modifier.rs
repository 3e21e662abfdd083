//! Redshift's rules for the precision and scale of a DECIMAL that is calculated (documented: Computations with numeric values),
//! and for the length of a text that is put together.

/// Redshift's most digits of a DECIMAL.
const MOST_DIGITS: i64 = 38;

/// Scale that a result keeps where its digits do not fit (inferred from the least scale of a quotient, which is documented).
const LEAST_SCALE: i64 = 4;

/// Most bytes of a VARCHAR.
const MOST_BYTES: i64 = 65535;

/// What PostgreSQL adds to the modifiers that it keeps.
const OFFSET: i64 = 4;

/// What a type says besides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modifier {
    /// NULL: it is of whatever type the others are.
    Null,
    Decimal(Decimal),
    /// VARCHAR of so many bytes.
    Varchar(i64),
}

/// Precision and scale, in digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) precision: i64,
    pub(super) scale: i64,
}

impl Modifier {
    /// What PostgreSQL keeps as `modifier` of a type, by its oid.
    pub(super) fn of(type_oid: i64, modifier: i64) -> Option<Modifier> {
        let kept = modifier.checked_sub(OFFSET).filter(|kept| *kept >= 0)?;
        match type_oid {
            1700 => Some(Modifier::Decimal(Decimal { precision: kept >> 16, scale: kept & 0x7ff })),
            1042 | 1043 => Some(Modifier::Varchar(kept)),
            _ => None,
        }
    }

    pub(super) fn decimal(self) -> Option<Decimal> {
        match self {
            Modifier::Decimal(decimal) => Some(decimal),
            _ => None,
        }
    }

    /// What holds both, as the branches of a CASE do (inferred: no digit is lost).
    pub(super) fn or(self, other: Modifier) -> Option<Modifier> {
        match (self, other) {
            (Modifier::Null, either) | (either, Modifier::Null) => Some(either),
            (Modifier::Decimal(one), Modifier::Decimal(two)) => Some(Modifier::Decimal(one.or(two))),
            (Modifier::Varchar(one), Modifier::Varchar(two)) => Some(Modifier::Varchar(one.max(two))),
            _ => None,
        }
    }

    /// `||` (inferred).
    pub(super) fn with(self, other: Modifier) -> Option<Modifier> {
        match (self, other) {
            (Modifier::Varchar(one), Modifier::Varchar(two)) => {
                Some(Modifier::Varchar((one + two).min(MOST_BYTES)))
            }
            _ => None,
        }
    }

    /// The type, as a cast names it.
    pub(super) fn type_name(self) -> Option<String> {
        match self {
            Modifier::Null => None,
            Modifier::Decimal(Decimal { precision, scale }) => Some(format!("numeric({precision},{scale})")),
            // VARCHAR has at least one byte.
            Modifier::Varchar(bytes) => Some(format!("varchar({})", bytes.max(1))),
        }
    }
}

impl Decimal {
    /// Digits before the point.
    fn whole(self) -> i64 {
        self.precision - self.scale
    }

    /// Of more digits than there are, those behind the point give way first (inferred).
    fn fitting(precision: i64, scale: i64) -> Decimal {
        let excess = (precision - MOST_DIGITS).max(0);
        let scale = (scale - excess).max(scale.min(LEAST_SCALE));
        Decimal { precision: precision.min(MOST_DIGITS), scale }
    }

    fn or(self, other: Decimal) -> Decimal {
        let scale = self.scale.max(other.scale);
        Decimal::fitting(self.whole().max(other.whole()) + scale, scale)
    }

    pub(super) fn sum(self, other: Decimal) -> Decimal {
        let scale = self.scale.max(other.scale);
        Decimal::fitting(self.whole().max(other.whole()) + 1 + scale, scale)
    }

    pub(super) fn product(self, other: Decimal) -> Decimal {
        Decimal::fitting(self.precision + other.precision + 1, self.scale + other.scale)
    }

    pub(super) fn quotient(self, other: Decimal) -> Decimal {
        let scale = LEAST_SCALE.max(self.scale + other.precision - other.scale + 1);
        Decimal::fitting(self.whole() + other.scale + scale, scale)
    }

    /// SUM (documented: DEC(5,2) becomes DEC(38,2)).
    pub(super) fn total(self) -> Decimal {
        Decimal { precision: MOST_DIGITS, ..self }
    }

    /// AVG (documented: DEC(5,2) becomes DEC(19,2), what takes more than 64 bits DEC(38,s)).
    pub(super) fn average(self) -> Decimal {
        Decimal { precision: if self.precision > 19 { MOST_DIGITS } else { 19 }, ..self }
    }

    /// A literal's: PostgreSQL's datum of it, little-endian, with its header of four bytes.
    pub(super) fn of_literal(datum: &[u8]) -> Option<Decimal> {
        let word =
            |at: usize| datum.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map(u16::from_le_bytes);
        let header = word(4)?;
        // Short: the sign, six bits of scale, seven of weight. Long: the sign and the scale, then the weight.
        let (scale, weight, digits) = match header >> 14 {
            0b10 => (header >> 7 & 0x3f, i64::from(header & 0x3f) - i64::from(header & 0x40), 6),
            // Infinity and what is no number.
            0b11 => return None,
            _ => (header & 0x3fff, i64::from(word(6)?.cast_signed()), 8),
        };
        // Digits are of base 10000, the first of them without leading zeros.
        let first = word(digits).filter(|_| weight >= 0);
        let whole = first.map_or(0, |first| weight * 4 + i64::from(first.checked_ilog10().unwrap_or(0)) + 1);
        let (whole, scale) = (whole.max(1), i64::from(scale));
        (whole + scale <= MOST_DIGITS).then_some(Decimal { precision: whole + scale, scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(precision: i64, scale: i64) -> Decimal {
        Decimal { precision, scale }
    }

    #[test]
    fn documented_calculations() {
        let (one, two) = (decimal(8, 2), decimal(5, 1));
        assert_eq!(one.sum(two), decimal(9, 2));
        assert_eq!(one.product(two), decimal(14, 3));
        assert_eq!(one.quotient(two), decimal(14, 7));
        assert_eq!(decimal(5, 0).quotient(decimal(2, 2)), decimal(11, 4));
        assert_eq!((one.total(), one.average()), (decimal(38, 2), decimal(19, 2)));
        assert_eq!(decimal(30, 10).average(), decimal(38, 10));
    }

    #[test]
    fn more_digits_than_there_are() {
        assert_eq!(decimal(38, 10).product(decimal(10, 4)), decimal(38, 4));
        assert_eq!(decimal(38, 2).sum(decimal(38, 2)), decimal(38, 2));
        assert_eq!(decimal(20, 10).product(decimal(20, 10)), decimal(38, 17));
    }

    #[test]
    fn what_holds_both() {
        let (number, text) = (Modifier::Decimal(decimal(5, 2)), Modifier::Varchar(3));
        assert_eq!(number.or(Modifier::Decimal(decimal(10, 0))), Some(Modifier::Decimal(decimal(12, 2))));
        assert_eq!(text.or(Modifier::Null), Some(text));
        assert_eq!(text.or(number), None);
        assert_eq!(text.with(Modifier::Varchar(65535)), Some(Modifier::Varchar(65535)));
    }

    #[test]
    fn literals() {
        for (datum, expected) in [
            // 1.5, 0.001, 12345.6, -20000, 0
            (&[0x80, 0x80, 1, 0, 0x88, 0x13][..], Some(decimal(2, 1))),
            (&[0xff, 0x81, 10, 0][..], Some(decimal(4, 3))),
            (&[0x81, 0x80, 1, 0, 0x29, 9, 0x70, 0x17][..], Some(decimal(6, 1))),
            (&[0x01, 0xa0, 2, 0][..], Some(decimal(5, 0))),
            (&[0x00, 0x80][..], Some(decimal(1, 0))),
            (&[0x00, 0xc0][..], None),
            (&[][..], None),
        ] {
            let datum = [&[0; 4], datum].concat();
            assert_eq!(Decimal::of_literal(&datum), expected, "{datum:?}");
        }
    }
}
