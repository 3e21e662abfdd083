//! `'auto'`: dates and times in the forms that Redshift recognizes (documented), field by field, as PostgreSQL reads them.

use time::Date;

use super::datetime::{ABBREVIATIONS, Moment, Scanner};
use super::plan::ColumnType;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What was found of a date and a time.
#[derive(Debug, Default)]
struct Found {
    year: Option<u16>,
    /// The year has two digits.
    is_short: bool,
    month: Option<u8>,
    day: Option<u8>,
    clock: Option<(u8, u8, u8, u32)>,
    afternoon: Option<bool>,
    zone: Option<String>,
    before_christ: bool,
}

/// Reads `text`; what is said twice, or not understood, makes it none of the forms.
pub(super) fn recognize(kind: ColumnType, text: &[u8]) -> Option<Moment> {
    let text = std::str::from_utf8(text).ok()?;
    let mut found = Found::default();
    for field in text.split([' ', ',', '\t']).filter(|field| !field.is_empty()) {
        found.take(field)?;
    }
    found.moment(kind)
}

/// Sets what is not set yet.
fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.is_none().then(|| *place = Some(value))
}

fn month(word: &str) -> Option<u8> {
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|name| word.len() >= 3 && name.starts_with(&word))?;
    u8::try_from(at + 1).ok()
}

impl Found {
    /// A year of two or four digits.
    fn year(&mut self, digits: &str) -> Option<()> {
        self.is_short = digits.len() == 2;
        let known = self.is_short || digits.len() == 4;
        set(&mut self.year, digits.parse().ok().filter(|_| known)?)
    }

    fn take(&mut self, field: &str) -> Option<()> {
        let is_digits = field.bytes().all(|byte| byte.is_ascii_digit());
        if field.contains(':') {
            self.clock(field)
        } else if is_digits {
            self.digits(field)
        } else if let Some(days) = field.strip_prefix(['J', 'j']).and_then(|days| days.parse().ok()) {
            self.date(Date::from_julian_day(days).ok()?)
        } else if self.clock.is_some() && field.starts_with(['+', '-']) {
            self.zone(field)
        } else if field.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            self.word(field)
        } else {
            self.separated(field)
        }
    }

    fn date(&mut self, date: Date) -> Option<()> {
        set(&mut self.year, u16::try_from(date.year()).ok()?)?;
        set(&mut self.month, date.month().into())?;
        set(&mut self.day, date.day())
    }

    /// `07:37:16.00`, with a zone or a half of the day behind it or not.
    fn clock(&mut self, field: &str) -> Option<()> {
        let mut scanner = Scanner { rest: field.as_bytes() };
        let hour = scanner.digits(1, 2)?;
        scanner.literal(b':')?;
        let minute = scanner.digits(2, 2)?;
        let (second, micros) = match scanner.literal(b':') {
            Some(_) => (scanner.digits(2, 2)?, scanner.fraction()),
            None => (0, 0),
        };
        set(&mut self.clock, (hour, minute, second, micros))?;
        match std::str::from_utf8(scanner.rest).ok()? {
            "" => Some(()),
            behind if behind.bytes().all(|byte| byte.is_ascii_alphabetic()) => self.word(behind),
            behind => self.zone(behind),
        }
    }

    fn zone(&mut self, text: &str) -> Option<()> {
        let zone = Scanner { rest: text.as_bytes() }.zone()??;
        set(&mut self.zone, zone)
    }

    /// `19960108`, `960108`, then `040809`; a year, a day.
    fn digits(&mut self, digits: &str) -> Option<()> {
        let number = |from: usize| digits.get(from..from + 2).and_then(|part| part.parse::<u8>().ok());
        match digits.len() {
            6 if self.day.is_some() => set(&mut self.clock, (number(0)?, number(2)?, number(4)?, 0)),
            length @ (6 | 8) => {
                self.year(digits.get(..length - 4)?)?;
                set(&mut self.month, number(length - 4)?)?;
                set(&mut self.day, number(length - 2)?)
            }
            4 => self.year(digits),
            1 | 2 => set(&mut self.day, digits.parse().ok()?),
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        if is("am") || is("pm") {
            set(&mut self.afternoon, is("pm"))
        } else if is("bc") || is("ad") {
            self.before_christ = is("bc");
            Some(())
        } else if ABBREVIATIONS.iter().any(|name| is(name)) {
            self.zone(word)
        } else {
            set(&mut self.month, month(word)?)
        }
    }

    /// `1997-12-17`, `12/17/1997`, `12.17.1997`, `08-Jan-1999`, `Jan-08-95`, and `1996.008`, a day of the year.
    fn separated(&mut self, field: &str) -> Option<()> {
        let separator = field.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
        let parts: Vec<_> = field.split(separator).collect();
        let (first, second, third) = match *parts.as_slice() {
            [of, day] if separator == '.' && of.len() == 4 && day.len() == 3 => {
                return self.date(Date::from_ordinal_date(of.parse().ok()?, day.parse().ok()?).ok()?);
            }
            [first, second, third] => (first, second, third),
            _ => return None,
        };
        let (of, month_of, day) = if let Some(month) = month(first) {
            (third, month, second)
        } else if let Some(month) = month(second) {
            if first.len() == 4 { (first, month, third) } else { (third, month, first) }
        } else if first.len() == 4 {
            (first, second.parse().ok()?, third)
        } else {
            (third, first.parse().ok()?, second)
        };
        self.year(of)?;
        set(&mut self.month, month_of)?;
        set(&mut self.day, day.parse().ok()?)
    }

    fn moment(self, kind: ColumnType) -> Option<Moment> {
        let (mut hour, minute, second, micros) = self.clock.unwrap_or_default();
        match self.afternoon {
            Some(_) if hour > 12 => return None,
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        // Between 1970 and 2069 (documented for YY), but not before Christ.
        let century = match self.year? {
            _ if !self.is_short || self.before_christ => 0,
            year if year < 70 => 2000,
            _ => 1900,
        };
        let date = Moment {
            year: self.year? + century,
            month: self.month?,
            day: self.day?,
            before_christ: self.before_christ,
            ..Moment::default()
        };
        if kind == ColumnType::Date {
            return Some(date);
        }
        Some(Moment { hour, minute, second, micros, zone: self.zone, ..date })
    }
}

#[cfg(test)]
mod tests {
    use super::super::datetime::{TimePattern, parse};
    use super::*;

    #[test]
    fn forms_of_auto() {
        for (text, expected) in [
            ("2019-02-11T05:09:12.195Z", Some("2019-02-11 05:09:12.195000 Z")),
            ("J2451187", Some("1999-01-08 00:00:00.000000")),
            ("Jan-08-95 BC", Some("0095-01-08 00:00:00.000000 BC")),
            ("19960108 040809", Some("1996-01-08 04:08:09.000000")),
            ("960108 040809", Some("1996-01-08 04:08:09.000000")),
            ("1996.008", Some("1996-01-08 00:00:00.000000")),
            ("17 Dec 07:37:16 1997 PST", Some("1997-12-17 07:37:16.000000 PST")),
            ("12/17/1997 07:37:16.00 PST", Some("1997-12-17 07:37:16.000000 PST")),
            ("1997-12-17 07:37:16-08", Some("1997-12-17 07:37:16.000000-08")),
            ("12.17.1997 07:37:16.00 PST", Some("1997-12-17 07:37:16.000000 PST")),
            ("08-Jan-1999", Some("1999-01-08 00:00:00.000000")),
            ("January 8, 1999", Some("1999-01-08 00:00:00.000000")),
            ("990108", Some("1999-01-08 00:00:00.000000")),
            ("1999-Jan-08 1:05 PM", Some("1999-01-08 13:05:00.000000")),
            ("1999-01-08 12:00AM", Some("1999-01-08 00:00:00.000000")),
            ("1999-01-08 1999", None),
            ("13/13/1999", None),
            ("Jat-08-1999", None),
            ("1996.367", None),
            ("1359608767", None),
            ("12:00", None),
        ] {
            let shown = parse(ColumnType::TimestampTz, &TimePattern::Auto, text.as_bytes()).map(|moment| {
                let mut out = Vec::new();
                moment.write(ColumnType::TimestampTz, &mut out);
                String::from_utf8(out).unwrap()
            });
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }
}
