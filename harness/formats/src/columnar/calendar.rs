//! Days and microseconds since 1970 as dates and times.

use std::io::Write;

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// Year, month and day of a number of days since 1970 (the proleptic Gregorian calendar).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted = (month + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Reads `YYYY-MM-DD`, with ` BC` behind it for years before the first.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let (text, before) = split_era(text);
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if before { 1 - year } else { year };
    parts.next().is_none().then(|| days(year, month, day))
}

fn split_era(text: &str) -> (&str, bool) {
    text.strip_suffix(" BC").map_or((text, false), |text| (text, true))
}

/// Reads `YYYY-MM-DD HH:MI:SS.ffffff+ZZ`; what the zone is ahead of UTC is taken off.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    let (text, before) = split_era(text);
    let (date, time) = text.split_once(' ')?;
    let date = if before { parse_date(&format!("{date} BC"))? } else { parse_date(date)? };
    date.checked_mul(MICROS_OF_DAY)?.checked_add(parse_time(time)?)
}

/// Reads `HH:MI:SS.ffffff+ZZ`.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let zone = text.find(['+', '-']).unwrap_or(text.len());
    let (time, zone) = text.split_at_checked(zone)?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let micros = format!("{fraction:0<6}").parse::<i64>().ok()?;
    Some(sixtieths(clock)? * 1_000_000 + micros - zone_seconds(zone)? * 1_000_000)
}

/// Seconds of `HH[:MI[:SS]]`.
fn sixtieths(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) =
        (parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?);
    Some(hours * 3600 + minutes * 60 + seconds)
}

fn zone_seconds(zone: &str) -> Option<i64> {
    match zone.strip_prefix('-') {
        Some(west) => sixtieths(west).map(|seconds| -seconds),
        None if zone.is_empty() => Some(0),
        None => sixtieths(zone.strip_prefix('+')?),
    }
}

/// What follows a year before the first.
fn era(year: i64) -> (i64, &'static str) {
    if year > 0 { (year, "") } else { (1 - year, " BC") }
}

/// Appends `YYYY-MM-DD`.
pub(crate) fn write_date(days: i64, out: &mut Vec<u8>) {
    let (year, month, day) = civil(days);
    let (year, era) = era(year);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}{era}");
}

/// Appends `YYYY-MM-DD HH:MI:SS.ffffff`, and the zone `+00` if `zone` says so.
pub(crate) fn write_timestamp(micros: i64, zone: &str, out: &mut Vec<u8>) {
    let (year, month, day) = civil(micros.div_euclid(MICROS_OF_DAY));
    let (year, era) = era(year);
    let _ = write!(out, "{year:04}-{month:02}-{day:02} ");
    write_time(micros.rem_euclid(MICROS_OF_DAY), out);
    let _ = write!(out, "{zone}{era}");
}

/// Appends `HH:MI:SS.ffffff`.
pub(crate) fn write_time(micros: i64, out: &mut Vec<u8>) {
    let seconds = micros / 1_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, "{hour:02}:{minute:02}:{second:02}.{:06}", micros % 1_000_000);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (2_932_896, "9999-12-31"),
            (-719_162, "0001-01-01"),
            (-719_163, "0001-12-31 BC"),
        ] {
            let mut out = Vec::new();
            write_date(days, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
            assert_eq!(parse_date(expected), Some(days));
        }
        let mut out = Vec::new();
        write_timestamp(-1, "+00", &mut out);
        assert_eq!(out, b"1969-12-31 23:59:59.999999+00");
        for (text, expected) in [
            ("1969-12-31 23:59:59.999999", Some(-1)),
            ("1970-01-01 01:30:00.5+01:30", Some(500_000)),
            ("1969-12-31 16:00:00-08", Some(0)),
            ("infinity", None),
        ] {
            assert_eq!(parse_timestamp(text), expected, "{text}");
        }
    }
}
