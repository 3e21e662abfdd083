//! Dates and times in files: DATEFORMAT and TIMEFORMAT.

use time::{Date, Month};

use super::plan::ColumnType;
use super::recognition;

/// How dates or times are written in the files of a COPY.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum TimePattern {
    /// `YYYY-MM-DD` and `YYYY-MM-DD HH:MI:SS`.
    #[default]
    Iso,
    /// `'auto'`: several forms.
    Auto,
    EpochSeconds,
    EpochMilliseconds,
    /// A format string, and its pieces.
    Custom(String, Vec<Piece>),
}

/// A piece of a format string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Year,
    ShortYear,
    Month,
    MonthName,
    Day,
    Hour24,
    Hour12,
    Minute,
    Second,
    Meridiem,
    Zone,
    Literal(char),
}

/// Longer words before those that they begin with.
const WORDS: [(&str, Piece); 14] = [
    ("YYYY", Piece::Year),
    ("YY", Piece::ShortYear),
    ("MON", Piece::MonthName),
    ("MM", Piece::Month),
    ("MI", Piece::Minute),
    ("DD", Piece::Day),
    ("HH24", Piece::Hour24),
    ("HH12", Piece::Hour12),
    ("HH", Piece::Hour24),
    ("SS", Piece::Second),
    ("AM", Piece::Meridiem),
    ("PM", Piece::Meridiem),
    ("OF", Piece::Zone),
    ("TZ", Piece::Zone),
];

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Zones that are known by an abbreviation, all of which PostgreSQL knows too.
pub(super) const ABBREVIATIONS: [&str; 20] = [
    "Z", "UTC", "GMT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT", "HST", "CET",
    "CEST", "EET", "EEST", "BST", "JST",
];

/// A date, with a time if there was one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(super) year: u16,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) micros: u32,
    pub(super) zone: Option<String>,
    pub(super) before_christ: bool,
}

impl TimePattern {
    /// The format as an error names it (seen for the default one).
    pub(crate) fn name(&self) -> &str {
        match self {
            TimePattern::Iso => "YYYY-MM-DD HH24:MI:SS",
            TimePattern::Auto => "auto",
            TimePattern::EpochSeconds => "epochsecs",
            TimePattern::EpochMilliseconds => "epochmillisecs",
            TimePattern::Custom(text, _) => text,
        }
    }

    /// Reads an option's argument; the keywords are case-sensitive (documented), epochs are for times only.
    pub(crate) fn parse(text: &str, epochs: bool) -> Option<TimePattern> {
        match text {
            "auto" => return Some(TimePattern::Auto),
            "epochsecs" if epochs => return Some(TimePattern::EpochSeconds),
            "epochmillisecs" if epochs => return Some(TimePattern::EpochMilliseconds),
            _ => {}
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let upper = rest.to_ascii_uppercase();
            let (length, piece) = match WORDS.iter().find(|(word, _)| upper.starts_with(word)) {
                Some((word, piece)) => (word.len(), piece.clone()),
                None if first.is_ascii_alphabetic() && first != 'T' => return None,
                None => (first.len_utf8(), Piece::Literal(first)),
            };
            pieces.push(piece);
            rest = rest.get(length..)?;
        }
        (!pieces.is_empty()).then(|| TimePattern::Custom(text.to_owned(), pieces))
    }
}

/// Appends the last `N` decimal digits of a number: a load has millions of them, and formatting shows in its profile (measured).
fn digits<const N: usize>(out: &mut Vec<u8>, mut number: u32) {
    let mut text = [b'0'; N];
    for digit in text.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
    out.extend_from_slice(&text);
}

impl Moment {
    /// Writes the value as PostgreSQL reads it whatever the session's DateStyle.
    pub(crate) fn write(&self, kind: ColumnType, out: &mut Vec<u8>) {
        let Moment { year, month, day, hour, minute, second, micros, zone, before_christ } = self;
        digits::<4>(out, u32::from(*year));
        for part in [month, day] {
            out.push(b'-');
            digits::<2>(out, u32::from(*part));
        }
        if kind != ColumnType::Date {
            for (before, part) in [(b' ', hour), (b':', minute), (b':', second)] {
                out.push(before);
                digits::<2>(out, u32::from(*part));
            }
            out.push(b'.');
            digits::<6>(out, *micros);
        }
        if let (ColumnType::TimestampTz, Some(zone)) = (kind, zone) {
            out.extend_from_slice(zone.as_bytes());
        }
        if *before_christ {
            out.extend_from_slice(b" BC");
        }
    }

    fn checked(self) -> Option<Moment> {
        let month = Month::try_from(self.month).ok()?;
        let year = i32::from(self.year);
        Date::from_calendar_date(if self.before_christ { 1 - year } else { year }, month, self.day).ok()?;
        if self.year == 0 {
            return None;
        }
        let leap_second = self.second == 60;
        (self.hour < 24 && self.minute < 60 && (self.second < 60 || leap_second)).then_some(self)
    }

    fn from_epoch(micros: i128) -> Option<Moment> {
        let at = time::OffsetDateTime::from_unix_timestamp_nanos(micros.checked_mul(1000)?).ok()?;
        Some(Moment {
            year: u16::try_from(at.year()).ok()?,
            month: at.month().into(),
            day: at.day(),
            hour: at.hour(),
            minute: at.minute(),
            second: at.second(),
            micros: at.microsecond(),
            zone: Some("+00".to_owned()),
            before_christ: false,
        })
    }
}

/// Reads a date or a time.
pub(crate) fn parse(kind: ColumnType, pattern: &TimePattern, text: &[u8]) -> Option<Moment> {
    let mut scanner = Scanner { rest: text };
    match pattern {
        TimePattern::Iso => iso(kind, &mut scanner),
        TimePattern::Auto => iso(kind, &mut scanner).or_else(|| recognition::recognize(kind, text)),
        TimePattern::EpochSeconds => epoch(text, 1_000_000),
        TimePattern::EpochMilliseconds => epoch(text, 1_000),
        TimePattern::Custom(_, pieces) => custom(pieces, &mut scanner),
    }?
    .checked()
}

fn epoch(text: &[u8], micros: i128) -> Option<Moment> {
    let seconds: i128 = std::str::from_utf8(text).ok()?.parse().ok()?;
    Moment::from_epoch(seconds.checked_mul(micros)?)
}

fn iso(kind: ColumnType, scanner: &mut Scanner<'_>) -> Option<Moment> {
    let mut moment = Moment { year: scanner.digits(4, 4)?, ..Moment::default() };
    scanner.literal(b'-')?;
    moment.month = scanner.digits(1, 2)?;
    scanner.literal(b'-')?;
    moment.day = scanner.digits(1, 2)?;
    clock(kind, scanner, moment)
}

/// The time after a date: none is midnight, and a DATE ignores it.
fn clock(kind: ColumnType, scanner: &mut Scanner<'_>, mut moment: Moment) -> Option<Moment> {
    if scanner.rest.is_empty() {
        return Some(moment);
    }
    scanner.literal(b' ').or_else(|| scanner.literal(b'T'))?;
    moment.hour = scanner.digits(1, 2)?;
    scanner.literal(b':')?;
    moment.minute = scanner.digits(2, 2)?;
    if scanner.literal(b':').is_some() {
        moment.second = scanner.digits(2, 2)?;
        moment.micros = scanner.fraction();
    }
    moment.zone = scanner.zone()?;
    if kind == ColumnType::Date {
        moment = Moment { year: moment.year, month: moment.month, day: moment.day, ..Moment::default() };
    }
    Some(moment)
}

fn custom(pieces: &[Piece], scanner: &mut Scanner<'_>) -> Option<Moment> {
    let mut moment = Moment { month: 1, day: 1, ..Moment::default() };
    let mut afternoon = None;
    for piece in pieces {
        match piece {
            Piece::Year => moment.year = scanner.digits(4, 4)?,
            Piece::ShortYear => {
                let year: u16 = scanner.digits(2, 2)?;
                moment.year = if year < 70 { 2000 + year } else { 1900 + year };
            }
            Piece::Month => moment.month = scanner.digits(1, 2)?,
            Piece::MonthName => moment.month = scanner.month_name()?,
            Piece::Day => moment.day = scanner.digits(1, 2)?,
            Piece::Hour24 | Piece::Hour12 => moment.hour = scanner.digits(1, 2)?,
            Piece::Minute => moment.minute = scanner.digits(1, 2)?,
            Piece::Second => {
                moment.second = scanner.digits(1, 2)?;
                moment.micros = scanner.fraction();
            }
            Piece::Meridiem => afternoon = Some(scanner.meridiem()?),
            Piece::Zone => moment.zone = scanner.zone()?,
            Piece::Literal(char) => {
                scanner.literal(u8::try_from(*char).ok()?)?;
            }
        }
    }
    match afternoon {
        Some(_) if moment.hour > 12 => return None,
        Some(true) if moment.hour < 12 => moment.hour += 12,
        Some(false) if moment.hour == 12 => moment.hour = 0,
        _ => {}
    }
    Some(moment)
}

/// `HH`, `HHMM` or `HH:MM`, up to PostgreSQL's 15 hours.
fn is_offset(text: &str) -> bool {
    let (hours, minutes) = match text.split_once(':') {
        Some(parts) => parts,
        None if text.len() <= 2 => (text, "0"),
        None => text.split_at_checked(2).unwrap_or_default(),
    };
    is_below(hours, 16) && is_below(minutes, 60)
}

fn is_below(digits: &str, limit: u8) -> bool {
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain && digits.parse::<u8>().is_ok_and(|number| number < limit)
}

pub(super) struct Scanner<'a> {
    pub(super) rest: &'a [u8],
}

impl Scanner<'_> {
    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    pub(super) fn literal(&mut self, byte: u8) -> Option<u8> {
        (self.rest.first() == Some(&byte)).then(|| self.skip(1)).map(|()| byte)
    }

    /// A number of `least` to `most` digits.
    pub(super) fn digits<T: TryFrom<u32>>(&mut self, least: usize, most: usize) -> Option<T> {
        let count = self.rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if count < least {
            return None;
        }
        let digits = self.rest.get(..count)?;
        self.skip(count);
        let number = digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
        T::try_from(number).ok()
    }

    /// Microseconds after a point, digits beyond them dropped.
    pub(super) fn fraction(&mut self) -> u32 {
        if self.literal(b'.').is_none() {
            return 0;
        }
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.rest.iter().take(count).map(|digit| u32::from(digit - b'0'));
        let micros = digits.chain(std::iter::repeat(0)).take(6).fold(0, |micros, digit| micros * 10 + digit);
        self.skip(count);
        micros
    }

    /// What is left is a zone: `Z`, an offset, or an abbreviation; or nothing. The outer `None` is a mistake.
    pub(super) fn zone(&mut self) -> Option<Option<String>> {
        let text = std::str::from_utf8(self.rest).ok()?.trim();
        self.rest = &[];
        if text.is_empty() {
            return Some(None);
        }
        let offset = text.strip_prefix(['+', '-']);
        let valid = match offset {
            Some(digits) => is_offset(digits),
            None => ABBREVIATIONS.iter().any(|name| name.eq_ignore_ascii_case(text)),
        };
        valid.then(|| Some(if offset.is_some() { text.to_owned() } else { format!(" {text}") }))
    }

    fn month_name(&mut self) -> Option<u8> {
        let name: Vec<u8> = self.rest.iter().take(3).map(u8::to_ascii_lowercase).collect();
        let index = MONTHS.iter().position(|month| month.as_bytes() == name)?;
        self.skip(3);
        u8::try_from(index + 1).ok()
    }

    fn meridiem(&mut self) -> Option<bool> {
        let word: Vec<u8> = self.rest.iter().take(2).map(u8::to_ascii_lowercase).collect();
        self.skip(2);
        match word.as_slice() {
            b"am" => Some(false),
            b"pm" => Some(true),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: ColumnType, pattern: &str, text: &str, expected: Option<&str>) {
        let pattern = match pattern {
            "" => TimePattern::Iso,
            pattern => TimePattern::parse(pattern, true).unwrap(),
        };
        let shown = parse(kind, &pattern, text.as_bytes()).map(|moment| {
            let mut out = Vec::new();
            moment.write(kind, &mut out);
            String::from_utf8(out).unwrap()
        });
        assert_eq!(shown.as_deref(), expected, "{pattern:?} {text}");
    }

    #[test]
    fn dates() {
        let check = |pattern, text, expected| check(ColumnType::Date, pattern, text, expected);
        check("", "2013-01-31", Some("2013-01-31"));
        check("", "2013-02-30", None);
        check("", "0000-01-01", None);
        check("", "2013-01-31 10:00:00", Some("2013-01-31"));
        check("", "01/31/2013", None);
        check("auto", "01/31/2013", Some("2013-01-31"));
        check("auto", "20130131", Some("2013-01-31"));
        check("DD.MM.YYYY", "31.01.2013", Some("2013-01-31"));
        check("DD-MON-YY", "31-jan-13", Some("2013-01-31"));
        check("MM/DD/YYYY", "2013-01-31", None);
    }

    #[test]
    fn times() {
        let check = |pattern, text, expected| check(ColumnType::Timestamp, pattern, text, expected);
        check("", "2013-01-31 05:06:07", Some("2013-01-31 05:06:07.000000"));
        check("", "2013-01-31T05:06:07.1234567Z", Some("2013-01-31 05:06:07.123456"));
        check("", "2013-01-31", Some("2013-01-31 00:00:00.000000"));
        check("", "2013-01-31 25:00:00", None);
        check("", "2013-01-31 05:06:07 nonsense", None);
        check("YYYY-MM-DD HH12:MI:SS AM", "2013-01-31 05:06:07 PM", Some("2013-01-31 17:06:07.000000"));
        check("epochsecs", "1359608767", Some("2013-01-31 05:06:07.000000"));
        check("epochmillisecs", "1359608767250", Some("2013-01-31 05:06:07.250000"));
    }

    #[test]
    fn times_with_a_zone() {
        let check = |text, expected| check(ColumnType::TimestampTz, "", text, expected);
        check("2013-01-31 05:06:07-08", Some("2013-01-31 05:06:07.000000-08"));
        check("2013-01-31 05:06:07 PST", Some("2013-01-31 05:06:07.000000 PST"));
        check("2013-01-31 05:06:07", Some("2013-01-31 05:06:07.000000"));
        check("2013-01-31 05:06:07+x", None);
        check("2013-01-31 05:06:07+5:30", Some("2013-01-31 05:06:07.000000+5:30"));
        check("2013-01-31 05:06:07-2500", None);
        check("2013-01-31 05:06:07+05:", None);
        check("2013-01-31 05:06:07-+5:30", None);
        check("2013-01-31 05:06:07+0530", Some("2013-01-31 05:06:07.000000+0530"));
        check("2013-01-31 05:06:07 QQQ", None);
    }

    #[test]
    fn words_of_a_format_are_known() {
        assert_eq!(TimePattern::parse("YYYY-QQ", false), None);
        assert_eq!(TimePattern::parse("", false), None);
        assert_eq!(TimePattern::parse("epochsecs", false), None);
    }
}
