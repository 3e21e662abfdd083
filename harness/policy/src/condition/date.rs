//! Points in time as conditions write them: W3C's profile of ISO 8601, or seconds since 1970.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Reads a date. A text of digits is a year when it has four, else seconds since 1970.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    if text.len() != 4 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok();
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let date = parse_date(date)?;
    match time {
        None => Some(PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_utc()),
        Some(time) => parse_time(date, time),
    }
}

fn parse_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split('-').collect();
    let (year, month, day) = match parts.as_slice() {
        [year] => (*year, "01", "01"),
        [year, month] => (*year, *month, "01"),
        [year, month, day] => (*year, *month, *day),
        _ => return None,
    };
    let month = Month::try_from(digits(month, 2)?).ok()?;
    let year = i32::from(digits(year.get(..2)?, 2)?) * 100 + i32::from(digits(year.get(2..)?, 2)?);
    Date::from_calendar_date(year, month, digits(day, 2)?).ok()
}

fn parse_time(date: Date, text: &str) -> Option<OffsetDateTime> {
    let zone_at = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at_checked(zone_at)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, "00"),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    let nanosecond = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let time =
        Time::from_hms_nano(digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?, nanosecond).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_offset(parse_zone(zone)?))
}

fn parse_zone(text: &str) -> Option<UtcOffset> {
    if text == "Z" {
        return Some(UtcOffset::UTC);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let seconds = i32::from(digits(hours, 2)?) * 3600 + i32::from(digits(minutes, 2)?) * 60;
    UtcOffset::from_whole_seconds(sign * seconds).ok()
}

fn digits(text: &str, length: usize) -> Option<u8> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_read_as_in_a_table() {
        for (text, seconds) in [
            ("1970", Some(0)),
            ("1970-01", Some(0)),
            ("1970-01-02", Some(86_400)),
            ("1970-01-01T00:01Z", Some(60)),
            ("1970-01-01T00:00:01Z", Some(1)),
            ("1970-01-01T00:00:01.5Z", Some(1)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("86400", Some(86_400)),
            ("", None),
            ("yesterday", None),
            ("1970-13-01", None),
            ("1970-01-01T00:00:01", None),
        ] {
            assert_eq!(parse(text).map(time::OffsetDateTime::unix_timestamp), seconds, "{text}");
        }
    }
}
